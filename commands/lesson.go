package commands

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/content"
	"qbank/domain/event"
	"qbank/domain/lesson"
	"qbank/domain/workflow"
)

// lesson lets a lesson of the actor's organisation decide, if it is at the revision that was seen or that is Anything.
func (w *Work) lesson(ctx context.Context, id lesson.ID, seen int, decision func(lesson.Lesson) ([]event.Event, error)) error {
	return decide(ctx, w, id, func(l lesson.Lesson) ([]event.Event, error) {
		if l.Revision == 0 || w.Actor.Within(l.Org) != nil {
			return nil, notFound("lesson", "讲次")
		}
		if err := fresh(seen, l.Revision); err != nil {
			return nil, err
		}
		return decision(l)
	})
}

// draftOf is the draft of a lesson of the actor's organisation as it was at a revision; Anything: as it is.
func (w *Work) draftOf(ctx context.Context, id lesson.ID, revision int) (lesson.Plan, error) {
	recorded, err := w.read(ctx, id, 0)
	if err != nil {
		return lesson.Plan{}, err
	}
	now, err := fold(w.Codec, lesson.Lesson{}, recorded)
	if err != nil {
		return lesson.Plan{}, err
	}
	if now.Revision == 0 || w.Actor.Within(now.Org) != nil {
		return lesson.Plan{}, notFound("lesson", "讲次")
	}
	if revision == Anything || revision == len(recorded) {
		return now.Plan, nil
	}
	if revision < 1 || revision > len(recorded) {
		return lesson.Plan{}, notFound("revision", "修订")
	}
	then, err := fold(w.Codec, lesson.Lesson{}, recorded[:revision])
	return then.Plan, err
}

// questionsKnown refuses a plan with questions that neither the plan before had nor the actor's organisation has. That a
// question exists is a fact that stays.
func (w *Work) questionsKnown(ctx context.Context, before, after lesson.Plan) error {
	known := map[uuid.UUID]bool{}
	for _, id := range before.Questions() {
		known[id] = true
	}
	ids := slices.DeleteFunc(after.Questions(), func(id uuid.UUID) bool { return known[id] })
	questions, err := w.States(ctx, ids)
	if err != nil {
		return err
	}
	return after.Known(func(id uuid.UUID) bool { return known[id] || w.mayKnow(questions[id]) == nil })
}

// newestVersions reads the newest published version of each question that may be used in a lesson. Published versions are immutable
// facts, so they may be read beside the lesson's own stream.
func (w *Work) newestVersions(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID]int, error) {
	questions, err := w.States(ctx, ids)
	if err != nil {
		return nil, err
	}
	newest := make(map[uuid.UUID]int, len(ids))
	for id, q := range questions {
		if q.Latest > 0 && q.State != workflow.Retired && w.mayKnow(q) == nil {
			newest[id] = q.Latest
		}
	}
	return newest, nil
}

// mayGoOut refuses a version whose files are not there or not what it says of them, or that judges on the device without a releaser's permission.
func (w *Work) mayGoOut(ctx context.Context, org string, events []event.Event) error {
	for _, e := range events {
		published, is := e.(lesson.Published)
		if !is {
			continue
		}
		if published.Plan.Local() {
			if err := w.Actor.Require(access.Release); err != nil {
				return err
			}
		}
		if err := w.filesHeld(ctx, org, published.Plan); err != nil {
			return err
		}
	}
	return nil
}

func (w *Work) filesHeld(ctx context.Context, org string, plan lesson.Plan) error {
	files := plan.Files(w.Cues)
	hashes := make([]content.Hash, len(files))
	for i, f := range files {
		hashes[i] = f.SHA256
	}
	known, err := w.knownFiles(ctx, org, hashes)
	if err != nil {
		return err
	}
	return plan.Held(w.Cues, known)
}

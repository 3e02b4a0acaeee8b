package commands

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/google/uuid"

	"qbank/domain/environment"
	"qbank/domain/fault"
	"qbank/domain/golive"
	"qbank/domain/lesson"
	"qbank/domain/question"
	"qbank/domain/release"
	"qbank/domain/workflow"
)

// goLiveFacts reads all that a plan rests on.
func (w *Work) goLiveFacts(ctx context.Context, ask golive.Ask) (golive.Facts, error) {
	var f golive.Facts
	name, err := w.lane()
	if err != nil {
		return f, err
	}
	if f.Environment, err = w.takes(ctx, name); err != nil {
		return f, err
	}
	if f.Down, err = w.Down(ctx, string(name)); err != nil {
		return f, err
	}
	if w.Resources == nil {
		f.Unchecked = append(f.Unchecked, "files")
	}
	lane, live, err := w.liveSets(ctx, name, ask.Lessons)
	if err != nil {
		return f, err
	}
	wanted := slices.Clone(ask.Questions)
	for _, id := range ask.Lessons {
		if slices.ContainsFunc(f.Lessons, func(l golive.Lesson) bool { return l.ID == id }) {
			continue
		}
		l, err := w.goLiveLesson(ctx, id)
		if err != nil {
			return f, err
		}
		if set, is := live[id]; is {
			l.Live, l.By = &set, lane.Live[id].Release
		}
		l.Taken, l.Touched = lane.Candidates[id], lane.Touched[id]
		f.Lessons = append(f.Lessons, l)
		wanted = append(wanted, l.State.Plan.Questions()...)
		wanted = append(wanted, l.State.Newest.Questions()...)
	}
	f.Questions, err = w.goLiveQuestions(ctx, wanted)
	for _, id := range ask.Questions {
		if _, known := f.Questions[id]; err == nil && !known {
			err = notFound("question", "题目")
		}
	}
	return f, err
}

func (w *Work) goLiveLesson(ctx context.Context, id lesson.ID) (golive.Lesson, error) {
	state, _, err := load[lesson.Lesson](ctx, w, id, 0)
	if err == nil && (state.Revision == 0 || w.Actor.Within(state.Org) != nil) {
		err = notFound("lesson", "讲次")
	}
	if err != nil {
		return golive.Lesson{}, err
	}
	l := golive.Lesson{ID: id, State: state}
	applying, err := w.applying(ctx, state.Org, workflow.Lessons, "")
	if err != nil {
		return l, err
	}
	l.Review = applying.Needed
	err = w.filesHeld(ctx, state.Org, state.Plan)
	if f := fault.Of(err); f != nil && f.Code == "lesson.resources" {
		l.Files, err = f.Problems, nil
	}
	return l, err
}

// goLiveQuestions reads questions that the actor may know, with what is to be known of their types.
func (w *Work) goLiveQuestions(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID]golive.Question, error) {
	slices.SortFunc(ids, func(a, b uuid.UUID) int { return slices.Compare(a[:], b[:]) })
	ids = slices.Compact(ids)
	streams, err := w.Log.ReadStreams(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("read questions: %w", err)
	}
	found := make(map[uuid.UUID]golive.Question, len(ids))
	for _, id := range ids {
		var q golive.Question
		for _, r := range streams[id] {
			e, err := w.Codec.Decode(r.Type, r.SchemaVersion, r.Data)
			if err != nil {
				return nil, err
			}
			q.State = q.State.Apply(e)
			if p, is := e.(question.Published); is {
				q.Kinds = append(q.Kinds, p.Kind)
			}
		}
		if w.mayKnow(q.State) != nil {
			continue
		}
		if err := w.describeType(ctx, &q); err != nil {
			return nil, err
		}
		found[id] = q
	}
	return found, nil
}

// describeType says what is to be known of a question's type, and which files its draft lacks.
func (w *Work) describeType(ctx context.Context, q *golive.Question) error {
	typ, err := w.Types.Type(ctx, q.State.Draft.Type)
	if fault.Of(err) != nil {
		return nil //nolint:nilerr // a draft of a type that is not there cannot be published: its review says so
	}
	if err != nil {
		return err
	}
	document, _ := typ.Document().(map[string]any)
	title, _ := document["title"].(map[string]any)
	q.Engine = engineOf(typ)
	q.Locales = slices.Sorted(maps.Keys(title))
	missing, err := w.missingAssets(ctx, q.State, typ)
	for _, asset := range missing {
		q.Missing = append(q.Missing, asset.Name)
	}
	return err
}

// liveSets reads what is live of lessons in an environment, with the exact versions of their questions. Those of other organisations are not there.
func (w *Work) liveSets(ctx context.Context, name environment.Name, lessons []uuid.UUID) (environment.Environment, map[uuid.UUID]release.Lesson, error) {
	var lane environment.Environment
	recorded, err := w.read(ctx, name.Stream(), 0)
	if err != nil {
		return lane, nil, err
	}
	atOnce := map[uuid.UUID]release.Lesson{} // by release
	for _, r := range recorded {
		e, err := w.Codec.Decode(r.Type, r.SchemaVersion, r.Data)
		if err != nil {
			return lane, nil, err
		}
		if p, is := e.(environment.Released); is {
			atOnce[p.Release] = release.Lesson{Lesson: p.Lesson, Org: p.Org, Version: p.Version, Questions: p.Questions}
		}
		lane = lane.Apply(e)
	}
	live := make(map[uuid.UUID]release.Lesson, len(lessons))
	for _, id := range lessons {
		baseline, is := lane.Live[id]
		if !is || w.Actor.Within(baseline.Org) != nil {
			continue
		}
		set, known := atOnce[baseline.Release]
		if !known {
			planned, _, err := load[release.Release](ctx, w, baseline.Release, 1)
			if err != nil {
				return lane, nil, err
			}
			i := slices.IndexFunc(planned.Lessons, func(l release.Lesson) bool { return l.Lesson == id })
			if i < 0 {
				return lane, nil, fmt.Errorf("release %s has not the lesson %s that is live from it", baseline.Release, id)
			}
			set = planned.Lessons[i]
		}
		live[id] = set
	}
	return lane, live, nil
}

package commands

import (
	"context"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/lesson"
	"qbank/domain/question"
	"qbank/domain/reissue"
)

// reissue lets a reissue of the actor's organisation and environment decide. seen is the revision the caller saw. A command that finds done already what
// it asks for changes nothing, whatever was seen.
func (w *Work) reissue(ctx context.Context, id reissue.ID, seen int, decision func(reissue.Reissue) ([]event.Event, error)) error {
	return decide(ctx, w, id, func(r reissue.Reissue) ([]event.Event, error) {
		if r.Revision == 0 || r.Environment != w.Actor.Scope.Environment || w.Actor.Within(r.Org) != nil {
			return nil, reissue.NotFound()
		}
		w.meta.Environment = r.Environment
		events, err := decision(r)
		if err == nil && len(events) == 0 {
			return nil, nil
		}
		if stale := fresh(seen, r.Revision); stale != nil {
			return nil, stale
		}
		return events, err
	})
}

// Wish is the reissue that somebody wants.
type Wish struct {
	Question question.ID // a question, or
	Lesson   lesson.ID   // a lesson: its questions, in the versions it names with the errata that followed, and nothing else of it
	Version  int
	Audience reissue.Audience
	From     int64 // microseconds; 0: as soon as it is granted
	Until    int64
	Reason   string
}

// PlanReissue says what a wish comes to and whom it reaches now, and changes nothing. A reason may be missing.
func (b *Bus) PlanReissue(ctx context.Context, actor access.Actor, wish Wish) (reissue.Terms, reissue.Reached, error) {
	if err := actor.Require(AskReissue{}.Needs()); err != nil {
		return reissue.Terms{}, reissue.Reached{}, err
	}
	return (&Work{Bus: b, Actor: actor}).reissueTerms(ctx, wish)
}

// reissueTerms works a wish out.
func (w *Work) reissueTerms(ctx context.Context, wish Wish) (terms reissue.Terms, reached reissue.Reached, err error) {
	name, err := w.environment(ctx)
	if err != nil {
		return terms, reached, err
	}
	terms = reissue.Terms{Environment: string(name), Org: w.Actor.Scope.Org, Question: wish.Question, Lesson: wish.Lesson, Version: wish.Version,
		Audience: wish.Audience, From: wish.From, Until: wish.Until, Reason: wish.Reason}
	if err := terms.Audience.Check(); err != nil {
		return terms, reached, err
	}
	if terms.Pins, err = w.reissuePins(ctx, wish); err != nil {
		return terms, reached, err
	}
	reached, err = w.reach(ctx, terms)
	return terms, reached, err
}

// reach resolves an audience now. The names in it were given by somebody of the organisation that asked.
func (w *Work) reach(ctx context.Context, terms reissue.Terms) (reissue.Reached, error) {
	reached, err := w.Audiences.Audience(ctx, access.Scope{Org: terms.Org, Environment: terms.Environment}, terms.Audience)
	if err != nil {
		return reached, err
	}
	return reached, reached.Refused()
}

// reissuePins are the versions that a wish gives. What was never published cannot be given.
func (w *Work) reissuePins(ctx context.Context, wish Wish) ([]reissue.Pin, error) {
	switch {
	case (wish.Question == uuid.Nil) == (wish.Lesson == uuid.Nil) || wish.Version < 1:
		return nil, nil // the terms refuse it
	case wish.Question != uuid.Nil:
		if _, err := w.publishedVersion(ctx, wish.Question, wish.Version); err != nil {
			return nil, err
		}
		return []reissue.Pin{{Question: wish.Question, Version: wish.Version}}, nil
	}
	published, _, err := w.publishedLesson(ctx, wish.Lesson, wish.Version)
	if err != nil {
		return nil, err
	}
	frozen, err := w.freeze(ctx, published.Plan.Frozen())
	if err != nil {
		return nil, err
	}
	pins := make([]reissue.Pin, len(frozen))
	for i, f := range frozen {
		pins[i] = reissue.Pin{Slot: f.Slot, Question: f.Question, Version: f.Version}
		if i >= len(published.Plan.Items) {
			pins[i].Slot = "" // of a pool: wherever it was drawn to
		}
	}
	return pins, nil
}

// publishedVersion finds a question of the actor's organisation that has a published version. Version 0 asks for any.
func (w *Work) publishedVersion(ctx context.Context, id question.ID, version int) (question.Question, error) {
	q, _, err := load[question.Question](ctx, w, id, 0)
	if err == nil {
		err = w.mayKnow(q)
	}
	if err == nil && (q.Latest == 0 || version > q.Latest) {
		message := fault.Say("the question has no published version %d", "题目没有已发布的第 %d 版", version)
		err = fault.Refuse(fault.Invalid, "question.version_unknown", message, fault.Problem{Pointer: "/version", Code: "unknown", Message: message})
	}
	return q, err
}

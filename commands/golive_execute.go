package commands

import (
	"context"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/content"
	"qbank/domain/environment"
	"qbank/domain/event"
	"qbank/domain/golive"
	"qbank/domain/lesson"
	"qbank/domain/question"
	"qbank/domain/release"
)

// ExecuteGoLive carries out exactly the plan that was seen: it publishes what the plan publishes, and starts the release; a whole one is complete with
// it. Where the plan would be another one by now it refuses, before anything has happened. What breaks off halfway is finished by the same again.
type ExecuteGoLive struct {
	Ask  golive.Ask
	Plan content.Hash // that was seen
}

// Needs the right to release.
func (ExecuteGoLive) Needs() access.Permission { return access.Release }

// Do executes the plan.
func (c ExecuteGoLive) Do(ctx context.Context, w *Work) error {
	if _, err := w.environment(ctx); err != nil {
		return err
	}
	id := golive.ExecutionOf(w.Actor.Scope.Org, c.Plan)
	x, _, err := load[golive.Execution](ctx, w, id, 0)
	if err != nil {
		return err
	}
	if x.Revision == 0 {
		if x.Plan, err = w.planGoLive(ctx, c.Ask); err != nil {
			return err
		}
		if x.Plan.Hash != c.Plan {
			return golive.Stale()
		}
		if err := decide(ctx, w, id, func(now golive.Execution) ([]event.Event, error) { return now.Begin(w.Actor.Scope.Org, x.Plan) }); err != nil {
			return err
		}
	} else if string(x.Plan.Environment) != w.Actor.Scope.Environment {
		return golive.Stale()
	}
	if x.Release == uuid.Nil {
		if x.Release, err = w.execute(ctx, id, x.Plan); err != nil {
			return err
		}
		if err := decide(ctx, w, id, func(now golive.Execution) ([]event.Event, error) { return now.Finish(x.Release), nil }); err != nil {
			return err
		}
	}
	w.Done.ID = x.Release
	return nil
}

// execute takes the steps of a plan. Each has an id of its own, by which it happens once.
func (w *Work) execute(ctx context.Context, execution uuid.UUID, p golive.Plan) (uuid.UUID, error) {
	step := func(what string) Option { return As(uuid.NewSHA1(execution, []byte(what))) }
	for _, publication := range p.Publications {
		var command Command = PublishQuestion{Question: publication.ID, Revision: Anything, Kind: publication.As}
		if publication.Kind == golive.OfLesson {
			command = PublishLesson{Lesson: publication.ID, Revision: Anything}
		}
		done, err := w.asPlanned(ctx, publication)
		if err == nil && !done {
			if _, err = w.Bus.Do(ctx, w.Actor, command, step("publish "+publication.ID.String())); err == nil {
				done, err = w.asPlanned(ctx, publication)
			}
		}
		if err != nil {
			return uuid.Nil, err
		}
		if !done {
			return uuid.Nil, golive.Stale()
		}
	}
	return w.goOut(ctx, exactly(p.Release, p.Set), step)
}

// goOut plans a release and starts it, where it does not start by itself or by another person; a whole one is completed.
func (w *Work) goOut(ctx context.Context, c PlanRelease, step func(string) Option) (uuid.UUID, error) {
	planned, err := w.Bus.Do(ctx, w.Actor, c, step("plan"))
	if err != nil {
		return uuid.Nil, err
	}
	w.Done.Position = max(w.Done.Position, planned.Position)
	return planned.ID, w.comeOut(ctx, planned.ID, step)
}

// comeOut takes the steps of goOut behind the planning that a release has not taken yet.
func (w *Work) comeOut(ctx context.Context, id release.ID, step func(string) Option) error {
	declared, err := w.takes(ctx, environment.Name(w.Actor.Scope.Environment))
	if err != nil {
		return err
	}
	r, _, err := load[release.Release](ctx, w, id, 0)
	if err != nil || declared.SecondPerson || r.Plan.Start != 0 {
		return err
	}
	var steps []Command
	if r.State == release.IsPlanned {
		steps = append(steps, StartRelease{Release: id, Revision: Anything})
	}
	whole := len(r.Steps) == 1 && r.Steps[0].Hold == 0 && r.Steps[0].Sample == 0 && !r.Guard.Watches()
	if whole && (r.State == release.IsPlanned || r.State == release.IsRunning || r.State == release.IsCompleted) {
		steps = append(steps, CompleteRelease{Release: id, Revision: Anything})
	}
	for _, command := range steps {
		done, err := w.Bus.Do(ctx, w.Actor, command, step(nameOf(command)))
		if err != nil {
			return err
		}
		w.Done.Position = max(w.Done.Position, done.Position)
	}
	return nil
}

// asPlanned reports whether a publication has happened as it was planned. What was published instead makes the plan stale.
func (w *Work) asPlanned(ctx context.Context, p golive.Publication) (bool, error) {
	recorded, err := w.read(ctx, p.ID, 0)
	if err != nil {
		return false, err
	}
	var q question.Question
	for _, r := range recorded {
		e, err := w.Codec.Decode(r.Type, r.SchemaVersion, r.Data)
		if err != nil {
			return false, err
		}
		switch e := e.(type) {
		case question.Published:
			if e.Version == p.To {
				return true, staleUnless(e.Hash == p.Hash && e.Kind == p.As)
			}
		case lesson.Published:
			if e.Version == p.To {
				return true, staleUnless(e.Plan.Hash() == p.Hash)
			}
		}
		if p.Kind == golive.OfQuestion {
			q = q.Apply(e)
		}
	}
	return false, staleUnless(p.Kind == golive.OfLesson || q.Approved == p.Hash)
}

func staleUnless(so bool) error {
	if so {
		return nil
	}
	return golive.Stale()
}

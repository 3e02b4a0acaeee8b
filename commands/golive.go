package commands

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/content"
	"qbank/domain/environment"
	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/golive"
	"qbank/domain/lesson"
	"qbank/domain/question"
	"qbank/domain/release"
	"qbank/domain/workflow"
)

// Reach is whom a plan reaches, as the roster is now.
type Reach struct {
	Students, Classes int
}

// PlanGoLive says what it takes for lessons and questions to go live in the actor's environment, and what would change. It changes nothing.
func (b *Bus) PlanGoLive(ctx context.Context, actor access.Actor, ask golive.Ask) (golive.Plan, error) {
	if err := actor.Require(access.ReadReleases); err != nil {
		return golive.Plan{}, err
	}
	w := &Work{Bus: b, Actor: actor, meta: event.Meta{At: b.Now().UnixMicro()}}
	return w.planGoLive(ctx, ask)
}

// ReachOf estimates whom a plan reaches; nil where nobody can tell.
func (b *Bus) ReachOf(ctx context.Context, actor access.Actor, p golive.Plan) (*Reach, error) {
	if b.Audiences == nil {
		return nil, nil
	}
	lessons := make([]uuid.UUID, len(p.Set))
	for i, l := range p.Set {
		lessons[i] = l.Lesson
	}
	var reach Reach
	var err error
	reach.Students, reach.Classes, err = b.Audiences.Reach(ctx, actor.Scope, lessons)
	return &reach, err
}

func (w *Work) planGoLive(ctx context.Context, ask golive.Ask) (golive.Plan, error) {
	if err := ask.Check(); err != nil {
		return golive.Plan{}, err
	}
	var err error
	if ask.Release.Rules, err = w.namedForRelease(ctx, ask.Release.Rules); err != nil { // what is kept names nobody in another way
		return golive.Plan{}, err
	}
	ask.Release.Blackouts = ask.Release.Blackouts[:min(len(ask.Release.Blackouts), release.MaxBlackouts+1)] // refused without looking at each
	facts, err := w.goLiveFacts(ctx, ask)
	if err != nil {
		return golive.Plan{}, err
	}
	plan := golive.Make(ask, facts)
	return plan, exactly(plan.Release, plan.Set).check(w)
}

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

// exactly is a release of these versions, as it is wished.
func exactly(r release.Plan, set release.Set) PlanRelease {
	return PlanRelease{Title: r.Title, Unit: r.Unit, Total: r.Total, Steps: r.Steps, Rules: r.Rules, Start: r.Start, Blackouts: r.Blackouts, Guard: r.Guard, Note: r.Note, exactly: set}
}

// check refuses a release that cannot be planned: whoever looks at the plan is told, and nothing is published for it.
func (c PlanRelease) check(w *Work) error {
	if len(c.exactly) == 0 {
		return nil // there is nothing to go live: the execution says so
	}
	_, err := release.Release{}.Propose(c.plan(w, c.exactly), w.Actor.Person(), w.moment(c.Blackouts))
	return err
}

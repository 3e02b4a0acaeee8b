package environment

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"

	"github.com/google/uuid"

	"qbank/domain/content"
	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/text"
)

// Name identifies an environment: "dev", "prod".
type Name string

var (
	space       = uuid.MustParse("0f3a8b52-4f5b-5a37-8a52-6f5d0b1c9e02")
	namePattern = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)
)

// Stream is the environment's stream.
func (n Name) Stream() uuid.UUID { return uuid.NewSHA1(space, []byte(n)) }

// Check refuses a name that is not short, lower-case and plain.
func (n Name) Check() error {
	if !namePattern.MatchString(string(n)) {
		return fault.Refuse(fault.Invalid, "environment.name",
			fault.Say("an environment's name is 1 to 32 of a-z, 0-9 and -, a letter first", "环境名称由 1 到 32 个小写字母、数字和连字符组成，以字母开头"))
	}
	return nil
}

// Frozen is one place of a lesson with the exact version released for it.
type Frozen struct {
	Slot     string    `json:"slot"`
	Question uuid.UUID `json:"question"`
	Version  int       `json:"version"`
}

// HashOf tells frozen versions of a lesson from others.
func HashOf(version int, questions []Frozen) content.Hash {
	encoded, err := json.Marshal(struct {
		Version   int      `json:"version"`
		Questions []Frozen `json:"questions"`
	}{version, questions})
	if err != nil { // ids, texts and numbers can always be written
		panic(err)
	}
	return content.HashBytes(encoded)
}

// Environment is what is live.
type Environment struct {
	Revision   int
	Live       map[uuid.UUID]Baseline  // by lesson: what everybody gets who is in no candidate; read only
	Candidates map[uuid.UUID]uuid.UUID // by lesson: the release that has it; read only
	Touched    map[uuid.UUID]int       // by lesson: number of the last event about it; read only
	open       map[uuid.UUID]Opened    // by release
	ended      map[uuid.UUID]bool      // releases that had lessons and have them no more
}

// Baseline is what is live of a lesson.
type Baseline struct {
	Release     uuid.UUID
	Environment Name
	Org         string
	Version     int // of the lesson
	Hash        content.Hash
}

// Release makes versions live, wholly and at once. Exactly the same set again changes nothing. A lesson that a release under way has
// is not free.
func (e Environment) Release(r Released) ([]event.Event, error) {
	if err := r.Environment.Check(); err != nil {
		return nil, err
	}
	if err := text.CheckNote("/note", r.Note); err != nil {
		return nil, err
	}
	if err := e.free(r.Lesson); err != nil {
		return nil, err
	}
	if live, ok := e.Live[r.Lesson]; ok {
		if live.Hash == HashOf(r.Version, r.Questions) {
			return nil, nil
		}
		r.Replaces = live.Release
	}
	return []event.Event{r}, nil
}

// Withdraw takes a lesson off.
func (e Environment) Withdraw(lesson uuid.UUID, reason string) ([]event.Event, error) {
	live, ok := e.Live[lesson]
	if !ok {
		return nil, NotLive()
	}
	if err := text.CheckNote("/reason", reason); err != nil {
		return nil, err
	}
	if err := e.free(lesson); err != nil {
		return nil, err
	}
	return []event.Event{Withdrawn{Release: live.Release, Environment: live.Environment, Lesson: lesson, Reason: reason}}, nil
}

// Open gives a release its lessons, all or none. It refuses lessons that another release has ("release.overlap", which names it). A release that
// has them already changes nothing; one that had them does not get them again.
func (e Environment) Open(o Opened) ([]event.Event, error) {
	if err := o.Environment.Check(); err != nil {
		return nil, err
	}
	if _, has := e.open[o.Release]; has {
		return nil, nil
	}
	if e.ended[o.Release] {
		return nil, fault.Refuse(fault.Conflict, "release.ended", fault.Say("the release is over", "该发布已结束"))
	}
	var problems []fault.Problem
	var other uuid.UUID
	for i, entry := range o.Lessons {
		if has, taken := e.Candidates[entry.Lesson]; taken {
			other = has
			problems = append(problems, fault.Problem{Pointer: "/lessons/" + strconv.Itoa(i), Code: "overlap",
				Message: fault.Say("the release %s has this lesson", "发布 %s 正占用该讲次", has)})
		}
	}
	if len(problems) > 0 {
		return nil, fault.Refuse(fault.Conflict, "release.overlap", fault.Say("another release has some of the lessons; complete it or roll it back first",
			"部分讲次正由另一发布占用，请先完成或回滚该发布"), problems...).With("release", other.String())
	}
	return []event.Event{o}, nil
}

// Complete makes a release the baseline of its lessons. Where it has none any more, it was done before.
func (e Environment) Complete(release uuid.UUID) []event.Event {
	o, has := e.open[release]
	if !has {
		return nil
	}
	return []event.Event{Completed{Release: release, Environment: o.Environment}}
}

// Close takes a release its lessons; their baselines stay. Where it has none, there is nothing to do.
func (e Environment) Close(release uuid.UUID) []event.Event {
	o, has := e.open[release]
	if !has {
		return nil
	}
	return []event.Event{Closed{Release: release, Environment: o.Environment}}
}

// free refuses a lesson that a release under way has.
func (e Environment) free(lesson uuid.UUID) error {
	release, taken := e.Candidates[lesson]
	if !taken {
		return nil
	}
	return fault.Refuse(fault.Conflict, "release.under_way", fault.Say("the release %s has this lesson; complete it or roll it back first",
		"发布 %s 正占用该讲次，请先完成或回滚", release)).With("release", release.String())
}

// NotLive refuses what asks for a live lesson where there is none.
func NotLive() error {
	return fault.Refuse(fault.NotFound, "release.not_found", fault.Say("the lesson is not live in this environment", "该讲次未在此环境上线"))
}

// HasAll reports whether a release has lessons: each as its candidate, or as what is live.
func (e Environment) HasAll(lessons []uuid.UUID, release uuid.UUID) bool {
	return !slices.ContainsFunc(lessons, func(l uuid.UUID) bool { return e.Candidates[l] != release && e.Live[l].Release != release })
}

// Apply folds one event. It consumes its receiver: the maps go on in the result.
func (e Environment) Apply(ev event.Event) Environment {
	if e.Live == nil {
		e.Live, e.Candidates = map[uuid.UUID]Baseline{}, map[uuid.UUID]uuid.UUID{}
		e.Touched = map[uuid.UUID]int{}
		e.open, e.ended = map[uuid.UUID]Opened{}, map[uuid.UUID]bool{}
	}
	e.Revision++
	switch ev := ev.(type) {
	case Released:
		e.Touched[ev.Lesson] = e.Revision
		e.Live[ev.Lesson] = Baseline{Release: ev.Release, Environment: ev.Environment, Org: ev.Org, Version: ev.Version, Hash: HashOf(ev.Version, ev.Questions)}
	case Withdrawn:
		e.Touched[ev.Lesson] = e.Revision
		delete(e.Live, ev.Lesson)
	case Opened:
		e.open[ev.Release] = ev
		for _, entry := range ev.Lessons {
			e.Candidates[entry.Lesson] = ev.Release
			e.Touched[entry.Lesson] = e.Revision
		}
	case Completed:
		for _, entry := range e.open[ev.Release].Lessons {
			e.Live[entry.Lesson] = Baseline{Release: ev.Release, Environment: ev.Environment, Org: entry.Org, Version: entry.Version, Hash: entry.Hash}
		}
		e.settle(ev.Release)
	case Closed:
		e.settle(ev.Release)
	case Patched:
		e.patch(ev)
	}
	return e
}

func (e Environment) settle(release uuid.UUID) {
	for _, entry := range e.open[release].Lessons {
		delete(e.Candidates, entry.Lesson)
		e.Touched[entry.Lesson] = e.Revision
	}
	delete(e.open, release)
	e.ended[release] = true
}

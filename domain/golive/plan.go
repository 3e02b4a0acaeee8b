package golive

import (
	"cmp"
	"encoding/json"
	"slices"

	"github.com/google/uuid"

	"qbank/domain/content"
	"qbank/domain/environment"
	"qbank/domain/fault"
	"qbank/domain/question"
	"qbank/domain/release"
	"qbank/domain/workflow"
)

// Kind says what something in a plan is about.
type Kind string

// The kinds.
const (
	OfLesson   Kind = "lesson"
	OfQuestion Kind = "question"
)

// Gap is something that is missing.
type Gap struct {
	Code    string     `json:"code"` // stable: "question.unpublished"
	Blocks  bool       `json:"blocks"`
	Kind    Kind       `json:"kind"`
	ID      uuid.UUID  `json:"id"` // of the lesson or question
	Message fault.Text `json:"message"`
}

// Publication is a draft that is made a version.
type Publication struct {
	Kind Kind          `json:"kind"`
	ID   uuid.UUID     `json:"id"`
	From int           `json:"from"` // newest version before; 0: none
	To   int           `json:"to"`
	Hash content.Hash  `json:"hash"` // of exactly that content
	As   question.Kind `json:"as,omitempty"`
}

// Change is what becomes different of a lesson that is live, or goes live.
type Change struct {
	Lesson  uuid.UUID     `json:"lesson"`
	Title   string        `json:"title"`
	From    int           `json:"from"` // version that is live; 0: none is
	To      int           `json:"to"`
	By      uuid.UUID     `json:"by,omitzero"` // the release that is live
	Touched int           `json:"touched"`
	Places  []PlaceChange `json:"places"` // those that change
}

// PlaceChange is what becomes different at one place of a lesson.
type PlaceChange struct {
	Slot   string    `json:"slot"`
	Before uuid.UUID `json:"before,omitzero"` // the question that is live there; zero: the place is added
	From   int       `json:"from,omitempty"`
	After  uuid.UUID `json:"after,omitzero"` // the question that comes; zero: the place is removed
	To     int       `json:"to,omitempty"`
}

// Text says it to people.
func (p PlaceChange) Text() fault.Text {
	switch {
	case p.Before == uuid.Nil:
		return fault.Say("%s: added, version %d", "%s：新增，第 %d 版", p.Slot, p.To)
	case p.After == uuid.Nil:
		return fault.Say("%s: removed, was version %d", "%s：移除，原为第 %d 版", p.Slot, p.From)
	case p.Before != p.After:
		return fault.Say("%s: another question, version %d", "%s：换为另一题，第 %d 版", p.Slot, p.To)
	}
	return fault.Say("%s: version %d → %d", "%s：第 %d 版 → 第 %d 版", p.Slot, p.From, p.To)
}

// Plan is what it takes, and what would change.
type Plan struct {
	Environment  environment.Name `json:"environment"`
	Missing      []Gap            `json:"missing,omitempty"`
	Publications []Publication    `json:"publications,omitempty"` // in this order
	Changes      []Change         `json:"changes,omitempty"`
	Set          release.Set      `json:"set,omitempty"` // what goes live: lessons that do not change are not in it
	Release      release.Plan     `json:"release"`       // how it goes live
	Unchecked    []string         `json:"unchecked,omitempty"`
	Hash         content.Hash     `json:"hash"` // of all but what is only worth knowing
}

// Blocked reports whether something is missing without which it cannot go live.
func (p Plan) Blocked() bool {
	return slices.ContainsFunc(p.Missing, func(g Gap) bool { return g.Blocks })
}

// Make makes the plan.
func Make(ask Ask, f Facts) Plan {
	m := maker{ask: ask, facts: f, next: map[uuid.UUID]question.Kind{}}
	m.plan = Plan{Environment: f.Environment.Name, Release: ask.Release, Unchecked: f.Unchecked}
	for _, id := range ask.Questions {
		m.question(id)
	}
	used := map[uuid.UUID]bool{}
	for _, l := range f.Lessons {
		m.lesson(l, used)
	}
	for _, id := range ask.Questions {
		if !used[id] {
			m.gap("question.unused", false, OfQuestion, id, fault.Say("none of the lessons has this question in this version", "所选讲次均未使用该题的此版本"))
		}
	}
	m.plan.Hash = m.plan.hash()
	return m.plan
}

// hash is over what the plan does and what it rests on. A warning more or less makes no other plan; what blocks does.
func (p Plan) hash() content.Hash {
	p.Hash, p.Unchecked = "", nil
	p.Missing = slices.DeleteFunc(slices.Clone(p.Missing), func(g Gap) bool { return !g.Blocks })
	encoded, err := json.Marshal(p)
	if err != nil { // ids, texts, numbers and content that was JSON before can always be written
		panic(err)
	}
	return content.HashBytes(encoded)
}

type maker struct {
	ask   Ask
	facts Facts
	plan  Plan
	next  map[uuid.UUID]question.Kind // questions that are published, and as what
}

func (m *maker) gap(code string, blocks bool, kind Kind, id uuid.UUID, message fault.Text) {
	for _, g := range m.plan.Missing {
		if g.Code == code && g.ID == id && g.Message == message {
			return
		}
	}
	m.plan.Missing = append(m.plan.Missing, Gap{code, blocks, kind, id, message})
}

// question decides whether a question that was asked for is published.
func (m *maker) question(id uuid.UUID) {
	q := m.facts.Questions[id]
	s := q.State
	never := s.Latest == 0
	switch {
	case m.next[id] != "":
		return
	case s.State == workflow.Retired || s.State == workflow.Withdrawn:
		m.gap("question.retired", true, OfQuestion, id, fault.Say("the question is retired", "题目已停用"))
	case !never && s.Draft.Hash == s.Published:
		return
	case s.Approved == "" || s.Approved != s.Draft.Hash:
		if s.State == workflow.InReview {
			m.gap("question.in_review", never, OfQuestion, id, fault.Say("its review is not finished", "审核尚未完成"))
			return
		}
		m.gap("question.not_approved", never, OfQuestion, id, fault.Say("its draft is not approved", "草稿未经审核通过"))
	case !m.ask.Publish:
		m.gap("question.unpublished", never, OfQuestion, id, fault.Say("its draft is approved and not published", "草稿已通过审核但未发布"))
	case len(q.Missing) > 0:
		m.gap("question.file_missing", true, OfQuestion, id, fault.Say("files that it names are not there", "题目引用的文件缺失"))
	default:
		kind := cmp.Or(m.ask.As, question.Revision)
		if never {
			kind = question.Revision
		} else if s.Standing.Review.Lane == workflow.ErrataLane {
			kind = question.Erratum
		}
		m.next[id] = kind
		m.plan.Publications = append(m.plan.Publications, Publication{OfQuestion, id, s.Latest, s.Latest + 1, s.Draft.Hash, kind})
	}
}

package attempt

import (
	"bytes"
	"crypto/sha256"
	"strconv"

	"github.com/google/uuid"

	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/lesson"
	"qbank/domain/regrade"
	"qbank/domain/scoring"
)

// ID is an attempt's stream.
type ID = uuid.UUID

var space = uuid.MustParse("4a2d9c11-6f0e-5b7b-8c59-0d9b1f7e2a07")

// IDOf is the id of a student's n-th attempt at a lesson in an environment; in a class session, the session takes the lesson's place. It is
// made of what must be unique, so that the store itself refuses a second one.
func IDOf(environment string, lessonOrSession uuid.UUID, student string, number int) ID {
	return uuid.NewSHA1(space, []byte(environment+"\x00"+lessonOrSession.String()+"\x00"+student+"\x00"+strconv.Itoa(number)))
}

// ID is the id of the attempt that was started.
func (s Started) ID() ID {
	if s.Session != uuid.Nil {
		return IDOf(s.Environment, s.Session, s.Student, s.Number)
	}
	return IDOf(s.Environment, s.Lesson, s.Student, s.Number)
}

// The bounds of an attempt.
const (
	MaxKey     = 64    // bytes
	MaxAnswers = 5_000 // in one attempt, all tries together
)

// Attempt is as much of the history as decisions need.
type Attempt struct {
	Revision int
	Started
	Shadow   uuid.UUID // the ticket of the staff whose attempt it is; zero: the student's own
	Done     *Finished
	answers  map[string]given // by key
	counting map[lesson.Slot]Standing
	places   map[lesson.Slot]int // index in Items
}

// given is what must be known of an answer to recognise it.
type given struct {
	payload [sha256.Size]byte // of an open answer
	digest  []byte            // of a sealed one
	receipt Receipt
}

// Standing is the answer that counts at a place.
type Standing struct {
	Answered
	Sequence int // revision at which it came
	Tries    int // answers given at this place
	Grade    *Graded
	Revised  *GradeRevised
}

// Mark is what the place is worth now: the revised mark, else the mark by hand, where there is one.
func (s Standing) Mark() scoring.Mark {
	if s.Revised != nil {
		return s.Revised.Mark
	}
	return s.Given().Mark
}

// Given is the mark that was given before any revision: by hand where there is one, else by rule.
func (s Standing) Given() regrade.Mark {
	if s.Grade != nil {
		return regrade.Mark{Status: scoring.Scored, Mark: s.Grade.Mark, Parts: s.Parts}
	}
	return regrade.Mark{Status: s.Status, Fraction: s.Fraction, Mark: s.Answered.Mark, Parts: s.Parts}
}

// Pending reports whether the answer waits for a mark by hand.
func (s Standing) Pending() bool {
	return s.Status == scoring.Pending && s.Grade == nil && s.Revised == nil
}

// Dropped is the marks that are not to be had any more at the place.
func (s Standing) Dropped() scoring.Mark {
	if s.Revised == nil {
		return 0
	}
	return s.Revised.Dropped
}

// Receipt acknowledges an answer. It is made from the event alone, so it is the same each time, and says nothing about
// correctness.
type Receipt struct {
	Key        string      `json:"key"`
	Slot       lesson.Slot `json:"slot"`
	Sequence   int         `json:"sequence"`    // revision of the attempt at which the answer stands
	ReceivedAt int64       `json:"received_at"` // microseconds since 1970 UTC
}

// Submission is an answer as it arrives, judged by the rules of the pinned version.
type Submission struct {
	Answered
	Payload [sha256.Size]byte // Payload(slot, response) of an open answer; unused with Sealed
	Ahead   int               // answers of the same request that are recorded before this one
}

// Payload identifies what an open answer says: its place and its canonical response.
func Payload(slot lesson.Slot, response []byte) [sha256.Size]byte {
	buffer := make([]byte, 0, len(slot)+1+len(response))
	buffer = append(append(append(buffer, slot...), 0), response...)
	return sha256.Sum256(buffer)
}

// Start begins the attempt.
func (a Attempt) Start(s Started) ([]event.Event, error) { return a.StartUnder(uuid.Nil, s) }

// StartUnder begins a shadow under a ticket, or, under none, the student's own attempt.
func (a Attempt) StartUnder(ticket uuid.UUID, s Started) ([]event.Event, error) {
	if a.Revision > 0 {
		return nil, fault.Refuse(fault.Conflict, "attempt.exists", fault.Say("the attempt exists already", "作答已存在"))
	}
	return []event.Event{kept(ticket, s)}, nil
}

// Item returns what is pinned at a place.
func (a Attempt) Item(slot lesson.Slot) (Item, error) {
	i, known := a.places[slot]
	if !known {
		return Item{}, fault.Refuse(fault.NotFound, "attempt.no_such_slot",
			fault.Say("the attempt has no question at %.70q", "本次作答中没有 %.70q 这道题", slot))
	}
	return a.Items[i], nil
}

// CheckKey refuses a key that is missing or out of bounds.
func CheckKey(key string) error {
	if key == "" {
		return fault.Refuse(fault.Invalid, "answer.key_missing", fault.Say("each answer needs a key of its own", "每个答案都需要自己的 key"),
			fault.Problem{Pointer: "/key", Code: "required", Message: fault.Say("a key is needed", "需要 key")})
	}
	for i := 0; i < len(key); i++ {
		if len(key) > MaxKey || key[i] <= ' ' || key[i] > '~' {
			return fault.Refuse(fault.Invalid, "answer.key_invalid",
				fault.Say("a key is 1 to %d printable ASCII characters", "key 为 1 到 %d 个可见 ASCII 字符", MaxKey))
		}
	}
	return nil
}

// Replay finds the receipt of an answer that is here already, before anything is judged again.
// It refuses the same key with another payload.
func (a Attempt) Replay(s Submission) (Receipt, bool, error) {
	before, known := a.answers[s.Key]
	if !known {
		return Receipt{}, false, nil
	}
	same := before.receipt.Slot == s.Slot
	if before.digest != nil || s.Digest != nil {
		same = same && bytes.Equal(before.digest, s.Digest)
	} else {
		same = same && before.payload == s.Payload
	}
	if !same {
		return Receipt{}, false, KeyReused()
	}
	return before.receipt, true, nil
}

// KeyReused refuses a key that was used for another answer.
func KeyReused() error {
	return fault.Refuse(fault.Invalid, "answer.key_reused", fault.Say("this key was used for another answer", "此 key 已用于另一个答案"))
}

// Answer records one answer that Replay does not know.
func (a Attempt) Answer(s Submission) (Answered, error) {
	switch {
	case a.Done != nil:
		return Answered{}, Over()
	case len(a.answers)+s.Ahead >= MaxAnswers:
		return Answered{}, fault.Refuse(fault.Limit, "attempt.too_many_answers",
			fault.Say("an attempt takes at most %d answers", "一次作答最多接受 %d 个答案", MaxAnswers))
	}
	return s.Answered, nil
}

// Recorded is the event of an answer that Answer has let in.
func (a Attempt) Recorded(e Answered) event.Event { return kept(a.Shadow, e) }

// Finish closes the attempt; finishing twice changes nothing. down tells which versions are taken down now (nil: none is): a place that was not
// answered and has such a version counts for nothing.
func (a Attempt) Finish(at int64, down func(question uuid.UUID, version int) bool) ([]event.Event, error) {
	if a.Done != nil {
		return nil, nil
	}
	f := Finished{At: at}
	for _, item := range a.Items {
		s, answered := a.counting[item.Slot]
		if !answered && down != nil && down(item.Question, item.Version) {
			f.Withdrawn = append(f.Withdrawn, item.Slot)
			continue
		}
		f.Max += item.Max
		if answered {
			f.Total, f.Max = f.Total+s.Mark(), f.Max-s.Dropped()
			if s.Pending() {
				f.Pending++
			}
		}
	}
	return []event.Event{kept(a.Shadow, f)}, nil
}

// Grade gives a mark by hand to the answer that counts at a place; its key names the answer that the grader saw.
func (a Attempt) Grade(g Graded) ([]event.Event, error) {
	item, err := a.Item(g.Slot)
	if err != nil {
		return nil, err
	}
	s, answered := a.counting[g.Slot]
	switch {
	case !answered:
		return nil, fault.Refuse(fault.Conflict, "grade.no_answer", fault.Say("there is no answer to mark", "没有可评分的答案"))
	case s.Key != g.Key:
		return nil, fault.Refuse(fault.Conflict, "grade.answer_changed",
			fault.Say("another answer counts by now; look at it first", "学生已重新作答，请先查看新答案")).With("key", s.Key)
	case s.Revised != nil:
		return nil, fault.Refuse(fault.Conflict, "grade.regraded", fault.Say("a regrade of this question stands; revoke it first", "此题已重判，请先撤销重判"))
	case s.Status != scoring.Pending:
		return nil, fault.Refuse(fault.Conflict, "grade.not_by_hand", fault.Say("this question is not scored by hand", "此题不由人工评分"))
	case g.Mark < 0 || g.Mark > item.Max:
		return nil, fault.Refuse(fault.Invalid, "grade.range", fault.Say("a mark from 0 to the maximum is needed", "分数应在 0 与满分之间"),
			fault.Problem{Pointer: "/mark", Code: "range", Message: fault.Say("from 0 to the maximum", "应在 0 与满分之间")})
	case s.Grade != nil && s.Grade.same(g):
		return nil, nil
	}
	return []event.Event{g}, nil
}

// Standing returns the answer that counts at a place.
func (a Attempt) Standing(slot lesson.Slot) (Standing, bool) {
	s, answered := a.counting[slot]
	return s, answered
}

// Revealed reports whether solutions may be shown to the student, by this attempt alone. Staff that answers through a student's eyes is shown none: it
// would have the key before the student has tried.
func (a Attempt) Revealed() bool {
	return a.Done != nil && a.Shadow == uuid.Nil && (a.Reveal == lesson.AfterFinish || a.Reveal == lesson.AfterLast && a.Attempts > 0 && a.Number >= a.Attempts)
}

// RevealedWith is the student's last attempt, where its end reveals the solutions of this one; nil: none does.
func (a Attempt) RevealedWith() ID {
	if a.Done == nil || a.Reveal != lesson.AfterLast || a.Number >= a.Attempts || a.Shadow != uuid.Nil {
		return uuid.Nil
	}
	last := a.Started
	last.Number = a.Attempts
	return last.ID()
}

// Apply folds one event. It consumes its receiver: the maps go on in the result.
func (a Attempt) Apply(e event.Event) Attempt {
	a.Revision++
	e, ticket := cast(e)
	switch e := e.(type) {
	case Started:
		a.Started, a.Shadow = e, ticket
		a.answers, a.counting = map[string]given{}, make(map[lesson.Slot]Standing, len(e.Items))
		a.places = make(map[lesson.Slot]int, len(e.Items))
		for i, item := range e.Items {
			a.places[item.Slot] = i
		}
	case Repinned:
		a = a.repinned(e)
	case Answered:
		g := given{digest: e.Digest, receipt: e.Receipt(a.Revision)}
		if e.Sealed == nil {
			g.payload = Payload(e.Slot, e.Response)
		}
		a.answers[e.Key] = g
		a.counting[e.Slot] = Standing{Answered: e, Sequence: a.Revision, Tries: a.counting[e.Slot].Tries + 1}
	case Finished:
		a.Done = &e
	case Graded:
		s := a.counting[e.Slot]
		s.Grade = &e
		a.counting[e.Slot] = s
	case GradeRevised:
		s := a.counting[e.Slot]
		s.Revised = &e
		a.counting[e.Slot] = s
	case GradeRestored:
		s := a.counting[e.Slot]
		s.Revised = nil
		a.counting[e.Slot] = s
	}
	return a
}

// Receipt acknowledges the answer that stands at a revision of its attempt.
func (e Answered) Receipt(revision int) Receipt {
	return Receipt{Key: e.Key, Slot: e.Slot, Sequence: revision, ReceivedAt: e.At}
}

package commands_test

import (
	"encoding/json"
	"fmt"
	"sync"
	"testing"

	"github.com/google/uuid"

	"qbank/commands"
	"qbank/domain/content"
	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/knowledge"
	"qbank/domain/question"
	"qbank/eventstore"
	"qbank/internal/pgtest"
)

func aLostRaceIsRunAgainOnWhatTheOtherWrote(h house) {
	q := h.created("2+2?").ID
	once := sync.OnceFunc(func() {
		h.do(commands.EditQuestion{Question: q, Revision: 1, Content: with(choice("2+2?"), "key", "b")})
	})
	b := h.interrupted(func(eventstore.Append) { once() })
	done, err := b.Do(h.Context(), admin, commands.EditQuestion{Question: q, Revision: 1, Content: choice("2+3?")})
	if err != nil || done.Revision != 3 {
		h.Fatalf("did %+v, %v", done, err)
	}
	if got, want := h.question(q).Draft.Content, with(choice("2+3?"), "key", "b"); !content.Equal(got, want) {
		h.Errorf("got %v, want both editors' work", got)
	}
}

func aRaceLostOnASeenRevisionIsTheCallersToResolve(h house) {
	q := h.created("2+2?").ID
	once := sync.OnceFunc(func() {
		h.do(commands.DescribeQuestion{Question: q, Revision: 1, Metadata: question.Metadata{Title: "theirs"}})
	})
	b := h.interrupted(func(eventstore.Append) { once() })
	_, err := b.Do(h.Context(), admin, commands.DescribeQuestion{Question: q, Revision: 1, Metadata: question.Metadata{Title: "mine"}})
	if !fault.Is(err, "revision.stale") || fault.Of(err).Details["revision"] != 2 {
		h.Errorf("got %v", err)
	}
	if got := h.question(q).Metadata.Title; got != "theirs" {
		h.Errorf("the title is %q", got)
	}
}

func whoNeverWinsIsToldToTryAgain(h house) {
	q := h.created("2+2?").ID
	n := 0
	b := h.interrupted(func(eventstore.Append) {
		n++
		h.do(commands.DescribeQuestion{Question: q, Revision: commands.Anything, Metadata: question.Metadata{Title: fmt.Sprint(n)}})
	})
	_, err := b.Do(h.Context(), admin, commands.EditQuestion{Question: q, Revision: 1, Content: choice("2+3?")})
	if !fault.Is(err, "busy") || fault.Of(err).Kind != fault.Unavailable {
		h.Errorf("got %v after %d tries", err, n)
	}
}

func aStaleRevisionIsAConflictThatNamesTheCurrentOne(h house) {
	q := h.created("2+2?").ID
	l := h.do(commands.CreateLesson{Plan: plan()}).ID
	h.do(commands.EditLesson{Lesson: l, Revision: 1, Plan: plan(q)})
	h.edit(q, "2+3?")
	for _, seen := range []int{0, 1, 3} {
		for _, c := range []commands.Command{
			commands.DescribeQuestion{Question: q, Revision: seen}, commands.SubmitQuestion{Question: q, Revision: seen},
			commands.ApproveQuestion{Question: q, Revision: seen}, commands.ReturnQuestion{Question: q, Revision: seen},
			commands.PublishQuestion{Question: q, Revision: seen}, commands.RetireQuestion{Question: q, Revision: seen},
			commands.ReinstateQuestion{Question: q, Revision: seen}, commands.WithdrawQuestion{Question: q, Revision: seen},
			commands.RestoreQuestion{Question: q, Revision: seen, To: 1},
			commands.PublishLesson{Lesson: l, Revision: seen}, commands.RetireLesson{Lesson: l, Revision: seen}, commands.SubmitLesson{Lesson: l, Revision: seen}, commands.ApproveLesson{Lesson: l, Revision: seen},
			commands.ReturnLesson{Lesson: l, Revision: seen}, commands.RecallLesson{Lesson: l, Revision: seen}, commands.TagQuestion{Question: q, Revision: seen}, commands.AssignReview{Reviewed: under(q, seen)},
			commands.UnassignReview{Reviewed: under(q, seen)}, commands.ClaimReview{Reviewed: under(q, seen)}, commands.ReleaseReview{Reviewed: under(q, seen)},
			commands.LockLesson{Lesson: l, Revision: seen, Environment: "prod"},
		} {
			if f := h.refused(admin, c, "revision.stale"); f.Details["revision"] != 2 || f.Kind != fault.Conflict {
				h.Errorf("%T: got %+v", c, f.Details)
			}
		}
	}
	for _, never := range []int{0, 3} { // an edit may be old, but not of what never was
		h.refused(admin, commands.EditQuestion{Question: q, Revision: never, Content: choice("x")}, "revision.not_found")
		h.refused(admin, commands.EditLesson{Lesson: l, Revision: never, Plan: plan()}, "revision.not_found")
	}
}

func anEditConflictShowsBothAndTheCurrentRevision(h house) {
	q := h.created("2+2?").ID
	h.edit(q, "2+3?")
	f := h.refused(admin, commands.EditQuestion{Question: q, Revision: 1, Content: choice("2+4?")}, "question.merge_conflict")
	conflicts, _ := f.Details["conflicts"].([]content.Conflict)
	if f.Details["revision"] != 2 || len(conflicts) != 1 || conflicts[0].Pointer != "/stem/text" || conflicts[0].Ours != "2+3?" || conflicts[0].Theirs != "2+4?" {
		h.Errorf("got %+v", f.Details)
	}
}

func manyEditorsOfDifferentFieldsAllKeepTheirWork(h house) {
	q := h.created("2+2?").ID
	want := choice("2+2?")
	var editors sync.WaitGroup
	for i := range 6 {
		field := fmt.Sprint("note ", i)
		want[field] = "mine"
		editors.Go(func() {
			_, err := h.Commands.Do(h.Context(), admin, commands.EditQuestion{Question: q, Revision: 1, Content: with(choice("2+2?"), field, "mine")})
			if err != nil {
				h.Error(err)
			}
		})
	}
	editors.Wait()
	if got := h.question(q); !content.Equal(got.Draft.Content, want) || got.Revision != 7 {
		h.Errorf("revision %d is %v", got.Revision, got.Draft.Content)
	}
}

// Carried out again under its id, a command finds what it did, also where it would be refused by now.
func TestACommandWithAnIDIsDoneOnce(t *testing.T) {
	t.Parallel()
	h := open(t)
	twice := func(c commands.Command) commands.Done {
		t.Helper()
		id := uuid.New()
		first := h.do(c, commands.As(id))
		head := h.head()
		if again := h.do(c, commands.As(id)); again != first || h.head() != head {
			t.Errorf("%T: first did %+v, then %+v", c, first, again)
		}
		return first
	}
	q := twice(commands.CreateQuestion{Type: singleChoice, Content: choice("2+2?")}).ID
	twice(commands.DescribeQuestion{Question: q, Revision: 1, Metadata: question.Metadata{Title: "Sums"}})
	twice(commands.EditQuestion{Question: q, Revision: 2, Content: choice("2+3?")})
	twice(commands.SubmitQuestion{Question: q, Revision: 3})
	twice(commands.ApproveQuestion{Question: q, Revision: 4, Hash: h.question(q).Draft.Hash})
	twice(commands.PublishQuestion{Question: q, Revision: 5, Kind: question.Revision})
	l := twice(commands.CreateLesson{Plan: plan(q)}).ID
	twice(commands.PublishLesson{Lesson: l, Revision: 1})
	release := commands.ReleaseLesson{Environment: "prod", Lesson: l}
	id := uuid.New()
	first := h.do(release, commands.As(id))
	h.do(commands.WithdrawLesson{Environment: "prod", Lesson: l}) // what came later stays
	if again := h.do(release, commands.As(id)); again != first {
		t.Errorf("released %+v, then %+v", first, again)
	}
	twice(commands.RetireQuestion{Question: q, Revision: 6, Reason: "over"})
	twice(commands.KeepPoint{Subject: "math", Point: knowledge.Point{Title: "Sums"}})
	twice(commands.PublishTree{Subject: "math"})
	twice(commands.KeepClass{Code: "7b", Title: "Seven B", Students: []commands.Person{{Number: "1"}}})
	twice(commands.LeaveClass{Code: "7b", Students: []string{"1"}})
}

func aDraftIsBroughtBackByRevisionOrMoment(h house) {
	q := h.created("one").ID
	h.edit(q, "two")
	h.edit(q, "three")
	recorded, err := h.Store.ReadStream(h.Context(), q, eventstore.Range{})
	if err != nil {
		h.Fatal(err)
	}
	moment := func(i int) int64 { return recorded[i].RecordedAt.UnixMicro() }
	for i, c := range []struct {
		restore commands.RestoreQuestion
		want    string
	}{
		{commands.RestoreQuestion{To: 1}, "one"},
		{commands.RestoreQuestion{At: moment(1)}, "two"},
		{commands.RestoreQuestion{At: moment(2) - 1}, "two"}, // nothing new
		{commands.RestoreQuestion{At: moment(2)}, "three"},
	} {
		c.restore.Question, c.restore.Revision = q, commands.Anything
		h.do(c.restore)
		if got := h.question(q).Draft.Content; !content.Equal(got, choice(c.want)) {
			h.Errorf("%d: got %v, want %s", i, got, c.want)
		}
	}
	h.refused(admin, commands.RestoreQuestion{Question: q, Revision: commands.Anything, At: moment(0) - 1}, "revision.not_found")
	h.refused(admin, commands.RestoreQuestion{Question: q, Revision: commands.Anything, To: 99}, "revision.not_found")
	h.refused(admin, commands.RestoreQuestion{Question: q, Revision: commands.Anything, To: -1}, "revision.not_found")
}

func anIDIsGivenOnce(h house) {
	q := h.created("2+2?").ID
	l := h.do(commands.CreateLesson{Plan: plan(q)}).ID
	for _, taken := range []uuid.UUID{q, l} {
		create := commands.CreateQuestion{ID: taken, Type: singleChoice}
		mine, theirs := h.refused(admin, create, "question.exists"), h.refused(stranger, create, "question.exists")
		if mine.Error() != theirs.Error() || len(theirs.Details) > 0 {
			h.Errorf("a stranger learns %v", theirs)
		}
		h.refused(admin, commands.CreateLesson{ID: taken, Plan: plan()}, "lesson.exists")
	}
	h.refused(admin, commands.SubmitQuestion{Question: l, Revision: commands.Anything}, "question.not_found") // a lesson is no question
	h.refused(admin, commands.RetireLesson{Lesson: q, Revision: commands.Anything}, "lesson.not_found")
}

func whatTheLogCannotKeepIsRefused(h house) {
	h.refused(admin, commands.CreateQuestion{Type: singleChoice, Content: with(choice(""), "note", "a\x00b")}, "event.nul")
	h.refused(admin, commands.CreateQuestion{Type: singleChoice, Metadata: question.Metadata{Title: "a\x00b"}}, "question.metadata")
	h.refused(admin, commands.KeepPoint{Subject: "math", Point: knowledge.Point{Title: "a\x00b"}}, "knowledge.title")
}

// painted is in its second shape: the first had one colour.
type painted struct {
	Colours []string `json:"colours"`
}

func (painted) Name() string { return "thing.painted" }

func TestEventsOfAnOldShapeAreReadInTheLatest(t *testing.T) {
	t.Parallel()
	codec := event.NewCodec([]event.Definition{event.Define[painted](func(data json.RawMessage) (json.RawMessage, error) {
		var old struct{ Colour string }
		err := json.Unmarshal(data, &old)
		return json.RawMessage(fmt.Sprintf(`{"colours":[%q]}`, old.Colour)), err
	})})
	steps := map[eventstore.UpcastKey]eventstore.Upcaster{}
	codec.Upcasts(func(name string, from int, up event.Upcast) {
		steps[eventstore.UpcastKey{Type: name, SchemaVersion: from}] = func(e eventstore.Event) (eventstore.Event, error) {
			data, err := up(e.Data)
			e.Data, e.SchemaVersion = data, from+1
			return e, err
		}
	})
	store, err := eventstore.Open(t.Context(), pgtest.New(t), eventstore.Options{Upcasters: steps})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(store.Close)
	stream := uuid.New()
	name, version, latest, err := codec.Encode(painted{Colours: []string{"blue"}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.Append(t.Context(), eventstore.Append{Stream: stream, Events: []eventstore.Event{
		{ID: uuid.New(), Type: name, SchemaVersion: 1, Data: json.RawMessage(`{"colour":"red"}`)},
		{ID: uuid.New(), Type: name, SchemaVersion: version, Data: latest},
	}}); err != nil {
		t.Fatal(err)
	}
	recorded, err := store.ReadStream(t.Context(), stream, eventstore.Range{})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"red", "blue"} {
		e, err := codec.Decode(recorded[i].Type, recorded[i].SchemaVersion, recorded[i].Data)
		if err != nil || e.(painted).Colours[0] != want {
			t.Errorf("got %+v, %v, want %s", e, err, want)
		}
	}
}

package question_test

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"qbank/domain/access"
	"qbank/domain/content"
	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/qtype"
	"qbank/domain/question"
	"qbank/domain/workflow"
)

var (
	choice1 = qtype.Ref{ID: "single-choice", Version: "1.0.0"}
	choice2 = qtype.Ref{ID: "single-choice", Version: "2.0.0"}
)

// rules demands a stem.
type rules struct{ ref qtype.Ref }

func (r rules) Ref() qtype.Ref { return r.ref }

func (r rules) Check(doc any) []fault.Problem {
	if object, _ := doc.(map[string]any); object["stem"] == nil || object["stem"] == "" {
		return []fault.Problem{{Pointer: "/stem", Code: "required", Message: fault.Say("a stem is needed", "需要题干")}}
	}
	return nil
}

func (rules) Rescores(before, after any) bool {
	was, _ := before.(map[string]any)
	now, _ := after.(map[string]any)
	return !content.Equal(was["key"], now["key"])
}

// step is something that is asked of a question.
type step func(question.Question) ([]event.Event, error)

type doc = map[string]any

var (
	wang     = access.Actor{ID: "wang", Roles: []access.Role{access.Reviewer}}
	fourEyes = workflow.Applying{Workflow: workflow.FourEyes}
)

func stem(text string) doc { return doc{"stem": text, "hint": ""} }

// optionsOf is a content with a list of so many items.
func optionsOf(n int) doc {
	items := make([]any, n)
	for i := range items {
		items[i] = map[string]any{"id": fmt.Sprint("o", i)}
	}
	return doc{"stem": "", "options": items}
}

func draft(content any) question.Draft { return question.Draft{Type: choice1, Content: content} }

func created(d doc) step {
	return func(q question.Question) ([]event.Event, error) {
		return q.Create(question.NewCode(100001), "acme", draft(d), question.Metadata{Title: "Sums"}, nil)
	}
}

func edited(d doc) step {
	return func(q question.Question) ([]event.Event, error) {
		return q.Edit(q.Draft, question.Draft{Type: q.Draft.Type, Content: d}, nil)
	}
}

func moved(to qtype.Ref) step {
	return func(q question.Question) ([]event.Event, error) {
		return q.Edit(q.Draft, question.Draft{Type: to, Content: q.Draft.Content}, nil)
	}
}

func submitted(q question.Question) ([]event.Event, error) {
	return q.Submit(rules{q.Draft.Type}, question.Submission{Workflow: fourEyes, Authors: []string{"li"}, Note: "please"})
}

func approved(q question.Question) ([]event.Event, error) { return q.Approve(q.Draft.Hash, wang, "") }

func returned(q question.Question) ([]event.Event, error) {
	return q.Return(q.Draft.Hash, "wang", "which one?")
}

func published(kind question.Kind) step {
	return func(q question.Question) ([]event.Event, error) { return q.Publish(kind, rules{q.Draft.Type}) }
}

func retired(q question.Question) ([]event.Event, error) {
	return q.Retire(question.Retired{Reason: "out of date"})
}
func reinstated(q question.Question) ([]event.Event, error) { return q.Reinstate("needed again") }
func withdrawn(q question.Question) ([]event.Event, error)  { return q.Withdraw("given up", "") }

func described(m question.Metadata) step {
	return func(q question.Question) ([]event.Event, error) { return q.Describe(m) }
}

func then(steps ...any) []step {
	var all []step
	for _, s := range steps {
		switch s := s.(type) {
		case step:
			all = append(all, s)
		case func(question.Question) ([]event.Event, error):
			all = append(all, s)
		case []step:
			all = append(all, s...)
		}
	}
	return all
}

// given is the question after these steps, none of which may be refused.
func given(t testing.TB, steps ...any) question.Question {
	t.Helper()
	var q question.Question
	for i, s := range then(steps...) {
		events, err := s(q)
		if err != nil {
			t.Fatalf("step %d: %v", i, err)
		}
		q = apply(q, events)
	}
	return q
}

func apply(q question.Question, events []event.Event) question.Question {
	for _, e := range events {
		q = q.Apply(e)
	}
	return q
}

func refused(t testing.TB, err error, code string) *fault.Fault {
	t.Helper()
	if !fault.Is(err, code) {
		t.Fatalf("got %v, want the fault %s", err, code)
	}
	return fault.Of(err)
}

var inReview = then(created(stem("2+2?")), submitted)
var live = then(inReview, approved, published(question.Revision))

func TestRefusals(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("长", 2001)
	for _, c := range []struct {
		name  string
		given []step
		when  step
		code  string
	}{
		{"a question is created once", then(created(stem(""))), created(stem("")), "question.exists"},
		{"a content is an object", nil, func(q question.Question) ([]event.Event, error) {
			return q.Create("", "acme", draft("text"), question.Metadata{}, nil)
		}, "question.content"},
		{"a content has bounds", nil, created(stem(strings.Repeat("x", content.DefaultLimits.Bytes))), "question.too_large"},
		{"a list has bounds", nil, created(optionsOf(1001)), "question.too_large"},
		{"an edit keeps its lists to the bounds", then(created(optionsOf(2))), edited(optionsOf(1001)), "question.too_large"},
		{"an edit keeps to the bounds", then(created(stem(""))), edited(stem(strings.Repeat("x", content.DefaultLimits.Bytes))), "question.too_large"},
		{"metadata have bounds", nil, func(q question.Question) ([]event.Event, error) {
			return q.Create("", "acme", draft(stem("")), question.Metadata{Title: long}, nil)
		}, "question.metadata"},
		{"nothing is there to edit", nil, edited(stem("")), "question.not_found"},
		{"nothing is there to describe", nil, described(question.Metadata{}), "question.not_found"},
		{"nothing is there to withdraw", nil, withdrawn, "question.not_found"},
		{"an incomplete draft cannot be submitted", then(created(stem(""))), submitted, "question.invalid"},
		{"what is in review is not submitted again", inReview, submitted, "question.state"},
		{"a draft that nobody submitted is not approved", then(created(stem("2+2?"))), approved, "question.state"},
		{"a draft that nobody submitted is not returned", then(created(stem("2+2?"))), returned, "question.state"},
		{"an approval names the content that was seen", inReview, func(q question.Question) ([]event.Event, error) {
			return q.Approve(content.HashOf(stem("2+3?")), wang, "")
		}, "question.content_changed"},
		{"a return needs a reason", inReview, func(q question.Question) ([]event.Event, error) {
			return q.Return(q.Draft.Hash, "wang", "")
		}, "reason.missing"},
		{"a version has a kind", then(inReview, approved), published("other"), "question.kind"},
		{"what is not approved is not published", inReview, published(question.Revision), "question.not_approved"},
		{"what was edited since is not published", then(inReview, approved, edited(stem("2+3?"))), published(question.Revision), "question.not_approved"},
		{"what became invalid is not published", then(inReview, approved), func(q question.Question) ([]event.Event, error) {
			return q.Publish(question.Revision, stricter{})
		}, "question.invalid"},
		{"the same content is not submitted again", then(live, edited(stem("2+3?")), edited(stem("2+2?"))), submitted, "question.unchanged"},
		{"what was published is not withdrawn", live, withdrawn, "question.published"},
		{"retiring needs a reason", live, func(q question.Question) ([]event.Event, error) { return q.Retire(question.Retired{}) }, "reason.missing"},
		{"what is retired is not edited", then(live, retired), edited(stem("2+3?")), "question.state"},
		{"what is retired is not retired again", then(live, retired), retired, "question.state"},
		{"what is in use is not reinstated", live, reinstated, "question.state"},
		{"what is withdrawn is not edited", then(inReview, withdrawn), edited(stem("2+3?")), "question.state"},
		{"what is withdrawn is not described", then(inReview, withdrawn), described(question.Metadata{Title: "x"}), "question.state"},
		{"a note has bounds", then(created(stem("2+2?"))), func(q question.Question) ([]event.Event, error) {
			return q.Submit(rules{choice1}, question.Submission{Workflow: fourEyes, Note: long})
		}, "note.invalid"},
		{"a reviewer's note has bounds", inReview, func(q question.Question) ([]event.Event, error) {
			return q.Approve(q.Draft.Hash, wang, long)
		}, "note.invalid"},
		{"a reason is text", live, func(q question.Question) ([]event.Event, error) { return q.Retire(question.Retired{Reason: "a\xffb"}) }, "note.invalid"},
		{"a reason holds no NUL", then(live, retired), func(q question.Question) ([]event.Event, error) { return q.Reinstate("a\x00b") }, "note.invalid"},
		{"a withdrawal's reason has bounds", inReview, func(q question.Question) ([]event.Event, error) { return q.Withdraw(long, "") }, "note.invalid"},
		{"a history that does not fit allows nothing", []step{created(stem("")), func(question.Question) ([]event.Event, error) {
			return []event.Event{question.Edited{Changes: []content.Change{{Path: []string{"no"}, Op: "remove", Before: "thing"}}}}, nil
		}}, submitted, "question.damaged"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			events, err := c.when(given(t, c.given))
			refused(t, err, c.code)
			if len(events) > 0 {
				t.Errorf("a refusal came with events %v", events)
			}
		})
	}
}

// stricter finds fault with everything.
type stricter struct{ rules }

func (stricter) Check(any) []fault.Problem { return []fault.Problem{{Code: "strict"}} }

func TestTransitions(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		given []step
		state workflow.State
	}{
		{"created", then(created(stem(""))), workflow.Draft},
		{"edited", then(created(stem("")), edited(stem("2+2?"))), workflow.Draft},
		{"submitted", inReview, workflow.InReview},
		{"edited in review", then(inReview, edited(stem("2+3?"))), workflow.Draft},
		{"described in review", then(inReview, described(question.Metadata{Title: "x"})), workflow.InReview},
		{"returned", then(inReview, returned), workflow.Draft},
		{"approved", then(inReview, approved), workflow.Approved},
		{"described once approved", then(inReview, approved, described(question.Metadata{Title: "x"})), workflow.Approved},
		{"returned once approved", then(inReview, approved, returned), workflow.Draft},
		{"published", live, workflow.Published},
		{"edited once published", then(live, edited(stem("2+3?"))), workflow.Draft},
		{"retired", then(live, retired), workflow.Retired},
		{"retired before it was published", then(inReview, approved, retired), workflow.Retired},
		{"described once retired", then(live, retired, described(question.Metadata{Title: "x"})), workflow.Retired},
		{"reinstated", then(live, retired, reinstated), workflow.Draft},
		{"withdrawn", then(inReview, withdrawn), workflow.Withdrawn},
		{"withdrawn again", then(inReview, withdrawn, withdrawn), workflow.Withdrawn},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			q := given(t, c.given)
			if q.State != c.state {
				t.Errorf("got %s, want %s", q.State, c.state)
			}
			if (q.Approved != "") != (q.State == workflow.Approved) {
				t.Errorf("a question that is %s has the approval %q", q.State, q.Approved)
			}
		})
	}
}

func TestAnEditAfterApprovalNeedsAnotherApproval(t *testing.T) {
	t.Parallel()
	edit := then(inReview, approved, edited(stem("2+3?")))
	_, err := published(question.Revision)(given(t, edit))
	refused(t, err, "question.not_approved")
	if q := given(t, edit, submitted, approved, published(question.Revision)); q.Latest != 1 || q.Published != content.HashOf(stem("2+3?")) {
		t.Errorf("got version %d with %s", q.Latest, q.Published)
	}
}

func TestMetadataNeedNoReview(t *testing.T) {
	t.Parallel()
	if q := given(t, inReview, approved, described(question.Metadata{Tags: []string{"b", "a", "a"}}), published(question.Revision)); q.Latest != 1 {
		t.Error("a new tag stood in the way of publishing")
	}
	again, err := described(question.Metadata{Title: " Sums "})(given(t, live))
	if err != nil || again != nil {
		t.Errorf("the same metadata came to %v, %v", again, err)
	}
}

func TestTheFirstVersionIsARevision(t *testing.T) {
	t.Parallel()
	first, err := published(question.Erratum)(given(t, inReview, approved))
	if err != nil {
		t.Fatal(err)
	}
	if p := first[0].(question.Published); p.Version != 1 || p.Kind != question.Revision {
		t.Errorf("the first version is %d, a %s", p.Version, p.Kind)
	}
	second, err := published(question.Erratum)(given(t, live, edited(stem("2+2 =?")), submitted, approved))
	if err != nil {
		t.Fatal(err)
	}
	if p := second[0].(question.Published); p.Version != 2 || p.Kind != question.Erratum || string(p.Content) != `{"hint":"","stem":"2+2 =?"}` {
		t.Errorf("the correction is version %d, a %s: %s", p.Version, p.Kind, p.Content)
	}
}

func TestTheSameContentIsPublishedUnderANewTypeVersion(t *testing.T) {
	t.Parallel()
	events, err := published(question.Revision)(given(t, live, moved(choice2), submitted, approved))
	if err != nil {
		t.Fatal(err)
	}
	if p := events[0].(question.Published); p.Version != 2 || p.Type != choice2 {
		t.Errorf("got version %d of type %s", p.Version, p.Type)
	}
}

func TestTwoEditorsOfDifferentFieldsBothKeepTheirWork(t *testing.T) {
	t.Parallel()
	seen := given(t, created(doc{"stem": "2+2?", "hint": "count"}))
	now := given(t, created(doc{"stem": "2+2?", "hint": "count"}), edited(doc{"stem": "2+3?", "hint": "count"}))
	events, err := now.Edit(seen.Draft, draft(doc{"stem": "2+2?", "hint": "use fingers"}), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := apply(now, events).Draft.Content; !content.Equal(got, doc{"stem": "2+3?", "hint": "use fingers"}) {
		t.Errorf("got %v", got)
	}
}

func TestTwoEditorsOfTheSameFieldAreShownBoth(t *testing.T) {
	t.Parallel()
	seen := given(t, created(stem("2+2?")))
	now := given(t, created(stem("2+2?")), edited(stem("2+3?")))
	_, err := now.Edit(seen.Draft, draft(stem("2+4?")), nil)
	f := refused(t, err, "question.merge_conflict")
	want := []content.Conflict{{Pointer: "/stem", Base: "2+2?", Ours: "2+3?", Theirs: "2+4?"}}
	if !reflect.DeepEqual(f.Details["conflicts"], want) || f.Details["revision"] != 2 || f.Problems[0].Pointer != "/stem" {
		t.Errorf("got %v %v", f.Details, f.Problems)
	}
}

func TestTwoEditorsMayMoveToOneTypeVersionOnly(t *testing.T) {
	t.Parallel()
	seen := given(t, created(stem("2+2?")))
	now := given(t, created(stem("2+2?")), moved(choice2))
	_, err := now.Edit(seen.Draft, question.Draft{Type: qtype.Ref{ID: "single-choice", Version: "3.0.0"}, Content: stem("2+2?")}, nil)
	refused(t, err, "question.merge_conflict")
	for _, to := range []qtype.Ref{choice1, choice2} { // who did not move it, and who moved it to the same
		events, err := now.Edit(seen.Draft, question.Draft{Type: to, Content: stem("2+3?")}, nil)
		if q := apply(now, events); err != nil || q.Draft.Type != choice2 || !content.Equal(q.Draft.Content, stem("2+3?")) {
			t.Errorf("got %v, %v", q.Draft, err)
		}
	}
}

func TestWhatDidNotChangeDidNotHappen(t *testing.T) {
	t.Parallel()
	q := given(t, live)
	if events, err := edited(stem("2+2?"))(q); err != nil || events != nil {
		t.Errorf("got %v, %v", events, err)
	}
}

func TestAnEarlierDraftComesBack(t *testing.T) {
	t.Parallel()
	past := given(t, live)
	now := given(t, live, edited(stem("2+3?")), moved(choice2))
	events, err := now.Restore(question.Restoration{Past: past})
	if err != nil {
		t.Fatal(err)
	}
	q := apply(now, events)
	if e := events[0].(question.Edited); e.RestoredFrom != past.Revision || q.Draft.Hash != past.Draft.Hash || q.Draft.Type != choice1 {
		t.Errorf("got %+v", q.Draft)
	}
	if q.State != workflow.Draft || q.Published != past.Published {
		t.Errorf("the question is %s", q.State)
	}
}

func imported(batch, text string) (question.Draft, question.Metadata, *question.Origin) {
	return draft(stem(text)), question.Metadata{Title: text}, &question.Origin{Batch: batch, Source: "1", Hash: content.HashOf(text)}
}

func importedFirst(batch, text string) step {
	d, m, o := imported(batch, text)
	return func(q question.Question) ([]event.Event, error) {
		return q.Create(question.NewCode(1), "acme", d, m, o)
	}
}

func importedAgain(batch, text string) step {
	d, m, o := imported(batch, text)
	return func(q question.Question) ([]event.Event, error) { return q.Revive(d, m, o) }
}

func TestASourceOverwritesItsQuestion(t *testing.T) {
	t.Parallel()
	q := given(t, importedFirst("b1", "one"), edited(stem("mine")), importedAgain("b2", "two"))
	if !content.Equal(q.Draft.Content, stem("two")) || q.Metadata.Title != "two" || q.Origin.Batch != "b2" {
		t.Errorf("got %+v from %+v", q.Draft, q.Origin)
	}
	_, err := importedAgain("b3", "three")(given(t, importedFirst("b1", "one"), retired))
	refused(t, err, "question.state")
}

func TestAWithdrawnQuestionIsRevivedByItsSource(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"one", "two"} { // also where the source says the same as before
		q := given(t, importedFirst("b1", "one"), withdrawn, importedAgain("b2", text))
		if q.State != workflow.Draft || !content.Equal(q.Draft.Content, stem(text)) || q.Origin.Batch != "b2" {
			t.Errorf("got %s %+v from %+v", q.State, q.Draft, q.Origin)
		}
	}
}

func TestAnImportIsTakenBackAndOthersWorkStays(t *testing.T) {
	t.Parallel()
	before := given(t, importedFirst("b1", "one"))
	after := given(t, importedFirst("b1", "one"), importedAgain("b2", "two"))
	now := given(t, importedFirst("b1", "one"), importedAgain("b2", "two"), edited(doc{"stem": "two", "hint": "mine"}))
	events, err := now.Revert(before, after)
	if err != nil {
		t.Fatal(err)
	}
	q := apply(now, events)
	if !content.Equal(q.Draft.Content, doc{"stem": "one", "hint": "mine"}) || q.Metadata.Title != "one" || q.Origin.Batch != "b1" {
		t.Errorf("got %v %v from %+v", q.Draft.Content, q.Metadata, q.Origin)
	}
	if again, err := q.Revert(before, after); err != nil || len(again) > 0 {
		t.Errorf("taking it back twice came to %v, %v", again, err)
	}
	_, err = given(t, importedFirst("b1", "one"), importedAgain("b2", "two"), edited(stem("three"))).Revert(before, after)
	refused(t, err, "question.merge_conflict")
}

func TestAnImportThatOnlyFiledAnewIsTakenBackWithItsOrigin(t *testing.T) {
	t.Parallel()
	before := given(t, importedFirst("b1", "one"))
	refiled := func(q question.Question) ([]event.Event, error) {
		return q.Overwrite(draft(stem("one")), question.Metadata{Title: "other"}, &question.Origin{Batch: "b2", Hash: "h2"})
	}
	after := given(t, importedFirst("b1", "one"), refiled)
	events, err := after.Revert(before, after)
	if q := apply(after, events); err != nil || q.Metadata.Title != "one" || q.Origin.Batch != "b1" {
		t.Errorf("got %v from %+v, %v", q.Metadata, q.Origin, err)
	}
}

func TestTheSameSourceItemIsAlwaysTheSameQuestion(t *testing.T) {
	t.Parallel()
	first := question.ImportedID("acme", "1")
	ids := []question.ID{first, question.ImportedID("acme", "2"), question.ImportedID("other", "1")}
	slices.SortFunc(ids, func(a, b question.ID) int { return strings.Compare(a.String(), b.String()) })
	if len(slices.Compact(ids)) != 3 || question.ImportedID("acme", "1") != first {
		t.Errorf("ids are not made of organisation and item: %v", ids)
	}
}

func TestARefusalSaysWhatTheStateAllows(t *testing.T) {
	t.Parallel()
	_, err := edited(stem("x"))(given(t, live, retired))
	var f *fault.Fault
	if !errors.As(err, &f) || !reflect.DeepEqual(f.Details["allowed"], []workflow.Action{workflow.Reinstate}) || f.Details["state"] != "retired" {
		t.Errorf("got %v", f.Details)
	}
}

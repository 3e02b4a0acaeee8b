package uses_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"qbank/domain/lesson"
	"qbank/domain/question"
	"qbank/domain/scoring"
	"qbank/projections/projtest"
	"qbank/projections/read"
	"qbank/projections/uses"
)

var events = slices.Concat(lesson.Events, lesson.ReviewEvents, question.Events)

// plan has one question, q, at the places s1, s2, ... in these versions.
func plan(versions ...int) lesson.Plan {
	p := lesson.Plan{Title: "Sums", Reveal: lesson.AfterFinish}
	for i, v := range versions {
		p.Items = append(p.Items, lesson.Item{Slot: lesson.Slot(fmt.Sprint("s", i+1)), Question: projtest.StreamID("q"), Version: v, Max: scoring.OneMark})
	}
	return p
}

func published(version int, kind question.Kind) projtest.Facts {
	return projtest.In("q", question.Published{Version: version, Kind: kind})
}

func TestARevisionIsOfferedToEachUse(t *testing.T) {
	t.Parallel()
	log := projtest.Given(t, events, uses.New(),
		published(1, question.Revision),
		projtest.In("old", lesson.Created{Org: "acme/math", Plan: plan(1, 1)}).By("wang"),
		projtest.In("newest", lesson.Created{Org: "acme/math", Plan: plan(0)}, lesson.Published{Version: 1, Plan: plan(1)}).By("li"),
		projtest.In("draft", lesson.Created{Org: "acme/math", Plan: plan(0)}).By("li"), // it will take what is there
		projtest.In("elsewhere", lesson.Created{Org: "other", Plan: plan(1)}),
		projtest.In("gone", lesson.Created{Org: "acme/math", Plan: plan(1)}, lesson.Retired{Reason: "old"}),
		published(2, question.Erratum))
	reader := uses.NewReader(log.Pool)
	offers := func(org string, f uses.Filter) (list []string) {
		t.Helper()
		log.Run(uses.New())
		found, err := reader.Offers(t.Context(), org, f, read.Page{})
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range found.Rows {
			line := fmt.Sprintf("%d to %d at %d of %s", o.From, o.To, o.Places, o.Owner)
			if o.Declined != nil {
				line += ", declined: " + o.Declined.Reason
			}
			list = append(list, line)
		}
		slices.Sort(list)
		if n, more, err := reader.Count(t.Context(), org, f); err != nil || more || n != len(list) {
			t.Fatalf("counted %d of %d, %v", n, len(list), err)
		}
		return list
	}
	expect := func(what string, got []string, want ...string) {
		t.Helper()
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %q, want %q", what, got, want)
		}
	}
	expect("an erratum is not offered", offers("acme", uses.Filter{}))
	log.Append(published(3, question.Revision), published(4, question.Erratum))
	expect("a revision, with its errata", offers("acme", uses.Filter{}), "1 to 4 at 1 of li", "1 to 4 at 2 of wang")
	expect("by owner", offers("acme", uses.Filter{Owner: "wang"}), "1 to 4 at 2 of wang")
	expect("by lesson", offers("acme", uses.Filter{Lesson: projtest.StreamID("newest")}), "1 to 4 at 1 of li")
	expect("of another question", offers("acme", uses.Filter{Question: projtest.StreamID("x")}))
	expect("another organisation", offers("other/math", uses.Filter{}))

	log.Append(projtest.In("old", lesson.Edited{Plan: plan(4, 1)}).By("zhao"), projtest.In("newest", lesson.RevisionDeclined{Question: projtest.StreamID("q"), Version: 4, Reason: "fine"}).By("li"))
	expect("half accepted", offers("acme", uses.Filter{}), "1 to 4 at 1 of zhao")
	expect("declined", offers("acme", uses.Filter{Declined: true}), "1 to 4 at 1 of li, declined: fine")
	log.Append(projtest.In("old", lesson.Edited{Plan: plan(4, 4)}))
	expect("accepted", offers("acme", uses.Filter{}))
	log.Append(published(5, question.Revision))
	expect("the next is offered again", offers("acme", uses.Filter{Declined: true}))
	if n := len(offers("acme", uses.Filter{})); n != 2 {
		t.Errorf("%d offers", n)
	}
	log.RebuildEquals(t, uses.New())
}

func TestRebuildEqualsLive(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	var facts []projtest.Facts
	for i, kind := range rapid.SliceOfN(rapid.IntRange(0, 5), 60, 60).Example(3) {
		name := fmt.Sprint("lesson ", random.IntN(5))
		if i < 5 {
			facts = append(facts, projtest.In(fmt.Sprint("lesson ", i), lesson.Created{Org: "acme", Plan: plan(0, 1)}))
			continue
		}
		switch kind {
		case 0, 1:
			facts = append(facts, published(i, []question.Kind{question.Erratum, question.Revision}[kind]))
		case 2:
			facts = append(facts, projtest.In(name, lesson.Published{Version: i, Plan: plan(i)}))
		case 3:
			facts = append(facts, projtest.In(name, lesson.RevisionDeclined{Question: projtest.StreamID("q"), Version: i, Reason: "no"}))
		default:
			facts = append(facts, projtest.In(name, lesson.Edited{Plan: plan(i, 0)}))
		}
	}
	projtest.Given(t, events, uses.New(), facts...).RebuildEquals(t, uses.New())
}

package schemas_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"qbank/domain/content"
	"qbank/domain/qtype"
	"qbank/domain/qtype/typetest"
	"qbank/domain/scoring"
)

// law checks something for every built-in type.
func law(t *testing.T, check func(t *rapid.T, q *qtype.Type)) {
	t.Parallel()
	for _, q := range builtIn(t) {
		t.Run(q.Ref().ID, func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) { check(t, q) })
		})
	}
}

func TestTheKeyCannotBeToldFromThePublicView(t *testing.T) {
	law(t, func(t *rapid.T, q *qtype.Type) {
		doc := typetest.Content(t, q)
		if rapid.Bool().Draw(t, "spoilt") { // it holds by construction, not because contents are valid
			doc = typetest.Spoilt(t, doc)
		}
		other := typetest.OtherSecrets(t, q, doc)
		public, _ := q.Split(doc)
		same, _ := q.Split(other)
		if a, b := content.Canonical(public), content.Canonical(same); string(a) != string(b) {
			t.Fatalf("contents %s\nand      %s\nare told apart by %s\nand               %s", content.Canonical(doc), content.Canonical(other), a, b)
		}
		if !slices.Equal(q.Texts(public), q.Texts(same)) || q.Summary(doc) != q.Summary(other) {
			t.Fatal("texts tell them apart")
		}
		seed := rapid.Uint64().Draw(t, "seed")
		if !reflect.DeepEqual(q.Orders(public, seed), q.Orders(same, seed)) {
			t.Fatal("orders tell them apart")
		}
		response := typetest.Response(t, q, public)
		if !reflect.DeepEqual(q.CheckResponse(public, response), q.CheckResponse(same, response)) {
			t.Fatal("checks of responses tell them apart")
		}
	})
}

func TestSplitPartsEverything(t *testing.T) {
	law(t, func(t *rapid.T, q *qtype.Type) {
		doc := typetest.Content(t, q)
		before := content.HashOf(doc)
		public, solution := q.Split(doc)
		if again, nothing := q.Split(public); !content.Equal(again, public) || !content.Equal(nothing, map[string]any{}) {
			t.Fatalf("the public view holds secrets: %s", content.Canonical(public))
		}
		joined := q.Join(public, solution)
		if problems := q.Check(joined); len(problems) > 0 {
			t.Fatalf("what is joined is not valid: %+v", problems)
		}
		publicAgain, solutionAgain := q.Split(joined)
		if !content.Equal(public, publicAgain) || !sameItems(solution, solutionAgain) {
			t.Fatalf("splitting again gives %s and %s", content.Canonical(publicAgain), content.Canonical(solutionAgain))
		}
		if !content.Equal(q.Reveal(public, solution), joined) {
			t.Fatalf("revealed is %s", content.Canonical(q.Reveal(public, solution)))
		}
		if content.HashOf(doc) != before {
			t.Fatal("the content was changed in place")
		}
	})
}

// sameItems compares solutions without regard to the order of lists with ids, which neutral lists lose.
func sameItems(a, b any) bool {
	for _, change := range content.Diff(a, b) {
		if change.Op != "move" {
			return false
		}
	}
	return true
}

func TestUndeclaredPlacesAreNotPublished(t *testing.T) {
	law(t, func(t *rapid.T, q *qtype.Type) {
		doc := typetest.Content(t, q)
		public, solution := q.Split(doc)
		p, s := q.Split(overgrown(doc))
		for _, v := range []any{p, s} {
			if strings.Contains(string(content.Canonical(v)), "undeclared") {
				t.Fatalf("%s", content.Canonical(v))
			}
		}
		if !content.Equal(p, public) || !content.Equal(s, solution) {
			t.Fatalf("%s and %s", content.Canonical(p), content.Canonical(s))
		}
	})
}

// overgrown adds a member to every object.
func overgrown(v any) any {
	switch x := v.(type) {
	case map[string]any:
		out := map[string]any{"undeclared": map[string]any{"undeclared": []any{"answer"}}}
		for name, value := range x {
			out[name] = overgrown(value)
		}
		return out
	case []any:
		out := make([]any, len(x))
		for i, item := range x {
			out[i] = overgrown(item)
		}
		return out
	}
	return v
}

func TestWhatIsJoinedScoresAsTheWhole(t *testing.T) {
	law(t, func(t *rapid.T, q *qtype.Type) {
		doc := typetest.Content(t, q)
		public, solution := q.Split(doc)
		whole, err := q.Scorer(doc)
		if err != nil {
			t.Fatal(err)
		}
		joined, err := q.Scorer(q.Join(public, solution))
		if err != nil {
			t.Fatal(err)
		}
		if !q.HasResponse() {
			return
		}
		response := typetest.Response(t, q, public)
		if problems := q.CheckResponse(public, response); len(problems) > 0 {
			t.Fatalf("%s is refused: %+v", content.Canonical(response), problems)
		}
		a, err := whole.Score(response)
		if err != nil {
			t.Fatalf("a response that was taken cannot be scored: %v", err)
		}
		if b, err := joined.Score(response); err != nil || !reflect.DeepEqual(a, b) {
			t.Fatalf("the whole scores %+v, joined %+v (%v)", a, b, err)
		}
		if a.Fraction > scoring.Full || a.Fraction < -scoring.Full {
			t.Fatalf("scored %v", a.Fraction)
		}
		if nothing, err := whole.Score(nil); err != nil || nothing.Fraction != 0 || nothing.Status == scoring.Pending {
			t.Fatalf("an unanswered question scores %+v (%v)", nothing, err)
		}
	})
}

func TestOrdersArePermutations(t *testing.T) {
	law(t, func(t *rapid.T, q *qtype.Type) {
		public, _ := q.Split(typetest.Content(t, q))
		seed := rapid.Uint64().Draw(t, "seed")
		orders := q.Orders(public, seed)
		if !reflect.DeepEqual(orders, q.Orders(public, seed)) {
			t.Fatal("one seed, two orders")
		}
		for pointer, order := range orders {
			v, _ := content.At(public, pointer)
			list := v.([]any)
			var ids []string
			for i, item := range list {
				object := item.(map[string]any)
				id := object["id"].(string)
				ids = append(ids, id)
				if object["fixed"] == true && order[i] != id {
					t.Fatalf("%s did not keep its place in %v", id, order)
				}
			}
			slices.Sort(ids)
			if sorted := slices.Sorted(slices.Values(order)); !slices.Equal(ids, sorted) {
				t.Fatalf("%v is no order of %v", order, ids)
			}
		}
	})
}

func TestSpoiltContentsDoNoHarm(t *testing.T) {
	law(t, func(t *rapid.T, q *qtype.Type) {
		doc := typetest.Spoilt(t, typetest.Content(t, q))
		public, solution := q.Split(doc)
		content.Canonical(q.Join(public, solution))
		content.Canonical(q.Reveal(public, solution))
		q.Orders(public, 1)
		q.Texts(doc)
		q.SecretTexts(doc)
		q.Summary(doc)
		response := typetest.Spoilt(t, typetest.Response(t, q, public))
		taken := len(q.CheckResponse(public, response)) == 0
		if len(q.Check(doc)) > 0 || !taken {
			return
		}
		scorer, err := q.Scorer(doc)
		if err != nil {
			t.Fatalf("a valid content cannot be scored: %v", err)
		}
		if _, err := scorer.Score(response); err != nil {
			t.Fatalf("a response that was taken cannot be scored: %v", err)
		}
	})
}

func TestEmptyLacksOnlyWhatPeopleWrite(t *testing.T) {
	t.Parallel()
	for _, q := range builtIn(t) {
		for _, p := range q.Check(q.Empty()) {
			switch p.Code {
			case "required", "pattern", "min_items", "one_of", "min_length":
			default:
				t.Errorf("%s: the empty content has %s at %s", q.Ref(), p.Code, p.Pointer)
			}
		}
	}
}

package graphql_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"qbank/domain/access"
)

func TestQuestionsAreFoundByWordsAndFacets(t *testing.T) {
	t.Parallel()
	h := open(t)
	author := h.as(t, access.Author)
	author.create(single("How long is the hypotenuse of a right triangle?", 1), vars{"title": "Pythagoras", "subject": "math", "stage": "junior", "grade": "8", "tags": []string{"geometry", "exam"}})
	author.create(single("直角三角形的斜边有多长？", 1), vars{"title": "勾股定理", "subject": "math", "stage": "junior", "grade": "9", "chapter": "几何/三角形", "source": "2024 中考", "difficulty": "hard", "tags": []string{"geometry"}})
	last := author.create(single("What is the capital of France?", 1), vars{"title": "Paris", "subject": "geography", "category": "Europe/West", "points": []string{"capitals"}})
	find := func(text string, filter vars) answer {
		return author.ask(`query($q: String, $f: QuestionFilter, $at: Long) { questions(query: $q, filter: $f, at: $at, sort: CODE) { totalCount totalCountCapped nodes { title }
			facets(names: [SUBJECT, TAG, CHAPTER]) { name more values { value count } } } }`, vars{"q": text, "f": filter, "at": last.position})
	}
	for _, test := range []struct {
		text   string
		filter vars
		want   []string
	}{
		{"", nil, []string{"Pythagoras", "勾股定理", "Paris"}},
		{"hypotenuse triangle", nil, []string{"Pythagoras"}},
		{"TRIANG", nil, []string{"Pythagoras"}},
		{"三角形", nil, []string{"勾股定理"}},
		{"勾股", nil, []string{"勾股定理"}},
		{"斜边 勾股定理", nil, []string{"勾股定理"}},
		{"triangle capital", nil, []string{}},
		{"", vars{"subject": []string{"math"}}, []string{"Pythagoras", "勾股定理"}},
		{"", vars{"subject": []string{"math", "geography"}, "grade": []string{"9", ""}}, []string{"勾股定理", "Paris"}},
		{"", vars{"stage": []string{"junior"}, "source": []string{"2024 中考"}}, []string{"勾股定理"}},
		{"", vars{"chapter": []string{"几何/三角形"}, "difficulty": []string{"hard"}}, []string{"勾股定理"}},
		{"", vars{"category": []string{"Europe/West"}}, []string{"Paris"}},
		{"", vars{"point": []string{"capitals"}}, []string{"Paris"}},
		{"", vars{"tag": []string{"exam", "geometry"}}, []string{"Pythagoras", "勾股定理"}},
		{"", vars{"allTags": []string{"exam", "geometry"}}, []string{"Pythagoras"}},
		{"", vars{"state": []string{"DRAFT"}, "type": []string{"single-choice"}}, []string{"Pythagoras", "勾股定理", "Paris"}},
		{"", vars{"state": []string{"PUBLISHED"}}, []string{}},
		{"", vars{"updatedTo": "2001-01-01T00:00:00Z"}, []string{}},
	} {
		a := find(test.text, test.filter)
		got := []string{}
		for _, n := range a.list("questions.nodes") {
			got = append(got, n.(map[string]any)["title"].(string))
		}
		if !slices.Equal(got, test.want) || a.number("questions.totalCount") != len(test.want) || a.at("questions.totalCountCapped") != false {
			t.Errorf("%q %v finds %v of %v, want %v", test.text, test.filter, got, a.at("questions.totalCount"), test.want)
		}
	}
	// A facet says what choosing another value of its own field would give.
	find("", vars{"subject": []string{"math"}}).is(map[string]any{
		"questions.facets.0": vars{"name": "SUBJECT", "more": false, "values": []vars{{"value": "math", "count": 2}, {"value": "geography", "count": 1}}},
		"questions.facets.1": vars{"name": "CHAPTER", "more": false, "values": []vars{{"value": "", "count": 1}, {"value": "几何/三角形", "count": 1}}},
		"questions.facets.2": vars{"name": "TAG", "more": false, "values": []vars{{"value": "geometry", "count": 2}, {"value": "exam", "count": 1}}},
	})
}

// However a list is cut into pages, the pages together are the list.
func TestPagesTogetherAreTheList(t *testing.T) {
	t.Parallel()
	h := open(t)
	author := h.as(t, access.Author)
	var last made
	for i := range 17 {
		last = author.create(single(fmt.Sprint(i), 1), nil)
	}
	for i := range 8 {
		last = author.must("editQuestion", last, vars{"content": single(fmt.Sprint("edit ", i), 1)})
	}
	type page struct{ document, path, keys string }
	lists := []page{
		{`query($n: Int, $a: String, $id: ID!) { questions(first: $n, after: $a, sort: UPDATED) { edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage endCursor } } question(id: $id) { id } }`, "questions", "id"},
		{`query($n: Int, $a: String, $id: ID!) { questions(first: $n, after: $a, sort: CODE) { edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage endCursor } } question(id: $id) { id } }`, "questions", "id"},
		{`query($n: Int, $a: String, $id: ID!) { question(id: $id) { history(first: $n, after: $a) { edges { cursor node { revision } } pageInfo { hasNextPage hasPreviousPage endCursor } } } }`, "question.history", "revision"},
	}
	whole := map[string][]any{}
	read := func(p page, n int, after any) (keys []any, more bool, end any) {
		a := author.ask(p.document, vars{"n": n, "a": after, "id": last.id})
		for _, e := range a.list(p.path + ".edges") {
			keys = append(keys, e.(map[string]any)["node"].(map[string]any)[p.keys])
		}
		if previous := a.at(p.path + ".pageInfo.hasPreviousPage").(bool); previous != (after != nil) {
			t.Errorf("hasPreviousPage is %v after %v", previous, after)
		}
		return keys, a.at(p.path + ".pageInfo.hasNextPage").(bool), a.at(p.path + ".pageInfo.endCursor")
	}
	for _, p := range lists {
		keys, more, _ := read(p, 200, nil)
		if more || len(keys) < 9 {
			t.Fatalf("%s has %d rows, and more: %v", p.path, len(keys), more)
		}
		whole[p.document] = keys
	}
	rapid.Check(t, func(r *rapid.T) {
		p := rapid.SampledFrom(lists).Draw(r, "list")
		var got []any
		var after any
		for more := true; more; {
			var keys []any
			keys, more, after = read(p, rapid.IntRange(1, 9).Draw(r, "first"), after)
			got = append(got, keys...)
		}
		if !slices.Equal(got, whole[p.document]) {
			r.Fatalf("the pages of %s are %v, the list is %v", p.path, got, whole[p.document])
		}
	})
	// Backwards, from the end to the beginning.
	turned := strings.NewReplacer("first: $n, after: $a", "last: $n, before: $a", "endCursor", "startCursor")
	for _, p := range lists {
		var got []any
		var before any
		for earlier := true; earlier; {
			a := author.ask(turned.Replace(p.document), vars{"n": 5, "a": before, "id": last.id})
			var keys []any
			for _, e := range a.list(p.path + ".edges") {
				keys = append(keys, e.(map[string]any)["node"].(map[string]any)[p.keys])
			}
			if next := a.at(p.path + ".pageInfo.hasNextPage").(bool); next != (before != nil) {
				t.Errorf("hasNextPage is %v before %v", next, before)
			}
			got = append(keys, got...)
			earlier, before = a.at(p.path+".pageInfo.hasPreviousPage").(bool), a.at(p.path+".pageInfo.startCursor")
		}
		if !slices.Equal(got, whole[p.document]) {
			t.Errorf("backwards, the pages of %s are %v, the list is %v", p.path, got, whole[p.document])
		}
	}
	author.ask(`query($id: ID!) { question(id: $id) { history(last: 2) { nodes { revision } pageInfo { hasPreviousPage hasNextPage } } } }`, vars{"id": last.id}).
		is(map[string]any{"question.history.nodes.0.revision": 2, "question.history.nodes.1.revision": 1, "question.history.pageInfo.hasPreviousPage": true})
	author.say(`{ questions(first: 201) { nodes { id } } }`, nil).refused("graphql.bad_page")
	author.say(`{ questions(after: "bm9uc2Vuc2U") { nodes { id } } }`, nil).refused("page.cursor")
	author.ask(`{ questions(first: 0) { totalCount nodes { id } } }`, nil).is(map[string]any{"questions.totalCount": 17, "questions.nodes": []any{}})
}

func TestAListCostsAsManyQueriesAsItHasKindsOfThings(t *testing.T) {
	t.Parallel()
	h := teach(t)
	author := h.as(t, access.Author)
	for i := range 20 {
		author.create(single(fmt.Sprint(i), 1), vars{"points": []string{rawID(t, h.point)}})
	}
	for _, test := range []struct {
		name, document string
		role           access.Role
		most           int64
	}{
		{"eight fields", `{ questions(first: 50) { nodes { id code state revision summary title updatedAt typeRef } } }`, access.Author, 1},
		{"drafts and problems", `{ questions(first: 50) { nodes { draft problems { code } } } }`, access.Author, 2},
		{"histories", `{ questions(first: 50) { nodes { history(first: 3) { nodes { kind } } versions { nodes { version } } past(point: {revision: 1}) { hash } } } }`, access.Author, 2},
		{"points", `{ questions(first: 50) { nodes { metadata { knowledgePoints { title } } type { title } } } }`, access.Author, 2},
		{"lessons' questions", `{ lessons { nodes { items { question { code } } } } }`, access.Author, 3},
		{"attempts", fmt.Sprintf(`{ attempts(lesson: "%s") { totalCount totalCountCapped nodes { student { name } lesson { title } classes { title } items { answer { status } question { code } } } } }`, h.lesson), access.Teacher, 7},
		{"nodes", fmt.Sprintf(`{ nodes(ids: ["%s", "%s", "%s"]) { id } }`, h.choice.id, h.essay.id, h.lesson), access.Author, 2},
	} {
		c := h.as(t, test.role)
		c.ask(test.document, nil) // types are compiled once per process
		before := h.reads.n.Load()
		c.ask(test.document, nil)
		if n := h.reads.n.Load() - before; n > test.most {
			t.Errorf("%s: %d queries, want at most %d", test.name, n, test.most)
		}
	}
}

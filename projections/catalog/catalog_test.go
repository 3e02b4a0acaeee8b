package catalog_test

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"qbank/domain/access"
	"qbank/domain/content"
	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/qtype"
	"qbank/domain/question"
	"qbank/domain/workflow"
	"qbank/projections/catalog"
	"qbank/projections/projtest"
	"qbank/projections/read"
	"qbank/schemas"
)

// builtIn knows the types that come with the program.
type builtIn map[qtype.Ref]*qtype.Type

func (b builtIn) Type(_ context.Context, ref qtype.Ref) (*qtype.Type, error) {
	if t, known := b[ref]; known {
		return t, nil
	}
	return nil, fault.Refuse(fault.NotFound, "type.unknown", fault.Say("no type %s", "没有题型 %s", ref.String()))
}

func types(t testing.TB) builtIn {
	t.Helper()
	list, err := schemas.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	known := builtIn{}
	for _, typ := range list {
		known[typ.Ref()] = typ
	}
	return known
}

var singleChoice = qtype.Ref{ID: "single-choice", Version: "1.0.0"}

// choice is a complete content; without a stem it is not.
func choice(stem string) any {
	text := func(s string) any { return map[string]any{"format": "plain", "text": s} }
	doc := map[string]any{"key": "a", "explanation": text("because of the rule"), "options": []any{
		map[string]any{"id": "a", "text": text("甲乙")}, map[string]any{"id": "b", "text": text("nothing")},
	}}
	if stem != "" {
		doc["stem"] = text(stem)
	}
	return doc
}

// author writes one question's history by the rules of the domain.
type author struct {
	t      testing.TB
	stream string
	question.Question
	facts []projtest.Facts
}

func (a *author) does(events []event.Event, err error) *author {
	a.t.Helper()
	if err != nil {
		a.t.Fatalf("%s: %v", a.stream, err)
	}
	for _, e := range events {
		a.Question = a.Apply(e)
		a.facts = append(a.facts, projtest.In(a.stream, e).By("wang"))
	}
	return a
}

func create(t testing.TB, stream string, number int64, org, stem string, m question.Metadata) *author {
	t.Helper()
	a := &author{t: t, stream: stream}
	return a.does(a.Create(question.NewCode(number), org, question.Draft{Type: singleChoice, Content: choice(stem)}, m, nil))
}

func (a *author) edit(stem string) *author {
	return a.does(a.Edit(a.Draft, question.Draft{Type: singleChoice, Content: choice(stem)}, nil))
}

func (a *author) publish(rules question.Rules) *author {
	a.does(a.Submit(rules, question.Submission{Workflow: workflow.Applying{Workflow: workflow.FourEyes}}))
	a.does(a.Approve(a.Draft.Hash, access.Actor{ID: "li", Roles: []access.Role{access.Reviewer}}, ""))
	return a.does(a.Publish(question.Revision, rules))
}

func given(t testing.TB, known builtIn, authors ...*author) (*projtest.Log, *catalog.Reader) {
	t.Helper()
	var facts []projtest.Facts
	for _, a := range authors {
		facts = append(facts, a.facts...)
	}
	log := projtest.Given(t, question.Events, catalog.New(known), facts...)
	return log, catalog.NewReader(log.Pool)
}

func one(t *testing.T, r *catalog.Reader, stream string) catalog.Question {
	t.Helper()
	id := projtest.StreamID(stream)
	found, err := r.Get(t.Context(), "acme", []uuid.UUID{id})
	if err != nil || found[id].ID != id {
		t.Fatalf("get %s: %v, %v", stream, found, err)
	}
	return found[id]
}

func TestARowTellsWhatBecameOfAQuestion(t *testing.T) {
	t.Parallel()
	known := types(t)
	m := question.Metadata{Title: "Sums", Subject: "math", Tags: []string{`a "b" \c`, "hard"}, Points: []string{"addition"}}
	a := create(t, "q", 100001, "acme/math", "", m)
	log, reader := given(t, known, a)
	row := one(t, reader, "q")
	if row.State != workflow.Draft || row.Problems == 0 || row.Summary != "" || row.Latest != 0 || row.Revision != 1 || row.CreatedBy != "wang" {
		t.Errorf("an incomplete draft: %+v", row)
	}
	if fmt.Sprint(row.Metadata) != fmt.Sprint(m) || row.Code != question.NewCode(100001) || row.Type != singleChoice || row.Origin != nil {
		t.Errorf("what it is filed under: %+v", row)
	}

	a.facts = nil
	a.edit("What is **2 + 2**?").publish(known[singleChoice])
	a.does(a.Describe(question.Metadata{Title: "Sums of two"}))
	log.Append(a.facts...)
	log.Run(catalog.New(known))
	row = one(t, reader, "q")
	if row.State != workflow.Published || row.Problems != 0 || row.Latest != 1 || row.Revision != 6 || row.Published != a.Draft.Hash || row.Draft != a.Draft.Hash {
		t.Errorf("published: %+v", row)
	}
	if row.Summary != "What is **2 + 2**?" || row.Metadata.Title != "Sums of two" || row.Metadata.Tags != nil || row.UpdatedAt <= row.CreatedAt {
		t.Errorf("described: %+v", row)
	}
	drafts, err := reader.Drafts(t.Context(), "acme/math", []uuid.UUID{row.ID})
	if err != nil || content.HashBytes(drafts[row.ID].Content) != a.Draft.Hash {
		t.Errorf("the draft is %s, %v", drafts[row.ID].Content, err)
	}
}

func TestQuestionsOfOthersAreNotThere(t *testing.T) {
	t.Parallel()
	known := types(t)
	a := create(t, "q", 100001, "acme/math", "stem", question.Metadata{})
	_, reader := given(t, known, a)
	for org, visible := range map[string]bool{"acme": true, "acme/math": true, "acme/math/senior": false, "acme/mat": false, "acm": false, "": false, "acme/math0": false} {
		ids := []uuid.UUID{projtest.StreamID("q")}
		list, err1 := reader.List(t.Context(), org, catalog.Filter{}, catalog.Updated, read.Page{})
		count, _, err2 := reader.Count(t.Context(), org, catalog.Filter{})
		got, err3 := reader.Get(t.Context(), org, ids)
		drafts, err4 := reader.Drafts(t.Context(), org, ids)
		_, err5 := reader.ByCode(t.Context(), org, string(a.Code))
		if err := cmp.Or(err1, err2, err3, err4); err != nil {
			t.Fatal(err)
		}
		want := 0
		if visible {
			want = 1
		}
		if len(list.Rows) != want || count != want || len(got) != want || len(drafts) != want || (err5 == nil) != visible {
			t.Errorf("%q: list %d, count %d, get %d, drafts %d, by code %v; want %d", org, len(list.Rows), count, len(got), len(drafts), err5, want)
		}
	}
}

func TestTextFindsQuestions(t *testing.T) {
	t.Parallel()
	known := types(t)
	_, reader := given(t, known,
		create(t, "pythagoras", 100001, "acme", "勾股定理：a²+b²=c²", question.Metadata{Title: "Right triangles", Chapter: "几何/三角形"}),
		create(t, "sum", 100002, "acme", "What is the sum?", question.Metadata{Tags: []string{"arithmetic"}}),
		create(t, "edited", 100003, "acme", "before", question.Metadata{}).edit("after"),
	)
	for text, want := range map[string]string{
		"勾股定理":                           "pythagoras",
		"股":                              "pythagoras",
		"三角形":                            "pythagoras",
		"勾定":                             "",
		"triang":                         "pythagoras",
		"RIGHT ｔri":                      "pythagoras",
		"arithm":                         "sum",
		"sum what":                       "sum",
		"su what":                        "",
		"before":                         "",
		"after":                          "edited",
		"甲乙":                             "edited,pythagoras,sum",
		"??":                             "",
		string(question.NewCode(100002)): "sum",
		" q100 003-" + string(question.NewCode(100003))[7:]: "edited",
	} {
		list, err := reader.List(t.Context(), "acme", catalog.Filter{Text: text}, catalog.ByCode, read.Page{})
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		var names []string
		for _, name := range []string{"pythagoras", "sum", "edited"} {
			if slices.ContainsFunc(list.Rows, func(q catalog.Question) bool { return q.ID == projtest.StreamID(name) }) {
				names = append(names, name)
			}
		}
		slices.Sort(names)
		if got := strings.Join(names, ","); got != want {
			t.Errorf("%q finds %q, want %q", text, got, want)
		}
	}
	_, err := reader.List(t.Context(), "acme", catalog.Filter{Text: "Q1000019"}, catalog.ByCode, read.Page{})
	if !fault.Is(err, "question.code") {
		t.Errorf("a wrong check digit: %v", err)
	}
}

func TestWhatIsOutOfBoundsIsRefused(t *testing.T) {
	t.Parallel()
	_, reader := given(t, types(t), create(t, "q", 100001, "acme", "stem", question.Metadata{}))
	many := make([]string, 101)
	for _, c := range []struct {
		code   string
		filter catalog.Filter
		sort   catalog.Sort
		page   read.Page
	}{
		{"filter.text", catalog.Filter{Text: "a\x00b"}, catalog.Updated, read.Page{}},
		{"filter.text", catalog.Filter{Text: strings.Repeat("长", 301)}, catalog.Updated, read.Page{}},
		{"filter.text", catalog.Filter{Any: map[catalog.Field][]string{catalog.Subject: {"\xff"}}}, catalog.Updated, read.Page{}},
		{"filter.field", catalog.Filter{Any: map[catalog.Field][]string{"password": {"x"}}}, catalog.Updated, read.Page{}},
		{"filter.values", catalog.Filter{AllTags: many}, catalog.Updated, read.Page{}},
		{"sort.unknown", catalog.Filter{}, "random", read.Page{}},
		{"page.size", catalog.Filter{}, catalog.Updated, read.Page{First: 201}},
		{"page.size", catalog.Filter{}, catalog.Updated, read.Page{First: -1}},
		{"page.cursor", catalog.Filter{}, catalog.Updated, read.Page{After: "nonsense"}},
	} {
		_, err := reader.List(t.Context(), "acme", c.filter, c.sort, c.page)
		if !fault.Is(err, c.code) {
			t.Errorf("want %s, got %v", c.code, err)
		}
	}
	if _, err := reader.Get(t.Context(), "acme", make([]uuid.UUID, 1001)); !fault.Is(err, "page.ids") {
		t.Errorf("too many ids: %v", err)
	}
	list, err := reader.List(t.Context(), "acme", catalog.Filter{Any: map[catalog.Field][]string{catalog.Subject: {`'\" | & !`, "'; drop table"}}}, catalog.Updated, read.Page{})
	if err != nil || len(list.Rows) != 0 {
		t.Errorf("odd values are values: %v, %v", list.Rows, err)
	}
}

// library is many questions whose metadata rapid drew, and how they stand in the end.
func library(t testing.TB, known builtIn, size int) []*author {
	some := func(values ...string) *rapid.Generator[string] { return rapid.SampledFrom(values) }
	metadata := rapid.Custom(func(t *rapid.T) question.Metadata {
		return question.Metadata{
			Title: some("", "one", "two").Draw(t, "title"), Subject: some("", "math", "it's").Draw(t, "subject"),
			Stage: some("junior", "senior").Draw(t, "stage"), Grade: some("", "7", "8").Draw(t, "grade"),
			Chapter: some("", "A", "A/B").Draw(t, "chapter"), Source: some("", `exam \ "2020"`).Draw(t, "source"),
			Category: some("", "x").Draw(t, "category"), Difficulty: some("easy", "hard").Draw(t, "difficulty"),
			Tags:   rapid.SliceOfNDistinct(some("a", "b", "c d", `e"'\`), 0, 3, rapid.ID[string]).Draw(t, "tags"),
			Points: rapid.SliceOfNDistinct(some("p", "q"), 0, 2, rapid.ID[string]).Draw(t, "points"),
		}
	})
	type course struct {
		metadata, later question.Metadata
		org, stem       string
		steps           []string
	}
	courses := rapid.Custom(func(t *rapid.T) course {
		return course{
			metadata.Draw(t, "metadata"), metadata.Draw(t, "later"), some("acme", "acme/math", "acme/physics", "other").Draw(t, "org"),
			some("", "alpha", "beta").Draw(t, "stem"), rapid.SliceOfN(some("edit", "describe", "publish", "retire", "reinstate", "import"), 0, 4).Draw(t, "steps"),
		}
	})
	var list []*author
	for i := range size {
		c := courses.Example(i)
		a := create(t, fmt.Sprint("q", i), int64(100001+i), c.org, c.stem, c.metadata)
		for _, step := range c.steps {
			_, mayEdit := workflow.Bans(nil).Next(a.State, workflow.Edit)
			switch {
			case step == "edit" && mayEdit:
				a.edit(c.stem + " gamma")
			case step == "import" && mayEdit:
				a.does(a.Overwrite(question.Draft{Type: singleChoice, Content: choice("imported")}, c.later, &question.Origin{Batch: "batch-1", Source: a.stream, Hash: "h"}))
			case step == "describe":
				a.does(a.Describe(c.later))
			case step == "publish" && a.State == workflow.Draft && len(known[singleChoice].Check(a.Draft.Content)) == 0 && a.Draft.Hash != a.Published:
				a.publish(known[singleChoice])
			case step == "retire" && a.State != workflow.Retired:
				a.does(a.Retire(question.Retired{Reason: "no longer needed"}))
			case step == "reinstate" && a.State == workflow.Retired:
				a.does(a.Reinstate("needed again"))
			}
		}
		list = append(list, a)
	}
	return list
}

// interleave mixes the histories as authors at work at the same time would.
func interleave(authors []*author) (facts []projtest.Facts) {
	for round := 0; ; round++ {
		some := false
		for i, a := range authors {
			if at := round - i/10; at >= 0 && at < len(a.facts) {
				facts, some = append(facts, a.facts[at]), true
			}
			some = some || round < i/10
		}
		if !some {
			return facts
		}
	}
}

func TestRebuildEqualsLive(t *testing.T) {
	t.Parallel()
	known := types(t)
	p := catalog.New(known)
	projtest.Given(t, question.Events, p, interleave(library(t, known, 60))...).RebuildEquals(t, p)
}

// values of a field, of a question as the domain has it.
func values(a *author, field catalog.Field) []string {
	m := a.Metadata
	list := func(items []string) []string {
		if len(items) == 0 {
			return []string{""}
		}
		return items
	}
	switch field {
	case catalog.Type:
		return []string{a.Draft.Type.ID}
	case catalog.State:
		return []string{string(a.State)}
	case catalog.Batch:
		if a.Origin == nil {
			return []string{""}
		}
		return []string{a.Origin.Batch}
	case catalog.Tags:
		return list(m.Tags)
	case catalog.Points:
		return list(m.Points)
	}
	return []string{map[catalog.Field]string{catalog.Subject: m.Subject, catalog.Stage: m.Stage, catalog.Grade: m.Grade, catalog.Chapter: m.Chapter,
		catalog.Source: m.Source, catalog.Category: m.Category, catalog.Difficulty: m.Difficulty}[field]}
}

func passes(a *author, org string, f catalog.Filter, without catalog.Field) bool {
	if !access.Covers(org, a.Org) {
		return false
	}
	if f.Text != "" && !strings.Contains(fmt.Sprint(a.Draft.Content), f.Text) {
		return false
	}
	for field, wanted := range f.Any {
		if field != without && len(wanted) > 0 && !slices.ContainsFunc(values(a, field), func(v string) bool { return slices.Contains(wanted, v) }) {
			return false
		}
	}
	for _, tag := range f.AllTags {
		if without != catalog.Tags && !slices.Contains(a.Metadata.Tags, tag) {
			return false
		}
	}
	return true
}

// asked are values that filters ask for, some of which no question has.
var asked = map[catalog.Field][]string{
	catalog.Subject: {"", "math", "it's"}, catalog.State: {"draft", "published", "retired"}, catalog.Tags: {"", "a", "c d", `e"'\`}, catalog.Points: {"", "p"},
	catalog.Source: {`exam \ "2020"`, "none"}, catalog.Batch: {"batch-1", ""}, catalog.Type: {"single-choice", "essay"}, catalog.Grade: {"7", ""},
}

var filters = rapid.Custom(func(t *rapid.T) catalog.Filter {
	f := catalog.Filter{Any: map[catalog.Field][]string{}, Text: rapid.SampledFrom([]string{"", "", "alpha", "imported"}).Draw(t, "text")}
	for _, field := range []catalog.Field{catalog.Subject, catalog.State, catalog.Tags, catalog.Points, catalog.Source, catalog.Batch, catalog.Type, catalog.Grade} {
		if rapid.IntRange(0, 3).Draw(t, "use "+string(field)) == 0 {
			f.Any[field] = rapid.SliceOfNDistinct(rapid.SampledFrom(asked[field]), 1, 2, rapid.ID[string]).Draw(t, string(field))
		}
	}
	if rapid.IntRange(0, 4).Draw(t, "use all tags") == 0 {
		f.AllTags = []string{"a", "c d"}[:rapid.IntRange(1, 2).Draw(t, "all tags")]
	}
	return f
})

// The list, the count and the facets say what counting by hand says.
func TestFiltersEqualCountingByHand(t *testing.T) {
	t.Parallel()
	known := types(t)
	authors := library(t, known, 150)
	log := projtest.Given(t, question.Events, catalog.New(known), interleave(authors)...)
	reader := catalog.NewReader(log.Pool)
	checks := 0
	rapid.Check(t, func(rt *rapid.T) {
		if checks++; checks > 60 {
			return
		}
		org, filter := rapid.SampledFrom([]string{"acme", "acme/math", "other"}).Draw(rt, "org"), filters.Draw(rt, "filter")
		sort := rapid.SampledFrom([]catalog.Sort{catalog.Updated, catalog.Created, catalog.ByCode}).Draw(rt, "sort")
		var want []string
		for _, a := range authors {
			if passes(a, org, filter, "") {
				want = append(want, string(a.Code))
			}
		}
		listed := pages(rt, reader, org, filter, sort, rapid.IntRange(1, 40).Draw(rt, "page"))
		if !isSorted(listed, sort) {
			rt.Fatalf("not in the order %s", sort)
		}
		var got []string
		for _, q := range listed {
			got = append(got, string(q.Code))
		}
		if slices.Sort(got); !slices.Equal(got, want) {
			rt.Fatalf("%+v lists %v, want %v", filter, got, want)
		}
		count, more, err := reader.Count(context.Background(), org, filter)
		if err != nil || count != len(want) || more {
			rt.Fatalf("count: %d, %t, %v; want %d", count, more, err, len(want))
		}
		facets, err := reader.Facets(context.Background(), org, filter)
		if err != nil {
			rt.Fatal(err)
		}
		for _, facet := range facets {
			byHand, counted := map[string]int{}, map[string]int{}
			for _, a := range authors {
				if passes(a, org, filter, facet.Field) {
					for _, v := range values(a, facet.Field) {
						byHand[v]++
					}
				}
			}
			for _, v := range facet.Values {
				counted[v.Value] = v.Count
			}
			if facet.Field == catalog.Tags || facet.Field == catalog.Points {
				delete(byHand, "")
			}
			if !maps.Equal(byHand, counted) || facet.More {
				rt.Fatalf("%+v: the facet %s is %v, want %v", filter, facet.Field, counted, byHand)
			}
		}
	})
}

// A reader that has looked before, and keeps what it saw, says what one says that looks for the first time.
func TestFacetsFollowWhatChanges(t *testing.T) {
	t.Parallel()
	known := types(t)
	authors := library(t, known, 40)
	log := projtest.Given(t, question.Events, catalog.New(known), interleave(authors)...)
	reader := catalog.NewReader(log.Pool)
	asked := []catalog.Filter{
		{}, {Text: "alpha"}, {Any: map[catalog.Field][]string{catalog.Subject: {"math"}}}, {Any: map[catalog.Field][]string{catalog.Tags: {"a"}}},
		{Text: "alpha", AllTags: []string{"a"}}, {UpdatedFrom: 1, Any: map[catalog.Field][]string{catalog.State: {"draft"}, catalog.Subject: {"", "music"}}},
	}
	tags := []string{"a", "b", "c d", "e", "f", "g"}
	for round := range 12 {
		for _, filter := range asked {
			for _, org := range []string{"acme", "acme/math"} {
				got, err := reader.Facets(t.Context(), org, filter)
				if err != nil {
					t.Fatal(err)
				}
				want, err := catalog.NewReader(log.Pool).Facets(t.Context(), org, filter)
				if err != nil {
					t.Fatal(err)
				}
				if !reflect.DeepEqual(got, want) {
					t.Fatalf("round %d, %s, %+v: %v, want %v", round, org, filter, got, want)
				}
			}
		}
		var facts []projtest.Facts
		for i, a := range authors {
			if i%4 != round%4 || a.State == workflow.Retired {
				continue
			}
			a.facts = nil
			a.does(a.Describe(question.Metadata{Subject: []string{"math", "music", ""}[(i+round)%3], Tags: tags[:(i+round)%len(tags)]}))
			if a.State == workflow.Draft {
				a.edit([]string{"alpha", "beta"}[round%2])
			}
			facts = append(facts, a.facts...)
		}
		log.Append(facts...)
		log.Run(catalog.New(known))
	}
}

func isSorted(list []catalog.Question, sort catalog.Sort) bool {
	return slices.IsSortedFunc(list, func(a, b catalog.Question) int {
		switch sort {
		case catalog.Updated:
			return cmp.Or(cmp.Compare(b.UpdatedAt, a.UpdatedAt), strings.Compare(b.ID.String(), a.ID.String()))
		case catalog.Created:
			return strings.Compare(string(b.Code), string(a.Code))
		}
		return strings.Compare(string(a.Code), string(b.Code))
	})
}

// pages reads a list to its end, page by page.
func pages(t rapid.TB, r *catalog.Reader, org string, filter catalog.Filter, sort catalog.Sort, size int) (all []catalog.Question) {
	page := read.Page{First: size}
	for {
		list, err := r.List(context.Background(), org, filter, sort, page)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, list.Rows...)
		if !list.More {
			return all
		}
		page.After = list.Cursors[len(list.Cursors)-1]
	}
}

// What is created while somebody turns the pages neither repeats nor hides what was there.
func TestPagesStandStillWhileQuestionsAreCreated(t *testing.T) {
	t.Parallel()
	known := types(t)
	authors := library(t, known, 30)
	log := projtest.Given(t, question.Events, catalog.New(known), interleave(authors)...)
	reader := catalog.NewReader(log.Pool)
	for round, sort := range []catalog.Sort{catalog.Updated, catalog.Created, catalog.ByCode} {
		before := pages(t, reader, "acme", catalog.Filter{}, sort, 200)
		var after []catalog.Question
		page := read.Page{First: 7}
		for i := 0; ; i++ {
			list, err := reader.List(t.Context(), "acme", catalog.Filter{}, sort, page)
			if err != nil {
				t.Fatal(err)
			}
			after = append(after, list.Rows...)
			if !list.More {
				break
			}
			page.After = list.Cursors[len(list.Cursors)-1]
			log.Append(create(t, fmt.Sprint("new ", round, i), int64(200000+round*100+i), "acme", "new", question.Metadata{}).facts...)
			log.Run(catalog.New(known))
		}
		old := slices.DeleteFunc(after, func(q catalog.Question) bool {
			return !slices.ContainsFunc(before, func(b catalog.Question) bool { return b.ID == q.ID })
		})
		if !slices.EqualFunc(old, before, func(a, b catalog.Question) bool { return a.ID == b.ID }) {
			t.Errorf("%s: the pages hold %d of the %d questions that were there", sort, len(old), len(before))
		}
	}
}

func TestASkippedCreationLeavesTheRestAlone(t *testing.T) {
	t.Parallel()
	known := types(t)
	orphan := create(t, "orphan", 100001, "acme", "stem", question.Metadata{}).edit("other").publish(known[singleChoice])
	orphan.facts = orphan.facts[1:]
	_, reader := given(t, known, orphan, create(t, "q", 100002, "acme", "stem", question.Metadata{}))
	list, err := reader.List(t.Context(), "acme", catalog.Filter{}, catalog.Updated, read.Page{})
	if err != nil || len(list.Rows) != 1 || list.Rows[0].ID != projtest.StreamID("q") {
		t.Errorf("got %+v, %v", list.Rows, err)
	}
}

// broken is a registry whose types cannot be used.
type broken struct{}

func (broken) Type(context.Context, qtype.Ref) (*qtype.Type, error) { return nil, nil }

func TestAPanicStopsTheProjectionAlone(t *testing.T) {
	t.Parallel()
	known := types(t)
	a := create(t, "q", 100001, "acme", "stem", question.Metadata{})
	log := projtest.NewLog(t, question.Events)
	log.Append(a.facts...)
	tx, err := log.Pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback(t.Context())
	err = catalog.New(broken{}).Apply(t.Context(), tx, log.Events(catalog.New(known)))
	if err == nil || !strings.Contains(err.Error(), "panic") || !strings.Contains(err.Error(), projtest.StreamID("q").String()) {
		t.Errorf("got %v", err)
	}
}

package targeting_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"qbank/domain/bucketing"
	"qbank/domain/fault"
	"qbank/domain/targeting"
)

func ann() *targeting.Context {
	return &targeting.Context{Student: "ann", Org: "acme/math", Environment: "prod", Classes: []string{"7a", "7b"}, Teachers: []string{"wang"},
		Grade: "7", Platform: "ios", AppVersion: "5.10.2", Channel: "beta", Region: "cn-north", Locale: "zh-CN", Session: "s-1"}
}

func TestConditionsSeeTheFacts(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]bool{
		`student == "ann" && org.startsWith("acme/") && environment == "prod"`: true,
		`"7b" in classes`:                      true,
		`classes.exists(c, c.startsWith("8"))`: false,
		`sets.intersects(teachers, ["wang"])`:  true,
		`courses.size() == 0 && terms == []`:   true,
		`grade in ["7", "8"] && session != ""`: true,
		`platform == "ios" && channel == "beta" && region.matches("^cn-") && locale == "zh-CN"`: true,
		`app_version.atLeast("5.9")`:          true,
		`app_version.atLeast("5.10.2")`:       true,
		`app_version.atLeast("5.10.2.0")`:     true,
		`app_version.atLeast("5.10.3")`:       false,
		`app_version.atLeast("6")`:            false,
		`app_version.atLeast("five")`:         false,
		`lines[0] == "math"`:                  false, // there is none: it fails
		`lines.size() > 0 && lines[0] == "x"`: false,
		`true`:                                true,
	} {
		rule, problem := targeting.CompileRule(source)
		if problem != nil {
			t.Errorf("%s: %+v", source, problem)
			continue
		}
		if got := rule.Matches(ann()); got != want {
			t.Errorf("%s: %t", source, got)
		}
	}
	for _, version := range []string{"0..1", "0.", "x", "-1", "0.x"} {
		rule, _ := targeting.CompileRule(`app_version.atLeast("0")`)
		if rule.Matches(&targeting.Context{AppVersion: version}) {
			t.Errorf("%q passes for a version", version)
		}
	}
}

func TestRefusedConditions(t *testing.T) {
	t.Parallel()
	for source, code := range map[string]string{
		"":                                 "cel.syntax",
		"1 +":                              "cel.syntax",
		"password == 1":                    "cel.syntax",
		"grade == 7":                       "cel.syntax",
		`"yes"`:                            "cel.type",
		"classes":                          "cel.type",
		strings.Repeat("!", 5000) + "true": "cel.too_long",
		strings.Repeat("(", 100) + "true" + strings.Repeat(")", 100):              "cel.syntax",
		`classes.exists(a, courses.exists(b, terms.exists(c, a == b && b == c)))`: "cel.cost",
		`classes.map(a, courses.map(b, a + b)).size() > 0`:                        "cel.cost",
	} {
		rule, problem := targeting.CompileRule(source)
		if rule != nil || problem == nil || problem.Code != code || problem.Message.ZH == "" {
			t.Errorf("%.60s: got %+v, want %s", source, problem, code)
		}
	}
}

func TestTheFirstClauseThatMatchesDecides(t *testing.T) {
	t.Parallel()
	list, problems := targeting.Compile([]targeting.Clause{
		{Students: []string{"eve", "mallory"}, Out: true},
		{Classes: []string{"9z"}},
		{When: `channel == "beta"`},
		{Students: []string{"ann"}, Out: true},
	})
	if problems != nil {
		t.Fatal(problems)
	}
	for _, c := range []struct {
		who  targeting.Context
		want string
	}{
		{*ann(), "2 in"},
		{targeting.Context{Student: "ann"}, "3 out"},
		{targeting.Context{Student: "eve", Classes: []string{"9z"}, Channel: "beta"}, "0 out"},
		{targeting.Context{Student: "bo", Classes: []string{"1a", "9z"}}, "1 in"},
		{targeting.Context{Student: "cy"}, "none"},
	} {
		got := "none"
		if m, matched := list.First(&c.who); matched {
			got = fmt.Sprint(m.Clause, map[bool]string{true: " out", false: " in"}[m.Out])
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.who.Student, got, c.want)
		}
	}
}

func TestRefusedClauses(t *testing.T) {
	t.Parallel()
	many := make([]string, targeting.MaxNamed+1)
	for _, c := range []struct {
		name    string
		clauses []targeting.Clause
		want    string
	}{
		{"of everybody and nobody", []targeting.Clause{{}}, "/0 one_of"},
		{"names and a condition", []targeting.Clause{{When: "true"}, {When: "true", Classes: []string{"a"}}}, "/1 one_of"},
		{"an empty name", []targeting.Clause{{Students: []string{"a", ""}}}, "/0/students/1 required"},
		{"a name too long", []targeting.Clause{{Classes: []string{strings.Repeat("a", 201)}}}, "/0/classes/0 max_length"},
		{"too many names", []targeting.Clause{{Students: many}}, "/0/students max_items"},
		{"too many classes", []targeting.Clause{{Classes: many}}, "/0/classes max_items"},
		{"too many names in all", slices.Repeat([]targeting.Clause{{Students: slices.Repeat([]string{"a"}, targeting.MaxNamed)}}, 3), "/2 max_items"},
		{"too many clauses", make([]targeting.Clause, targeting.MaxClauses+1), " max_items"},
		{"a condition that is none", []targeting.Clause{{When: "true"}, {When: "1 +"}}, "/1/when cel.syntax"},
	} {
		list, problems := targeting.Compile(c.clauses)
		if list != nil || len(problems) != 1 || problems[0].Pointer+" "+problems[0].Code != c.want {
			t.Errorf("%s: got %+v", c.name, problems)
		}
	}
}

func TestWhatAListAsksTheRosterFor(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]bool{`platform == "ios"`: false, `"7a" in classes`: true, `grade == "7"`: true} {
		list, problems := targeting.Compile([]targeting.Clause{{Students: []string{"a"}}, {When: source}})
		if problems != nil || list.Roster() != want {
			t.Errorf("%s: %t, %v", source, list.Roster(), problems)
		}
	}
	if list, _ := targeting.Compile([]targeting.Clause{{Classes: []string{"7a"}}}); !list.Roster() {
		t.Error("a list of classes needs the roster")
	}
}

// A list is its clauses asked one after the other.
func TestOrderIsAllThatCounts(t *testing.T) {
	t.Parallel()
	people, rooms := []string{"a", "b", "c"}, []string{"x", "y"}
	anyClause := rapid.Custom(func(t *rapid.T) targeting.Clause {
		c := targeting.Clause{Out: rapid.Bool().Draw(t, "out")}
		switch rapid.IntRange(0, 2).Draw(t, "kind") {
		case 0:
			c.Students = []string{rapid.SampledFrom(people).Draw(t, "student")}
		case 1:
			c.Classes = []string{rapid.SampledFrom(rooms).Draw(t, "class")}
		case 2:
			c.When = fmt.Sprintf("platform == %q", rapid.SampledFrom([]string{"ios", "web"}).Draw(t, "platform"))
		}
		return c
	})
	rapid.Check(t, func(t *rapid.T) {
		clauses := rapid.SliceOfN(anyClause, 0, 6).Draw(t, "clauses")
		who := targeting.Context{Student: rapid.SampledFrom(people).Draw(t, "who"), Platform: rapid.SampledFrom([]string{"ios", "web", ""}).Draw(t, "on"),
			Classes: rapid.SliceOf(rapid.SampledFrom(rooms)).Draw(t, "in")}
		list, problems := targeting.Compile(clauses)
		if problems != nil {
			t.Fatal(problems)
		}
		got, matched := list.First(&who)
		for i, c := range clauses {
			alone, _ := targeting.Compile([]targeting.Clause{c})
			if _, one := alone.First(&who); one {
				if !matched || got != (targeting.Match{Clause: i, Out: c.Out}) {
					t.Fatalf("%d matches first, got %+v", i, got)
				}
				return
			}
		}
		if matched {
			t.Fatalf("none matches, got %+v", got)
		}
	})
}

// Whatever is written as a condition is compiled or refused with a reason, and what is compiled can be asked.
func FuzzRule(f *testing.F) {
	for _, seed := range []string{`"a" in classes`, "grade == '7' ? true : false", "classes.map(c, c)", "\x00", "{}", "dyn(1)", `app_version.atLeast(student)`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, source string) {
		rule, problem := targeting.CompileRule(source)
		if (rule == nil) == (problem == nil) {
			t.Fatalf("%q: %v, %v", source, rule, problem)
		}
		if problem != nil {
			if fault.Refuse(fault.Invalid, "x", problem.Message).Code == "" || problem.Code == "cel.environment" {
				t.Fatal(problem)
			}
			return
		}
		rule.Matches(ann())
		rule.Matches(&targeting.Context{})
	})
}

// BenchmarkListAndSplit is what a student who was never seen before costs: an allow list of 1,000, a deny list, and the split.
func BenchmarkListAndSplit(b *testing.B) {
	allowed := make([]string, 1000)
	for i := range allowed {
		allowed[i] = fmt.Sprint("student-", i)
	}
	benchmark(b, targeting.Clause{Students: allowed}, targeting.Clause{Classes: []string{"9z"}, Out: true})
}

// BenchmarkListConditionAndSplit has a condition besides.
func BenchmarkListConditionAndSplit(b *testing.B) {
	benchmark(b, targeting.Clause{Students: []string{"eve"}, Out: true}, targeting.Clause{When: `platform == "android" && app_version.atLeast("5.9")`})
}

func benchmark(b *testing.B, clauses ...targeting.Clause) {
	list, problems := targeting.Compile(clauses)
	if problems != nil {
		b.Fatal(problems)
	}
	who, split := ann(), bucketing.Split{Candidate: 5, Total: 100}
	b.ReportAllocs()
	for b.Loop() {
		if _, matched := list.First(who); !matched {
			split.In("release", who.Student)
		}
	}
}

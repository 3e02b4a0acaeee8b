package workflow_test

import (
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"qbank/domain/event"
	"qbank/domain/workflow"
)

func decided(t testing.TB, p workflow.Policy) func([]event.Event, error) workflow.Policy {
	return func(events []event.Event, err error) workflow.Policy {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range events {
			p = p.Apply(e)
		}
		return p
	}
}

func TestAVersionOfAWorkflowIsForEver(t *testing.T) {
	t.Parallel()
	w := parsed(t, twoEyed)
	p := decided(t, workflow.Policy{})(workflow.Policy{}.Define("acme", w))
	if again, err := p.Define("acme", w); err != nil || again != nil {
		t.Errorf("the same again came to %v, %v", again, err)
	}
	other := w
	other.OwnWork = true
	_, err := p.Define("acme", other)
	refused(t, err, "workflow.version_taken")
	other.Version = 3
	if p = decided(t, p)(p.Define("acme", other)); len(p.Defined) != 2 {
		t.Errorf("got %+v", p.Defined)
	}
	other.Name = "solo"
	_, err = p.Define("acme", other)
	refused(t, err, "workflow.reserved")
	other.Steps = nil
	_, err = p.Define("acme", other)
	refused(t, err, "workflow.invalid")
}

func TestTheNearestAndMostSpecificChoiceApplies(t *testing.T) {
	t.Parallel()
	w := parsed(t, twoEyed)
	choose := func(p workflow.Policy, org string, kind workflow.Kind, subject, ref string) workflow.Policy {
		return decided(t, p)(p.Choose(org, workflow.Choice{Kind: kind, Subject: subject, Workflow: ref}, true))
	}
	company := decided(t, workflow.Policy{})(workflow.Policy{}.Define("acme", w))
	company = choose(company, "acme", workflow.Questions, "math", "math@2")
	company = choose(company, "acme", workflow.Lessons, "", "math@2")
	team := choose(workflow.Policy{}, "acme/team", workflow.Questions, "art", "solo@1")
	policies := workflow.Policies{team, company}
	for _, c := range []struct {
		kind          workflow.Kind
		subject, want string
		needed        bool
	}{
		{workflow.Questions, "math", "math@2", true}, {workflow.Questions, "art", "solo@1", true}, {workflow.Questions, "music", "single-review@2", true},
		{workflow.Lessons, "", "math@2", true}, {workflow.Lessons, "art", "math@2", true},
	} {
		if got := policies.Applying(c.kind, c.subject); got.Ref() != c.want || got.Needed != c.needed {
			t.Errorf("%s %s: got %s, needed %v", c.kind, c.subject, got.Ref(), got.Needed)
		}
	}
	if got := policies.Applying(workflow.Questions, "math").Pin(workflow.Submission{}); got.Org != "acme" || got.Choice != 3 || got.Pinned() == nil {
		t.Errorf("got %+v", got)
	}
	none := workflow.Policies{{}}
	if got := none.Applying(workflow.Lessons, ""); got.Needed {
		t.Error("lessons need a review that nobody has chosen")
	}
	if got := none.Applying(workflow.Questions, "").Pin(workflow.Submission{}); got.Pinned() != nil || !reflect.DeepEqual(workflow.Read(nil, got.Workflow), got) {
		t.Errorf("the default is not read by its name: %+v", got)
	}
	if company = choose(company, "acme", workflow.Questions, "math", ""); (workflow.Policies{company}).Applying(workflow.Questions, "math").Ref() != "single-review@2" {
		t.Error("a choice that was taken back applies")
	}
	_, err := company.Choose("acme", workflow.Choice{Kind: workflow.Questions, Workflow: "no@1"}, false)
	refused(t, err, "workflow.unknown")
	_, err = company.Choose("acme", workflow.Choice{Kind: "class", Workflow: "solo@1"}, true)
	refused(t, err, "workflow.kind")
	_, err = company.Choose("acme", workflow.Choice{Kind: workflow.Lessons, Subject: "math", Workflow: "solo@1"}, true)
	refused(t, err, "workflow.subject")
	_, err = company.Choose("acme", workflow.Choice{Kind: workflow.Questions, Subject: "a\x00", Workflow: "solo@1"}, true)
	refused(t, err, "workflow.subject")
}

func TestAnOrganisationAsksThoseAbove(t *testing.T) {
	t.Parallel()
	if got := workflow.Lineage("a/b/c"); !reflect.DeepEqual(got, []string{"a/b/c", "a/b", "a"}) {
		t.Errorf("got %v", got)
	}
}

func TestAPolicyIsWhatItsEventsSay(t *testing.T) {
	t.Parallel()
	codec := event.NewCodec(workflow.Events)
	rapid.Check(t, func(t *rapid.T) {
		var p, again workflow.Policy
		does := func(events []event.Event, err error) {
			if err != nil {
				return
			}
			for _, e := range events {
				name, version, data, err := codec.Encode(e)
				if err != nil {
					t.Fatal(err)
				}
				read, err := codec.Decode(name, version, data)
				if err != nil {
					t.Fatal(err)
				}
				p, again = p.Apply(e), again.Apply(read)
			}
		}
		some := func(label string, of ...string) string { return rapid.SampledFrom(of).Draw(t, label) }
		t.Repeat(map[string]func(*rapid.T){
			"define": func(t *rapid.T) {
				w := workflow.Solo
				w.Name, w.Version, w.OwnWork = some("name", "a", "b"), rapid.IntRange(1, 3).Draw(t, "version"), rapid.Bool().Draw(t, "own work")
				does(p.Define("acme", w))
			},
			"choose": func(t *rapid.T) {
				kind := workflow.Kind(some("kind", "question", "lesson", "other"))
				does(p.Choose("acme", workflow.Choice{Kind: kind, Subject: some("subject", "", "math"), Workflow: some("workflow", "", "a@1", "solo@1")}, true))
			},
			"": func(t *rapid.T) {
				if !reflect.DeepEqual(p, again) {
					t.Fatalf("what was written down leads to %+v, not %+v", again, p)
				}
				refs := map[string]bool{}
				for _, w := range p.Defined {
					if refs[w.Ref()] || w.Check() != nil {
						t.Fatalf("%s is defined twice, or cannot work", w.Ref())
					}
					refs[w.Ref()] = true
				}
			},
		})
	})
}

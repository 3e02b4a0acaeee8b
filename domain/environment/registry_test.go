package environment_test

import (
	"reflect"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"qbank/domain/access"
	"qbank/domain/environment"
	"qbank/domain/event"
	"qbank/domain/fault"
)

func names(r environment.Registry) string {
	var all []string
	for _, d := range r.All() {
		all = append(all, string(d.Name))
	}
	return strings.Join(all, " ")
}

func keep(t rapid.TB, r environment.Registry, events []event.Event, err error) environment.Registry {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		r = r.Apply(e)
	}
	return r
}

func TestFourEnvironmentsAreThereFromTheFirstDay(t *testing.T) {
	t.Parallel()
	var r environment.Registry
	if got := names(r); got != "dev test staging prod" {
		t.Errorf("got %s", got)
	}
	var chain []string
	for name := environment.Name("dev"); name != ""; {
		d, err := r.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		chain = append(chain, string(name))
		name = d.Next
	}
	if got := strings.Join(chain, " "); got != "dev test staging prod" {
		t.Errorf("the chain is %s", got)
	}
}

// of is somebody who acts in an environment.
func of(name environment.Name) access.Actor {
	return access.Actor{ID: "boss", Scope: access.Scope{Org: "school", Environment: string(name)}}
}

func TestOnlyItsOwnPeopleWeakenAnEnvironment(t *testing.T) {
	t.Parallel()
	var r environment.Registry
	strict := environment.Declared{Name: "prod", Title: "Production", SecondPerson: true, Locales: []string{"zh-CN", "en"}, Engine: "5.2"}
	events, err := r.Describe(of("dev"), strict) // to ask for more is anybody's
	r = keep(t, r, events, err)
	for name, c := range map[string]struct {
		change func(*environment.Declared)
		less   bool
	}{
		"no second person": {func(d *environment.Declared) { d.SecondPerson = false }, true},
		"a language less":  {func(d *environment.Declared) { d.Locales = []string{"en"} }, true},
		"no language":      {func(d *environment.Declared) { d.Locales = nil }, true},
		"no engine":        {func(d *environment.Declared) { d.Engine = "" }, true},
		"another engine":   {func(d *environment.Declared) { d.Engine = "6.0" }, true},
		"a language more":  {func(d *environment.Declared) { d.Locales = []string{"en", "fr", "zh-CN"} }, false},
		"another title":    {func(d *environment.Declared) { d.Title = "Live" }, false},
		"all as it was":    {func(*environment.Declared) {}, false},
	} {
		d := strict
		c.change(&d)
		if _, err := r.Describe(of("prod"), d); err != nil {
			t.Errorf("%s, there: %v", name, err)
		}
		for _, elsewhere := range []environment.Name{"dev", ""} {
			if _, err := r.Describe(of(elsewhere), d); (c.less && !fault.Is(err, "environment.elsewhere")) || (!c.less && err != nil) {
				t.Errorf("%s, from %q: %v", name, elsewhere, err)
			}
		}
	}
}

func TestWhoMadeAnEnvironment(t *testing.T) {
	t.Parallel()
	var r environment.Registry
	key, other := access.Actor{ID: "key:x", Maker: "boss"}, access.Actor{ID: "other", Scope: access.Scope{Environment: "beta"}}
	events, err := r.Create(key, environment.Declared{Name: "beta", Title: "Beta"})
	r = keep(t, r, events, err)
	events, err = r.Retire(other, "beta", "over")
	r = keep(t, r, events, err)
	events, err = r.Revive(other, "beta", "needed")
	if r = keep(t, r, events, err); !r.MadeBy("beta", "boss") || r.MadeBy("beta", "other") || r.MadeBy("prod", "") || r.MadeBy("gamma", "boss") {
		t.Error("whoever has it back made it, or nobody did")
	}
}

func TestWhatARegistryRefuses(t *testing.T) {
	t.Parallel()
	var r environment.Registry
	events, err := r.Create(of("dev"), environment.Declared{Name: "beta", Title: "Beta", Next: "prod"})
	r = keep(t, r, events, err)
	create := func(d environment.Declared) error { _, err := r.Create(of("dev"), d); return err }
	describe := func(d environment.Declared) error { _, err := r.Describe(of("dev"), d); return err }
	retire := func(n environment.Name, reason string) error { _, err := r.Retire(of("beta"), n, reason); return err }
	elsewhere := func(n environment.Name) error { _, err := r.Retire(of("dev"), n, "x"); return err }
	open := func(n environment.Name) error { _, err := r.Open(n); return err }
	for name, c := range map[string]struct {
		err           error
		code, pointer string
	}{
		"a bad name":           {create(environment.Declared{Name: "Beta", Title: "x"}), "environment.name", ""},
		"one that is there":    {create(environment.Declared{Name: "beta", Title: "x"}), "environment.exists", ""},
		"a built-in one":       {create(environment.Declared{Name: "prod", Title: "x"}), "environment.exists", ""},
		"no title":             {create(environment.Declared{Name: "x"}), "environment.invalid", "/title"},
		"leads nowhere":        {create(environment.Declared{Name: "x", Title: "x", Next: "nowhere"}), "environment.invalid", "/next"},
		"leads to itself":      {create(environment.Declared{Name: "x", Title: "x", Next: "x"}), "environment.invalid", "/next"},
		"a cycle":              {describe(environment.Declared{Name: "prod", Title: "x", Next: "beta"}), "environment.invalid", "/next"},
		"a long cycle":         {describe(environment.Declared{Name: "prod", Title: "x", Next: "dev"}), "environment.invalid", "/next"},
		"one that is not":      {describe(environment.Declared{Name: "gamma", Title: "x"}), "environment.unknown", ""},
		"retiring one":         {retire("gamma", "x"), "environment.unknown", ""},
		"retiring a built-in":  {retire("test", "x"), "environment.built_in", ""},
		"retiring from afar":   {elsewhere("beta"), "environment.elsewhere", ""},
		"without a reason":     {retire("beta", ""), "reason.missing", "/reason"},
		"entering one":         {open("gamma"), "environment.unknown", ""},
		"entering an odd name": {open("No Such"), "environment.unknown", ""},
	} {
		f := fault.Of(c.err)
		if f == nil || f.Code != c.code || c.pointer != "" && (len(f.Problems) == 0 || f.Problems[0].Pointer != c.pointer) {
			t.Errorf("%s: got %v, want %s at %s", name, c.err, c.code, c.pointer)
		}
	}
	events, err = r.Describe(of("dev"), environment.Declared{Name: "dev", Title: "Dev", Next: "beta"})
	r = keep(t, r, events, err)
	if err := retire("beta", "over"); !fault.Is(err, "environment.next") {
		t.Errorf("got %v", err)
	}
	events, err = r.Describe(of("dev"), environment.Declared{Name: "dev", Title: "Dev"})
	r = keep(t, r, events, err)
	events, err = r.Retire(of("beta"), "beta", "over")
	r = keep(t, r, events, err)
	if _, err := r.Open("beta"); !fault.Is(err, "environment.retired") || strings.Contains(names(r), "beta") {
		t.Errorf("got %v", err)
	}
	if events, err := r.Retire(of("beta"), "beta", "again"); err != nil || len(events) > 0 {
		t.Errorf("retiring it again did %v, %v", events, err)
	}
}

func TestARetiredEnvironmentComesBackAsItWas(t *testing.T) {
	t.Parallel()
	var r environment.Registry
	does := func(events []event.Event, err error) {
		t.Helper()
		r = keep(t, r, events, err)
	}
	beta := environment.Declared{Name: "beta", Title: "Beta", Next: "gamma", SecondPerson: true, Locales: []string{"zh-CN"}}
	does(r.Create(of("dev"), environment.Declared{Name: "gamma", Title: "Gamma", Next: "prod"}))
	does(r.Create(of("dev"), beta))
	does(r.Retire(of("beta"), "beta", "over"))
	does(r.Retire(of("gamma"), "gamma", "over"))
	refused := func(code string) func(events []event.Event, err error) {
		return func(events []event.Event, err error) {
			t.Helper()
			if !fault.Is(err, code) || len(events) > 0 {
				t.Errorf("got %v, %v, want %s", events, err, code)
			}
		}
	}
	refused("environment.was_retired")(r.Create(of("dev"), environment.Declared{Name: "beta", Title: "Another"}))
	refused("environment.unknown")(r.Describe(of("beta"), beta))
	refused("environment.elsewhere")(r.Revive(of("dev"), "beta", "needed"))
	refused("environment.next_retired")(r.Revive(of("beta"), "beta", "needed"))
	refused("environment.unknown")(r.Revive(of("delta"), "delta", "needed"))
	refused("reason.missing")(r.Revive(of("gamma"), "gamma", ""))
	does(r.Revive(of("gamma"), "gamma", "needed"))
	does(r.Revive(of("beta"), "beta", "needed"))
	if d, err := r.Open("beta"); err != nil || !reflect.DeepEqual(d, beta) {
		t.Errorf("it came back as %+v, %v", d, err)
	}
	if events, err := r.Revive(of("beta"), "beta", "again"); err != nil || len(events) > 0 {
		t.Errorf("reviving it again did %v, %v", events, err)
	}
	for i := len(r.All()); i < 50; i++ {
		does(r.Create(of("dev"), environment.Declared{Name: environment.Name("x" + strconv.Itoa(i)), Title: "X"}))
	}
	refused("environment.too_many")(r.Create(of("dev"), environment.Declared{Name: "y", Title: "Y"}))
	does(r.Retire(of("x40"), "x40", "over"))
	does(r.Create(of("dev"), environment.Declared{Name: "y", Title: "Y"}))
	refused("environment.too_many")(r.Revive(of("x40"), "x40", "needed"))
}

// What was created anew before such names were taken is read as it was meant.
func TestAnEnvironmentThatWasCreatedAnewIsRead(t *testing.T) {
	t.Parallel()
	r := keep(t, environment.Registry{}, []event.Event{environment.Created{Says: environment.Declared{Name: "beta", Title: "Beta"}},
		environment.RetiredEnvironment{Environment: "beta"}, environment.Created{Says: environment.Declared{Name: "beta", Title: "Back"}}}, nil)
	if d, err := r.Open("beta"); err != nil || d.Title != "Back" {
		t.Errorf("%+v, %v", d, err)
	}
}

// Whatever is done: the built-in ones stay, chains end, nothing leads to what is not there, and the history leads to the same again.
func TestLawsOfARegistry(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var r environment.Registry
		var history []event.Event
		some := rapid.SampledFrom([]environment.Name{"dev", "test", "staging", "prod", "a", "b", "c", "d", ""})
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			d := environment.Declared{Name: some.Draw(t, "name"), Title: "x", Next: some.Draw(t, "next"), SecondPerson: rapid.Bool().Draw(t, "second")}
			var events []event.Event
			var err error
			switch rapid.IntRange(0, 3).Draw(t, "what") {
			case 0:
				events, err = r.Create(of("dev"), d)
			case 1:
				events, err = r.Describe(of(d.Name), d)
			case 2:
				events, err = r.Retire(of(d.Name), d.Name, "x")
			case 3:
				events, err = r.Revive(of(d.Name), d.Name, "x")
			}
			if err != nil {
				if fault.Of(err) == nil || len(events) > 0 {
					t.Fatalf("%v with %v", err, events)
				}
				continue
			}
			r, history = keep(t, r, events, nil), append(history, events...)
			if !strings.HasPrefix(names(r), "dev test staging prod") {
				t.Fatalf("there are %s", names(r))
			}
			for _, from := range r.All() {
				steps := 0
				for d := from; d.Next != ""; steps++ {
					next, err := r.Open(d.Next)
					if err != nil || steps > len(r.All()) {
						t.Fatalf("from %s: %v after %d steps", from.Name, err, steps)
					}
					d = next
				}
			}
		}
		if again := keep(t, environment.Registry{}, history, nil); !reflect.DeepEqual(again, r) {
			t.Fatalf("replayed %+v\nis       %+v", again, r)
		}
	})
}

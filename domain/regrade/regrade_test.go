package regrade_test

import (
	"reflect"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/regrade"
	"qbank/domain/scoring"
)

var question = uuid.MustParse("00000000-0000-4000-8000-000000000001")

func proposed() regrade.Proposed {
	return regrade.Proposed{Environment: "prod", Org: "school", Question: question, From: 1, To: 3}
}

func figures() regrade.Figures {
	return regrade.Figures{Attempts: 3, Answers: 3, Exact: regrade.Outcome{Gain: 2, Lose: 1, Delta: scoring.OneMark}}
}

func asked() regrade.Asked {
	return regrade.Asked{Policy: regrade.Better, Reason: "wrong key", By: "wang"}
}

func approved() regrade.Approved {
	return regrade.Approved{Policy: regrade.Better, Round: 1, By: "li", Figures: figures()}
}

func TestDecisions(t *testing.T) {
	t.Parallel()
	open := []event.Event{proposed(), regrade.Assessed{Figures: figures()}}
	for name, c := range map[string]struct {
		given   []event.Event
		when    func(regrade.Regrade) ([]event.Event, error)
		then    []event.Event
		refused string
	}{
		"an erratum proposes it": {nil, func(r regrade.Regrade) ([]event.Event, error) { return r.Propose(proposed()) }, []event.Event{proposed()}, ""},
		"once":                   {open, func(r regrade.Regrade) ([]event.Event, error) { return r.Propose(proposed()) }, nil, ""},
		"a first version corrects nothing": {nil, func(r regrade.Regrade) ([]event.Event, error) {
			return r.Propose(regrade.Proposed{From: 1, To: 1})
		}, nil, "regrade.versions"},
		"nobody asks blindly": {open[:1], ask(regrade.Better, "why"), nil, "regrade.not_assessed"},
		"a policy":            {open, ask("worse", "why"), nil, "regrade.policy"},
		"a reason":            {open, ask(regrade.Exact, ""), nil, "reason.missing"},
		"somebody asks":       {open, ask(regrade.Better, "wrong key"), []event.Event{asked()}, ""},
		"once at a time":      {append(open, asked()), ask(regrade.Exact, "why"), nil, "regrade.state"},
		"another approves":    {append(open, asked()), approve("li"), []event.Event{approved()}, ""},
		"not the same":        {append(open, asked()), approve("wang"), nil, "regrade.own"},
		"nobody asked":        {open, approve("li"), nil, "regrade.state"},
		"it stands":           {append(open, asked(), approved()), approve("li"), nil, "regrade.state"},
		"what stands is not weighed": {append(open, asked(), approved()), func(r regrade.Regrade) ([]event.Event, error) {
			return r.Assess(figures())
		}, nil, ""},
		"declined":        {append(open, asked()), decline("no"), []event.Event{regrade.Declined{By: "li", Reason: "no"}}, ""},
		"declined unseen": {open, decline("no"), []event.Event{regrade.Declined{By: "li", Reason: "no"}}, ""},
		"asked again":     {append(open, asked(), regrade.Declined{By: "li", Reason: "no"}), ask(regrade.Better, "wrong key"), []event.Event{asked()}, ""},
		"revoked":         {append(open, asked(), approved()), revoke("no"), []event.Event{regrade.Revoked{Round: 1, By: "li", Reason: "no"}}, ""},
		"nothing stands":  {append(open, asked()), revoke("no"), nil, "regrade.state"},
		"approved again": {append(open, asked(), approved(), regrade.Revoked{Round: 1}, asked()), approve("li"),
			[]event.Event{regrade.Approved{Policy: regrade.Better, Round: 2, By: "li", Figures: figures()}}, ""},
		"there is none": {nil, revoke("no"), nil, "regrade.not_found"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var r regrade.Regrade
			for _, e := range c.given {
				r = r.Apply(e)
			}
			events, err := c.when(r)
			if c.refused != "" && fault.Is(err, c.refused) && events == nil {
				return
			}
			if err != nil || !reflect.DeepEqual(events, c.then) {
				t.Errorf("got %+v, %v, want %+v %s", events, err, c.then, c.refused)
			}
		})
	}
}

func ask(p regrade.Policy, reason string) func(regrade.Regrade) ([]event.Event, error) {
	return func(r regrade.Regrade) ([]event.Event, error) { return r.Ask(p, reason, "wang") }
}

func approve(by string) func(regrade.Regrade) ([]event.Event, error) {
	return func(r regrade.Regrade) ([]event.Event, error) { return r.Approve(by, "") }
}

func decline(reason string) func(regrade.Regrade) ([]event.Event, error) {
	return func(r regrade.Regrade) ([]event.Event, error) { return r.Decline("li", reason) }
}

func revoke(reason string) func(regrade.Regrade) ([]event.Event, error) {
	return func(r regrade.Regrade) ([]event.Event, error) { return r.Revoke("li", reason) }
}

func TestWhateverIsTried(t *testing.T) {
	t.Parallel()
	codec := event.NewCodec(regrade.Events)
	rapid.Check(t, func(t *rapid.T) {
		var r, again regrade.Regrade
		asker, standing, rounds := "", false, 0
		for range rapid.IntRange(0, 40).Draw(t, "commands") {
			by := rapid.SampledFrom([]string{"wang", "li", "zhao"}).Draw(t, "by")
			var events []event.Event
			var err error
			switch rapid.IntRange(0, 5).Draw(t, "command") {
			case 0:
				events, err = r.Propose(proposed())
			case 1:
				f := regrade.Figures{Answers: rapid.IntRange(0, 9).Draw(t, "answers")}
				events, err = r.Assess(f)
				if standing && len(events) > 0 {
					t.Fatal("what stands was weighed anew")
				}
			case 2:
				events, err = r.Ask(rapid.SampledFrom(regrade.Policies).Draw(t, "policy"), "why", by)
				if err == nil {
					asker = by
				}
			case 3:
				events, err = r.Approve(by, "")
				if err == nil {
					if by == asker || standing {
						t.Fatalf("%s approved what %s asked for", by, asker)
					}
					standing, rounds = true, rounds+1
				}
			case 4:
				events, err = r.Decline(by, "why")
				if err == nil && standing {
					t.Fatal("declined what stands")
				}
			case 5:
				events, err = r.Revoke(by, "why")
				if (err == nil) != standing {
					t.Fatalf("revoked: %v, stands: %v", err, standing)
				}
				standing = false
			}
			if err != nil && len(events) > 0 {
				t.Fatal("refused, and done")
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
				r, again = r.Apply(e), again.Apply(read)
			}
			c, ok := r.Correction()
			if ok != standing || r.Round != rounds || ok && (c.Policy != r.Asked.Policy || c.Round != rounds || c.Regrade != proposed().ID()) {
				t.Fatalf("%+v stands: %v", c, standing)
			}
		}
		if !reflect.DeepEqual(r, again) {
			t.Fatalf("%+v, replayed %+v", r, again)
		}
	})
}

func TestPolicies(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		most := scoring.Mark(rapid.IntRange(0, 5).Draw(t, "most")) * scoring.OneMark
		fraction := rapid.Custom(func(t *rapid.T) scoring.Fraction {
			return scoring.Fraction(rapid.IntRange(-2, 4).Draw(t, "quarters")) * scoring.Full / 4
		})
		before := fraction.Draw(t, "before")
		was := regrade.Mark{Status: scoring.Scored, Fraction: before, Mark: before.Of(most)}
		var anew *scoring.Result
		if rapid.Bool().Draw(t, "readable") {
			anew = &scoring.Result{Status: scoring.Scored, Fraction: fraction.Draw(t, "anew")}
		}
		var f regrade.Figures
		f.Count(was, anew, most)
		for _, p := range regrade.Policies {
			now, changes := p.Revise(was, anew, most)
			if !changes && !reflect.DeepEqual(now, was) {
				t.Fatalf("%s: nothing changes, and it is %+v", p, now)
			}
			switch {
			case p == regrade.Better && now.Mark < was.Mark:
				t.Fatal("somebody lost by the better mark")
			case p == regrade.Better && anew != nil && now.Mark != max(was.Mark, anew.Fraction.Of(most)):
				t.Fatalf("the better mark is %d", now.Mark)
			case p == regrade.Exact && anew != nil && now.Mark != anew.Fraction.Of(most):
				t.Fatalf("the exact mark is %d", now.Mark)
			case p == regrade.Full && now.Mark != most:
				t.Fatalf("full marks are %d", now.Mark)
			case p == regrade.Drop && (now.Mark != 0 || now.Dropped != most):
				t.Fatalf("dropped is %+v", now)
			case anew == nil && (p == regrade.Better || p == regrade.Exact) && changes:
				t.Fatal("what cannot be scored was")
			}
			o := f.Of(p)
			if o.Delta != now.Mark-was.Mark || (o.Gain == 1) != (o.Delta > 0) || (o.Lose == 1) != (o.Delta < 0) || f.Answers != 1 {
				t.Fatalf("%s: counted %+v", p, o)
			}
			if again, changes := p.Revise(now, anew, most); changes && p != regrade.Drop && !reflect.DeepEqual(again, now) {
				t.Fatalf("%s twice: %+v, then %+v", p, now, again)
			}
		}
	})
}

func TestTheLatestErratumHolds(t *testing.T) {
	t.Parallel()
	second, third := regrade.Correction{Question: question, From: 1, To: 2}, regrade.Correction{Question: question, From: 1, To: 3}
	for version, want := range map[int]int{1: 3, 2: 3, 3: 0} {
		if c, ok := regrade.For([]regrade.Correction{third, second}, question, version); c.To != want || ok != (want > 0) {
			t.Errorf("version %d: %+v", version, c)
		}
	}
	if c, ok := regrade.For([]regrade.Correction{third}, uuid.New(), 1); ok {
		t.Errorf("another question: %+v", c)
	}
}

package pseudo_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/pseudo"
)

const now = 1_700_000_000_000_000

var (
	li    = access.Actor{ID: "li", Roles: []access.Role{access.Support}, Scope: access.Scope{Org: "school"}}
	boss  = access.Actor{ID: "boss", Roles: []access.Role{access.Admin}, Scope: access.Scope{Org: "school"}}
	other = access.Actor{ID: "zhao", Roles: []access.Role{access.Support}, Scope: access.Scope{Org: "school"}}
	eyes  = access.Actor{ID: "li", ActingFor: "wang", Roles: []access.Role{access.Student}}
)

func asked(write bool) pseudo.Opened {
	return pseudo.Opened{Org: "school", Environment: "prod", Student: "wang", Person: uuid.New(), Reason: "cannot hear anything", Write: write}
}

func given(t *testing.T, write bool, more ...event.Event) (ticket pseudo.Ticket) {
	t.Helper()
	begun, err := ticket.Open(li, asked(write), false, now)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range append(begun, more...) {
		ticket = ticket.Apply(e)
	}
	return ticket
}

func TestDecisions(t *testing.T) {
	t.Parallel()
	var none pseudo.Ticket
	reading, writing := given(t, false), given(t, true)
	closed := given(t, true, pseudo.Closed{By: "li"})
	worn := reading
	worn.Tokens = pseudo.MaxTokens
	const hours = int64(8 * time.Hour / time.Microsecond)
	noReason := asked(false)
	noReason.Reason = ""
	type decision = func() ([]event.Event, error)
	open := func(by access.Actor, o pseudo.Opened, works bool) decision {
		return func() ([]event.Event, error) { return none.Open(by, o, works, now) }
	}
	mint := func(k pseudo.Ticket, by access.Actor, at int64) decision {
		return func() ([]event.Event, error) { return k.Mint(by, at) }
	}
	approve := func(k pseudo.Ticket, by access.Actor) decision {
		return func() ([]event.Event, error) { return k.Approve(by, now) }
	}
	revoke := func(k pseudo.Ticket, by access.Actor, reason string) decision {
		return func() ([]event.Event, error) { return k.Revoke(by, reason) }
	}
	closing := func(k pseudo.Ticket, by access.Actor) decision {
		return func() ([]event.Event, error) { return k.Close(by) }
	}
	for name, c := range map[string]struct {
		decide decision
		events int
		code   string
	}{
		"opened with a token":              {open(li, asked(false), false), 2, ""},
		"again":                            {func() ([]event.Event, error) { return reading.Open(li, asked(false), false, now) }, 0, "pseudo.exists"},
		"without a reason":                 {open(li, noReason, false), 0, "reason.missing"},
		"for staff":                        {open(li, asked(false), true), 0, "pseudo.staff"},
		"for oneself":                      {open(access.Actor{ID: "wang"}, asked(false), false), 0, "pseudo.staff"},
		"through borrowed eyes":            {open(eyes, asked(false), false), 0, "pseudo.nested"},
		"another token":                    {mint(reading, li, now), 1, ""},
		"by another":                       {mint(reading, other, now), 0, "pseudo.not_found"},
		"a token through borrowed eyes":    {mint(reading, eyes, now), 0, "pseudo.nested"},
		"of no ticket":                     {mint(none, li, now), 0, "pseudo.not_found"},
		"just before its end":              {mint(reading, li, now+hours-1), 1, ""},
		"at its end":                       {mint(reading, li, now+hours), 0, "pseudo.ended"},
		"after it was closed":              {mint(closed, li, now), 0, "pseudo.ended"},
		"too many":                         {mint(worn, li, now), 0, "pseudo.too_many_tokens"},
		"approved":                         {approve(writing, boss), 1, ""},
		"approved twice":                   {approve(writing.Apply(pseudo.Approved{By: "boss"}), boss), 0, ""},
		"approved by oneself":              {approve(writing, li), 0, "pseudo.own"},
		"approved though nobody asked":     {approve(reading, boss), 0, "pseudo.not_asked"},
		"approved late":                    {approve(closed, boss), 0, "pseudo.ended"},
		"approved through borrowed eyes":   {approve(writing, access.Actor{ID: "boss", ActingFor: "x"}), 0, "pseudo.nested"},
		"closed":                           {closing(reading, li), 1, ""},
		"closed twice":                     {closing(closed, li), 0, ""},
		"closed by another":                {closing(reading, other), 0, "pseudo.not_found"},
		"closed through borrowed eyes":     {closing(reading, eyes), 0, "pseudo.nested"},
		"revoked":                          {revoke(reading, boss, "enough"), 1, ""},
		"revoked though it ended":          {revoke(closed, boss, "enough"), 0, ""},
		"revoked without a reason":         {revoke(reading, boss, ""), 0, "reason.missing"},
		"revoked where there is none":      {revoke(none, boss, "enough"), 0, "pseudo.not_found"},
		"revoked through borrowed eyes":    {revoke(reading, eyes, "enough"), 0, "pseudo.nested"},
		"closed where there never was one": {closing(none, li), 0, "pseudo.not_found"},
	} {
		events, err := c.decide()
		if c.code == "" && err != nil || c.code != "" && !fault.Is(err, c.code) {
			t.Errorf("%s: %v, want %q", name, err, c.code)
		}
		if err == nil && len(events) != c.events {
			t.Errorf("%s: %+v", name, events)
		}
	}
	late, err := reading.Mint(li, now+hours-1_000)
	if err != nil || late[0].(pseudo.Minted).Expires != now+hours {
		t.Errorf("a token outlives its ticket: %+v, %v", late, err)
	}
}

// Whatever is done by whom and when: tokens are short and end with the ticket, none is made for another than its holder or after its end, and nobody may
// answer whom no other person let.
func TestLaws(t *testing.T) {
	t.Parallel()
	codec := event.NewCodec(pseudo.Events)
	people := []access.Actor{li, boss, other, eyes}
	rapid.Check(t, func(t *rapid.T) {
		var ticket, read pseudo.Ticket
		at := int64(now)
		ended := false
		approvers := map[string]bool{}
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			at += rapid.Int64Range(0, int64(2*time.Hour/time.Microsecond)).Draw(t, "pause")
			by := rapid.SampledFrom(people).Draw(t, "by")
			var events []event.Event
			var err error
			switch rapid.IntRange(0, 4).Draw(t, "step") {
			case 0:
				events, err = ticket.Open(by, asked(rapid.Bool().Draw(t, "write")), false, at)
			case 1:
				events, err = ticket.Mint(by, at)
			case 2:
				if events, err = ticket.Approve(by, at); err == nil {
					approvers[by.ID] = true
				}
			case 3:
				events, err = ticket.Close(by)
			case 4:
				events, err = ticket.Revoke(by, "why")
			}
			if err != nil && len(events) > 0 {
				t.Fatalf("refused (%v), and yet %+v", err, events)
			}
			if err != nil {
				continue
			}
			for _, e := range events {
				name, version, data, err := codec.Encode(e)
				if err != nil {
					t.Fatal(err)
				}
				again, err := codec.Decode(name, version, data)
				if err != nil {
					t.Fatal(err)
				}
				ticket, read = ticket.Apply(e), read.Apply(again)
				if m, is := e.(pseudo.Minted); is {
					if ended || m.Expires > ticket.Until || m.Expires-m.At > pseudo.TokenLife.Microseconds() || m.Expires <= m.At || by.ID != ticket.Staff || by.ActingFor != "" {
						t.Fatalf("%+v by %+v of %+v", m, by, ticket)
					}
				}
				if _, is := e.(pseudo.Closed); is {
					ended = true
				}
			}
			if ended != (ticket.Ended != nil) || ended && ticket.Holds(at) == nil {
				t.Fatalf("ended %v: %+v", ended, ticket)
			}
			if ticket.Approved && (!ticket.Write || len(approvers) == 0 || len(approvers) == 1 && approvers[ticket.Staff]) {
				t.Fatalf("%+v may answer, approved by %v", ticket, approvers)
			}
		}
		if !reflect.DeepEqual(ticket, read) {
			t.Fatalf("%+v was written, %+v is read", ticket, read)
		}
	})
}

package auditlog_test

import (
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/attempt"
	"qbank/domain/erasure"
	"qbank/domain/event"
	"qbank/domain/pseudo"
	"qbank/domain/question"
	"qbank/internal/audit"
	"qbank/projections/auditlog"
	"qbank/projections/projtest"
	"qbank/projections/read"
)

const start = 1_700_000_000_000_000

var definitions = [][]event.Definition{attempt.Events, erasure.Events, pseudo.Events, question.Events}

func under(actor, actingFor, org, env string, at int64) event.Meta {
	return event.Meta{Actor: actor, ActingFor: actingFor, Org: org, Environment: env, At: start + at, Correlation: "c" + fmt.Sprint(at)}
}

func history() []projtest.Facts {
	return []projtest.Facts{
		projtest.In("q1", question.Created{}).Under(under("ann", "", "acme/math", "", 1)),
		projtest.In("a1", attempt.Started{Student: "wang"}, attempt.Answered{}, attempt.Finished{}).Under(under("wang", "", "acme/math", "prod", 2)),
		projtest.In("t1", pseudo.Opened{Staff: "li"}).Under(under("li", "", "acme", "prod", 3)).Of(projtest.StreamID("wang")),
		projtest.In("s1", attempt.ShadowStarted{}).Under(under("li", "wang", "acme", "prod", 4)),
		projtest.In("q2", question.Created{}).Under(under("bob", "", "other", "", 5)),
		projtest.In("e1", erasure.Begun{Reason: "asked for it"}, erasure.Erased{Counts: map[string]int{"names": 1, "keys": 1, "reports": 3}}).
			Under(under("eve", "", "gone", "", 6)),
	}
}

func TestWhoDidAndReadWhat(t *testing.T) {
	t.Parallel()
	codec := event.NewCodec(definitions...)
	log := projtest.NewLog(t, definitions...)
	log.Append(history()...)
	log.Run(auditlog.New(codec))
	trail := &audit.Trail{Pool: log.Pool, Log: slog.New(slog.DiscardHandler)}
	q1, at := projtest.StreamID("q1").String(), func(n int64) time.Time { return time.UnixMicro(start + n) }
	who := func(id, actingFor, org string) access.Actor {
		return access.Actor{ID: id, ActingFor: actingFor, Scope: access.Scope{Org: org, Environment: "prod"}}
	}
	trail.Note(t.Context(), audit.Entry{At: at(10), Actor: who("ann", "", "acme/math"), Action: audit.KeysRead, Objects: []string{q1, uuid.NewString()}})
	trail.Note(t.Context(), audit.Entry{At: at(11), Actor: who("li", "wang", "acme"), Action: audit.StudentSeen})
	trail.Note(t.Context(), audit.Entry{At: at(12), Actor: who("eve", "", "other"), Action: audit.KeysRead, Objects: []string{q1}})
	if err := trail.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	reader := auditlog.NewReader(log.Pool)
	for name, c := range map[string]struct {
		org    string
		filter auditlog.Filter
		want   []int64
	}{
		"everything, students' own attempts aside": {"acme", auditlog.Filter{}, []int64{11, 10, 4, 3, 1}},
		"below":                        {"acme/math", auditlog.Filter{}, []int64{10, 1}},
		"another organisation":         {"acm", auditlog.Filter{}, nil},
		"by somebody":                  {"acme", auditlog.Filter{Actor: "li"}, []int64{11, 4, 3}},
		"who acted for a student":      {"acme", auditlog.Filter{ActingFor: "wang"}, []int64{11, 4}},
		"who acted for anybody":        {"acme", auditlog.Filter{Acting: true}, []int64{11, 4}},
		"who saw the key of q1":        {"acme", auditlog.Filter{Object: q1, Action: audit.KeysRead}, []int64{10}},
		"what was done with q1":        {"acme", auditlog.Filter{Object: q1}, []int64{10, 1}},
		"only done":                    {"acme", auditlog.Filter{Kind: auditlog.Done}, []int64{4, 3, 1}},
		"only done with q1":            {"acme", auditlog.Filter{Kind: auditlog.Done, Object: q1}, []int64{1}},
		"only read":                    {"acme", auditlog.Filter{Kind: auditlog.Read}, []int64{11, 10}},
		"only read of q1":              {"acme", auditlog.Filter{Kind: auditlog.Read, Object: q1}, []int64{10}},
		"all of a kind":                {"acme", auditlog.Filter{Action: "pseudo."}, []int64{3}},
		"one action":                   {"acme", auditlog.Filter{Action: "attempt.shadow_started"}, []int64{4}},
		"about somebody":               {"acme", auditlog.Filter{Person: projtest.StreamID("wang").String()}, []int64{3}},
		"in an environment":            {"acme", auditlog.Filter{Environment: "prod", Actor: "ann"}, []int64{10}},
		"from then on":                 {"acme", auditlog.Filter{From: start + 4}, []int64{11, 10, 4}},
		"before that":                  {"acme", auditlog.Filter{Until: start + 4}, []int64{3, 1}},
		"in between":                   {"acme", auditlog.Filter{From: start + 3, Until: start + 4}, []int64{3}},
		"what nobody did":              {"acme", auditlog.Filter{Action: "question.retired"}, nil},
		"by a name that could be code": {"acme", auditlog.Filter{Actor: "' or 1=1 --", Object: "'"}, nil},
	} {
		var got []int64
		for page := (read.Page{First: 2}); ; {
			list, err := reader.List(t.Context(), c.org, c.filter, page)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			for _, e := range list.Rows {
				got = append(got, e.At-start)
			}
			if !list.More {
				break
			}
			page.After = list.Cursors[len(list.Cursors)-1]
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
	one, err := reader.List(t.Context(), "acme", auditlog.Filter{Action: "attempt.shadow_started"}, read.Page{})
	if e := one.Rows[0]; err != nil || e.Kind != auditlog.Done || e.Correlation != "c4" || e.Count != 1 || e.Objects[0] != projtest.StreamID("s1").String() || e.Environment != "prod" {
		t.Errorf("%+v, %v", one.Rows, err)
	}
	erased, err := reader.List(t.Context(), "gone", auditlog.Filter{Action: "person."}, read.Page{})
	var details []string
	for _, e := range erased.Rows {
		details = append(details, e.Detail)
	}
	if slices.Sort(details); err != nil || !slices.Equal(details, []string{"asked for it", "keys 1, names 1, reports 3"}) {
		t.Errorf("%q, %v", details, err)
	}
	if _, err := reader.List(t.Context(), "acme", auditlog.Filter{Actor: "\x00"}, read.Page{}); err == nil {
		t.Error("what PostgreSQL cannot compare is asked for")
	}
}

func TestRebuildEqualsLive(t *testing.T) {
	t.Parallel()
	log := projtest.NewLog(t, definitions...)
	log.Append(history()...)
	codec := event.NewCodec(definitions...)
	log.Run(auditlog.New(codec))
	log.RebuildEquals(t, auditlog.New(codec))
}

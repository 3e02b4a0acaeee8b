package audit_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/internal/audit"
	"qbank/internal/pgtest"
)

var li = access.Actor{ID: "li", ActingFor: "wang", Scope: access.Scope{Org: "school", Environment: "prod"}, SignIn: "pseudo:1"}

func trail(pool *pgxpool.Pool) *audit.Trail {
	return &audit.Trail{Pool: pool, Log: slog.New(slog.DiscardHandler)}
}

func count(t *testing.T, pool *pgxpool.Pool, what string) (n int) {
	t.Helper()
	if err := pool.QueryRow(t.Context(), "select count(*) from "+what).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestRowsAreWrittenAndStand(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	tr := trail(pool)
	objects := make([]string, 1_000)
	for i := range objects {
		objects[i] = fmt.Sprint("q", i)
	}
	now := time.Date(2026, 3, 31, 23, 59, 59, 0, time.UTC)
	ctx := event.Correlated(t.Context(), "request-1")
	tr.Note(ctx, audit.Entry{At: now, Actor: li, Address: "203.0.113.7", Action: audit.KeysRead, Objects: objects})
	tr.Note(ctx, audit.Entry{At: now.Add(2 * time.Second), Actor: li, Action: audit.AuditRead, Detail: strings.Repeat("x", 600)})
	for range 2 {
		if err := tr.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if n := count(t, pool, `audit_202603 where actor = 'li' and acting_for = 'wang' and sign_in = 'pseudo:1' and address = '203.0.113.7' and correlation = 'request-1'
		and org = 'school' and environment = 'prod' and cardinality(objects) = 200 and count = 1000 and action = 'keys.read'`); n != 1 {
		t.Errorf("%d rows in March", n)
	}
	if n := count(t, pool, "audit_202604 where length(detail) = 500"); n != 1 {
		t.Errorf("%d rows in April", n)
	}
	for _, change := range []string{"update audit set actor = 'x'", "delete from audit", "truncate audit", "truncate audit_202603", "delete from audit_202603", "update audit_202604 set at = at + 1"} {
		if _, err := pool.Exec(t.Context(), change); err == nil || !strings.Contains(err.Error(), "is not changed") {
			t.Errorf("%s: %v", change, err)
		}
	}
	if n := count(t, pool, "audit"); n != 2 {
		t.Errorf("%d rows are left", n)
	}
	tr.Months = 1
	if err := tr.Expire(t.Context(), now.AddDate(0, 0, 1)); err != nil || count(t, pool, "audit") != 2 {
		t.Errorf("a month that is kept went: %v", err)
	}
	if err := tr.Expire(t.Context(), now.AddDate(0, 0, 31)); err != nil || count(t, pool, "audit") != 1 {
		t.Errorf("a month that is over stays: %v", err)
	}
}

// Whatever was noted before the program ends in order is there afterwards, also with two programs on one database.
func TestNothingIsLostAtTheEnd(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	var programs sync.WaitGroup
	for range 2 {
		programs.Go(func() {
			tr := trail(pool)
			ctx, stop := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			go func() { ended <- tr.Run(ctx) }()
			var readers sync.WaitGroup
			for range 8 {
				readers.Go(func() {
					for range 50 {
						tr.Note(ctx, audit.Entry{At: time.Now(), Actor: li, Action: audit.KeysRead, Objects: []string{"q"}})
					}
				})
			}
			readers.Wait()
			stop()
			<-ended
		})
	}
	programs.Wait()
	if n := count(t, pool, "audit"); n != 800 {
		t.Errorf("%d of 800 rows", n)
	}
}

func TestWhatCannotBeWrittenWaits(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	tr := trail(pool)
	tr.Note(t.Context(), audit.Entry{At: time.Now(), Actor: li, Action: audit.KeysRead})
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if err := tr.Flush(gone); err == nil {
		t.Fatal("written without a connection")
	}
	if err := tr.Flush(t.Context()); err != nil || count(t, pool, "audit") != 1 {
		t.Errorf("%v", err)
	}
}

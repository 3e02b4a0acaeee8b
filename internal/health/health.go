package health

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"qbank/domain/fault"
)

// Check is one thing that must be so before the program is ready.
type Check struct {
	Name string
	Run  func(context.Context) error
}

// Finding is a check that failed, or something that is not safe.
type Finding struct {
	Name    string         `json:"name"`
	Detail  string         `json:"detail"`
	Details map[string]any `json:"details,omitempty"` // of the fault: which read models, say
}

// Report is the body of /readyz.
type Report struct {
	Ready    bool      `json:"ready"`
	Missing  []Finding `json:"missing"`  // why it is not ready
	Warnings []Finding `json:"warnings"` // it works, but an acknowledgement may mean less than it should
}

// Handler serves /healthz and /readyz.
func Handler(pool *pgxpool.Pool, checks ...Check) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = w.Write([]byte("ok\n"))
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
		defer cancel()
		report := Look(ctx, pool, checks...)
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		if !report.Ready {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		_ = json.NewEncoder(w).Encode(report)
	})
	return mux
}

// Look runs the checks and asks the database whether its commits are durable.
func Look(ctx context.Context, pool *pgxpool.Pool, checks ...Check) Report {
	report := Report{Missing: []Finding{}, Warnings: []Finding{}}
	if err := pool.Ping(ctx); err != nil {
		report.Missing = append(report.Missing, Finding{Name: "database", Detail: "does not answer"})
		return report
	}
	for _, check := range checks {
		if err := check.Run(ctx); err != nil {
			report.Missing = append(report.Missing, finding(ctx, check.Name, err))
		}
	}
	report.Warnings = durability(ctx, pool)
	report.Ready = len(report.Missing) == 0
	return report
}

// finding says what a check said. Anybody may read it, so what is not a fault is for the log.
func finding(ctx context.Context, name string, err error) Finding {
	f := fault.Of(err)
	if f == nil {
		slog.WarnContext(ctx, "a check failed", "check", name, "error", err)
		return Finding{Name: name, Detail: "failed; why stands in the log"}
	}
	return Finding{Name: name, Detail: f.Message.EN, Details: f.Details}
}

// durability names settings under which a commit may be lost: with them an acknowledgement would mean nothing.
func durability(ctx context.Context, pool *pgxpool.Pool) []Finding {
	warnings := []Finding{}
	for _, setting := range []string{"fsync", "synchronous_commit", "full_page_writes"} {
		var value string
		if err := pool.QueryRow(ctx, `select current_setting($1)`, setting).Scan(&value); err != nil {
			warnings = append(warnings, Finding{Name: setting, Detail: "cannot be read"})
			continue
		}
		if value == "off" {
			warnings = append(warnings, Finding{Name: setting, Detail: "is off: an acknowledged answer can be lost in a crash"})
		}
	}
	return warnings
}

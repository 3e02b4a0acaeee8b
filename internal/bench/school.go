package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sync/errgroup"

	"qbank/internal/token"
)

// school is a served qbank with two released lessons.
type school struct {
	*run
	server   *server
	database string
	pool     *pgxpool.Pool
	signer   token.Signer
	tests    []test
	test     test // the first of them
	close    []func()
}

// openSchool makes a school on a database of its own and serves it. slow gives the database a slow disk.
func (r *run) openSchool(ctx context.Context, slow bool) (s *school, err error) {
	s = &school{run: r}
	defer func() {
		if err != nil {
			s.shut()
		}
	}()
	if s.database, s.pool, err = s.openDatabase(ctx, slow); err != nil {
		return s, err
	}
	if s.tests, err = (history{questions: 1000, lessons: 2}).write(ctx, s.pool, r.say); err != nil {
		return s, err
	}
	s.test = s.tests[0]
	data := r.file("data")
	if err := os.MkdirAll(data, 0o711); err != nil {
		return s, err
	}
	if s.signer.Key, err = token.LoadOrMake(filepath.Join(data, "signing-key.pem")); err != nil {
		return s, err
	}
	s.server, err = r.serve(ctx, "serve", "serve", "--data-dir", data, "--query-budget", "0", "--database-url", r.cluster.url(s.database), "--log-level", "warn")
	if err != nil {
		return s, err
	}
	s.close = append(s.close, s.server.stop)
	return s, s.settle(ctx)
}

// openDatabase makes a database for one of the sides and connects to it.
func (s *school) openDatabase(ctx context.Context, slow bool) (name string, pool *pgxpool.Pool, err error) {
	name, drop, err := s.run.database(ctx, blank)
	if err != nil {
		return "", nil, err
	}
	s.close = append(s.close, drop)
	if slow {
		if err := s.cluster.slowDisk(ctx, name); err != nil {
			return "", nil, err
		}
	}
	if pool, err = s.cluster.pool(ctx, name, 4); err == nil {
		s.close = append(s.close, pool.Close)
	}
	return name, pool, err
}

// shut ends what was opened, the last first.
func (s *school) shut() {
	for i := len(s.close) - 1; i >= 0; i-- {
		s.close[i]()
	}
}

// settle waits until the read models have everything there is: what they still have to do must not slow the other side.
func (s *school) settle(ctx context.Context) error {
	return settle(ctx, s.pool)
}

func settle(ctx context.Context, pool *pgxpool.Pool) error {
	for {
		var behind bool
		err := pool.QueryRow(ctx, `select coalesce(min(position) filter (where status = 'live'), 0) < (select coalesce(max(position), 0) from events)
			or coalesce(bool_or(status = 'filling'), true) from checkpoints where version > 0`).Scan(&behind)
		if err != nil || !behind {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// baseline serves the other side.
func (s *school) baseline(ctx context.Context, args ...string) (*server, error) {
	b, err := s.serve(ctx, "baseline", append([]string{"bench-baseline"}, args...)...)
	if err == nil {
		s.close = append(s.close, b.stop)
	}
	return b, err
}

// token mints a student's token.
func (s *school) token(n int) (string, error) {
	return s.signer.Mint(student(n), time.Now(), 6*time.Hour)
}

// get fetches a path as a student would, with further headers in pairs, and expects a status.
func (s *school) get(ctx context.Context, url, bearer string, want int, headers ...string) ([]byte, http.Header, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, nil, err
	}
	request.Header.Set("Authorization", "Bearer "+bearer)
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1]) //nolint:gosec // they come in pairs
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, 4<<20))
	if err == nil && response.StatusCode != want {
		err = fmt.Errorf("GET %s: %s, not %d: %s", url, response.Status, want, body)
	}
	return body, response.Header, err
}

// startAttempts has so many students start the lesson and writes a line for each, "attempt token", to a file.
func (s *school) startAttempts(ctx context.Context, students int, file string) error {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}, Timeout: 30 * time.Second}
	defer client.CloseIdleConnections()
	body, err := json.Marshal(map[string]any{"lesson": s.test.released.Lesson})
	if err != nil {
		return err
	}
	lines := make([]string, students)
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(64)
	for n := range students {
		g.Go(func() error {
			bearer, err := s.token(n)
			if err != nil {
				return err
			}
			id, err := s.startAttempt(gctx, client, bearer, body)
			lines[n] = id + " " + bearer + "\n"
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	return writeLines(file, lines)
}

func (s *school) startAttempt(ctx context.Context, client *http.Client, bearer string, body []byte) (string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.server.base+"/v1/attempts", bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	request.Header.Set("Authorization", "Bearer "+bearer)
	request.Header.Set("Content-Type", "application/json")
	response, err := client.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	if err != nil {
		return "", err
	}
	var started struct{ ID string }
	if err := json.Unmarshal(answer, &started); err != nil || response.StatusCode != http.StatusCreated {
		return "", fmt.Errorf("start an attempt: %s: %s", response.Status, answer)
	}
	return started.ID, nil
}

func writeLines(file string, lines []string) error {
	var all bytes.Buffer
	for _, line := range lines {
		all.WriteString(line)
	}
	return os.WriteFile(file, all.Bytes(), 0o600)
}

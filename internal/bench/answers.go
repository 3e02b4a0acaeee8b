package bench

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"qbank/domain/content"
)

// students are how many take the lesson at once; each answers its questions over and over.
const students = 4000

func measureAnswers(ctx context.Context, r *run) ([]Figure, error) {
	return r.measureAnswers(ctx, "answers_http", "net/http and one row committed by bare pgx", false)
}

func measureAnswersSlowDisk(ctx context.Context, r *run) ([]Figure, error) {
	return r.measureAnswers(ctx, "answers_http_1ms", "the same, a flush taking 1 ms", true)
}

// measureAnswers compares answers through the whole door with rows that a handler commits.
func (r *run) measureAnswers(ctx context.Context, name, against string, slow bool) ([]Figure, error) {
	s, err := r.openSchool(ctx, slow)
	if err != nil {
		return nil, err
	}
	defer s.shut()
	attempts, responses := r.file("attempts"), r.file("responses")
	if err := s.startAttempts(ctx, students, attempts); err != nil {
		return nil, err
	}
	if err := writeLines(responses, s.responses()); err != nil {
		return nil, err
	}
	database, pool, err := s.openDatabase(ctx, slow)
	if err != nil {
		return nil, err
	}
	bare, err := s.baseline(ctx, "--database", r.cluster.url(database))
	if err != nil {
		return nil, err
	}
	loads := 0
	answer := func(to *server, log *pgxpool.Pool) func(context.Context) (sample, error) {
		return func(ctx context.Context) (sample, error) {
			loads++
			return s.answer(ctx, load{url: to.base, script: answersLua, args: []string{attempts, responses, strconv.Itoa(loads)}}, log)
		}
	}
	medians, err := r.compare(ctx, side{"bare", answer(bare, pool)}, side{"qbank", func(ctx context.Context) (sample, error) {
		got, err := answer(s.server, s.pool)(ctx)
		if err == nil {
			err = s.settle(ctx)
		}
		return got, err
	}})
	if err != nil {
		return nil, err
	}
	if err := sameBytesStored(ctx, s.pool, pool); err != nil {
		return nil, err
	}
	return []Figure{
		ratio(name, "answers/s", medians[1].rate, medians[0].rate, against, 1.5),
		bound(name+"_p99_ms", "ms", milliseconds(medians[1].p99), 30),
	}, nil
}

// answer puts the load on a server and holds it to what it acknowledged.
func (s *school) answer(ctx context.Context, l load, log *pgxpool.Pool) (sample, error) {
	before, err := storedAnswers(ctx, log)
	if err != nil {
		return sample{}, err
	}
	got, err := s.wrk(ctx, l)
	if err != nil {
		return sample{}, err
	}
	after, err := storedAnswers(ctx, log)
	if err != nil {
		return sample{}, err
	}
	// The last requests of each connection may be stored without having been waited for.
	if stored := after - before; stored < got.Requests || stored > got.Requests+2*crowd {
		return sample{}, fmt.Errorf("%d answers were acknowledged and %d are stored", got.Requests, stored)
	}
	return got.sample(), nil
}

func storedAnswers(ctx context.Context, pool *pgxpool.Pool) (count int64, err error) {
	// A server that was told to hang up may still be committing.
	time.Sleep(100 * time.Millisecond)
	err = pool.QueryRow(ctx, "select count(*) from events where type = 'attempt.answered'").Scan(&count)
	return count, err
}

// sameBytesStored refuses a baseline that stores more, or notably less, than the log does.
func sameBytesStored(ctx context.Context, log, bare *pgxpool.Pool) error {
	var bytes [2]float64
	for i, pool := range []*pgxpool.Pool{log, bare} {
		err := pool.QueryRow(ctx, `select avg(octet_length(data::text) + octet_length(meta::text))::float8
			from events where type = 'attempt.answered'`).Scan(&bytes[i])
		if err != nil {
			return err
		}
	}
	if math.Abs(bytes[1]/bytes[0]-1) > 0.1 {
		return fmt.Errorf("an answer takes %.0f bytes and the baseline's row %.0f: that is no comparison", bytes[0], bytes[1])
	}
	return nil
}

// responses writes a line for a right and a wrong answer to each question, "slot json".
func (s *school) responses() []string {
	var lines []string
	for i, item := range s.test.items {
		for _, response := range []any{item.Right, item.Wrong} {
			lines = append(lines, fmt.Sprintf("%s %s\n", s.test.plan.Items[i].Slot, content.Canonical(response)))
		}
	}
	return lines
}

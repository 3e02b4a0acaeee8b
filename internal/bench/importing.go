package bench

import (
	"context"
	"fmt"
	"os"
	"time"
)

const (
	fewItems  = 5_000
	manyItems = 20_000
)

// measureImport imports files with the command that people use, read models on, and looks at how much memory it takes: a file four times
// as long must not take more.
func measureImport(ctx context.Context, r *run) ([]Figure, error) {
	if err := r.open(ctx); err != nil {
		return nil, err
	}
	ready, drop, err := r.database(ctx, blank)
	if err != nil {
		return nil, err
	}
	defer drop()
	if err := r.setUp(ctx, ready); err != nil {
		return nil, err
	}
	var seconds []float64
	var few, many []float64
	for round := range min(r.rounds, 3) {
		short, shortPeak, err := r.importFile(ctx, ready, fewItems)
		if err != nil {
			return nil, err
		}
		long, longPeak, err := r.importFile(ctx, ready, manyItems)
		if err != nil {
			return nil, err
		}
		seconds, few, many = append(seconds, long.Seconds()), append(few, megabytes(shortPeak)), append(many, megabytes(longPeak))
		r.say("  round %d:  %d items %.1f s, %.0f MB  %d items %.1f s, %.0f MB", round+1, fewItems, short.Seconds(), megabytes(shortPeak), manyItems,
			long.Seconds(), megabytes(longPeak))
	}
	same := func(v float64) float64 { return v }
	peak := ratio("import_peak_mb", "MB", median(many, same), median(few, same), fmt.Sprintf("the same with %d items", fewItems), 1.25)
	peak.atMost = true
	return []Figure{{Name: "import_gift", Value: manyItems / median(seconds, same), Unit: "questions/s", Target: 3000}, peak}, nil
}

// setUp makes a database that of a qbank that nothing was done with yet.
func (r *run) setUp(ctx context.Context, database string) error {
	pool, err := r.cluster.pool(ctx, database, 4)
	if err != nil {
		return err
	}
	defer pool.Close()
	_, err = history{}.write(ctx, pool, r.say)
	return err
}

// importFile imports a generated file into a new copy of a database.
func (r *run) importFile(ctx context.Context, from string, count int) (took time.Duration, peak int64, err error) {
	file := r.file(fmt.Sprintf("%d.gift", count))
	if err := writeGIFTFile(file, count); err != nil {
		return 0, 0, err
	}
	defer os.Remove(file)
	database, drop, err := r.database(ctx, from)
	if err != nil {
		return 0, 0, err
	}
	defer drop()
	if err := r.cluster.checkpoint(ctx); err != nil {
		return 0, 0, err
	}
	if took, peak, err = r.spend(ctx, "import", "gift", "--database-url", r.cluster.url(database), "--data-dir", r.file("data"), file); err != nil {
		return 0, 0, err
	}
	pool, err := r.cluster.pool(ctx, database, 2)
	if err != nil {
		return 0, 0, err
	}
	defer pool.Close()
	var stored int
	if err := pool.QueryRow(ctx, "select count(*) from events where type = 'question.created'").Scan(&stored); err != nil {
		return 0, 0, err
	}
	if stored != count {
		return 0, 0, fmt.Errorf("%d of %d questions are stored", stored, count)
	}
	return took, peak, nil
}

func megabytes(bytes int64) float64 { return float64(bytes) / (1 << 20) }

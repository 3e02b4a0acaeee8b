package catalog

import (
	"context"
	"fmt"
	"sync"

	"github.com/jackc/pgx/v5"

	"qbank/projections/read"
)

// wanted is words that are looked for in the questions of an organisation and below.
type wanted struct{ org, words string }

// find is what was found, of use until a question changes. The database reads thousands of rows for common words, so those who look for the
// same share what one of them finds.
type find struct {
	mu   sync.Mutex // one looks at a time
	rows []uint32   // nil: nobody has found anything out
	more bool       // maxHits were not all
}

const (
	// maxHits is how many questions with certain words facets look at.
	maxHits = MaxCount
	// maxFinds bounds what is kept: 40 kB each.
	maxFinds = 100
)

// find is where to look what is found, until the next refresh sees a change.
func (c *columns) find(w wanted) *find {
	c.finding.Lock()
	defer c.finding.Unlock()
	f, known := c.finds[w]
	if !known {
		if len(c.finds) == maxFinds {
			clear(c.finds)
		}
		f = &find{}
		c.finds[w] = f
	}
	return f
}

// forget lets go of what was found.
func (c *columns) forget() {
	c.finding.Lock()
	defer c.finding.Unlock()
	clear(c.finds)
}

// hits are the rows of the questions of an organisation and below that a filter's text finds; nil where it asks for nothing.
func (r *Reader) hits(ctx context.Context, org string, filter Filter) (rows []uint32, more bool, err error) {
	asked, err := filter.asked()
	switch {
	case err != nil || asked == (wording{}):
		return nil, false, err
	case asked.nothing:
		return []uint32{}, false, nil
	case asked.number != 0:
		return r.columns.rows([]int64{asked.number}), false, nil
	}
	f := r.columns.find(wanted{org, asked.words})
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.rows == nil {
		numbers, err := r.numbers(ctx, org, asked.words)
		if err != nil {
			return nil, false, fmt.Errorf("look for words: %w", err)
		}
		f.more = len(numbers) > maxHits
		f.rows = r.columns.rows(numbers[:min(len(numbers), maxHits)])
	}
	return f.rows, f.more, nil
}

// numbers are those of the questions that have certain words: one more than maxHits, if there are as many. They come as one value,
// since rows cost more than what is in them.
func (r *Reader) numbers(ctx context.Context, org, words string) ([]int64, error) {
	where := read.Within("org", org)
	where.And("words @@ ?::text::tsquery", words)
	rows, err := read.Query(ctx, r.db, "select coalesce(array_agg(number), '{}') from (select number from "+in+".words where "+where.String()+
		" limit "+where.Arg(maxHits+1)+") found", where.Args()...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectExactlyOneRow(rows, pgx.RowTo[[]int64])
}

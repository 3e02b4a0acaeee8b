package stack

import (
	"context"
	"sync"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/singleflight"

	"qbank/domain/regrade"
	"qbank/projections/regrades"
)

// corrections keeps the regrades that stand, by environment, as answers are held against them. They are few; a snapshot is trusted like that of what
// is live. What an answer misses in that moment, the process that settles grades makes good.
type corrections struct {
	reader *regrades.Reader
	mu     sync.RWMutex
	known  map[string]standing
	asking singleflight.Group
}

type standing struct {
	by map[lane][]regrade.Correction
	at time.Time
}

type lane struct {
	org      string
	question uuid.UUID
}

func newCorrections(r *regrades.Reader) *corrections {
	return &corrections{reader: r, known: map[string]standing{}}
}

// Standing lists the regrades that stand for a question, for attempts of an environment and organisation.
func (c *corrections) Standing(ctx context.Context, environment, org string, question uuid.UUID) ([]regrade.Correction, error) {
	c.mu.RLock()
	now, known := c.known[environment]
	c.mu.RUnlock()
	if known && time.Since(now.at) < Trusted {
		return now.by[lane{org, question}], nil
	}
	fresh, err, _ := c.asking.Do(environment, func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second) // whoever asks first may give up
		defer cancel()
		list, err := c.reader.Standing(ctx, environment)
		if err != nil {
			return nil, err
		}
		s := standing{by: make(map[lane][]regrade.Correction, len(list)), at: time.Now()}
		for _, one := range list {
			key := lane{one.Org, one.Question}
			s.by[key] = append(s.by[key], one)
		}
		c.mu.Lock()
		c.known[environment] = s
		c.mu.Unlock()
		return s, nil
	})
	if err != nil {
		return nil, err
	}
	return fresh.(standing).by[lane{org, question}], nil
}

package stack

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"qbank/domain/access"
	"qbank/domain/fault"
	"qbank/domain/paper"
	"qbank/internal/checkpoint"
	"qbank/projections/catalog"
	"qbank/projections/items"
)

const (
	maxStock = 500_000 // questions on a shelf, of some 300 bytes each
	// figured is how old figures may be: they move with each answer.
	figured = time.Minute
	// overlap is read again each time, in microseconds: questions are dated by a clock, which may be set back.
	overlap = 10_000_000
)

// shelf is the stock of one scope. What questions are filed under and when they were used is brought up to date by what changed since it was
// read; the rest is read anew after a while.
type shelf struct {
	mu         sync.Mutex
	candidates []paper.Candidate // never written to once they were handed out
	labels     []string          // of the candidates: the authors' estimates
	index      map[uuid.UUID]int
	words      map[string]string // each text once
	newest     int64             // microseconds: the last change in the catalogue that was read
	known                        // what others know
	since      time.Time         // when all of that was read
	looked     int64             // microseconds: when uses were read
	positions  map[string]int64
}

// known is what other read models than the catalogue know of questions.
type known struct {
	facilities map[items.QuestionVersion]items.Facility
	used       map[uuid.UUID]int64 // microseconds
	parents    map[string]string
}

// moving are the read models whose changes are followed; the others are read anew after a while.
var moving, still = []string{"catalog", "delivery", "lessons", "papers"}, []string{"items", "knowledge"}

// read brings the shelf up to date. Whoever comes meanwhile waits, and then finds it so.
func (s *shelf) read(ctx context.Context, st *Stack, scope access.Scope) (paper.Stock, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	positions, err := st.positions(ctx)
	if err != nil {
		return paper.Stock{}, err
	}
	moved := func(model string) bool { return positions[model] != s.positions[model] }
	switch begin := time.Now(); {
	case time.Since(s.since) >= figured:
		err = s.readAll(ctx, st, scope)
		s.since, s.looked, s.positions = begin, begin.UnixMicro(), positions
	case slices.ContainsFunc(moving, moved):
		err = s.readChanges(ctx, st, scope)
		s.looked = begin.UnixMicro()
		for _, model := range moving {
			s.positions[model] = positions[model]
		}
	}
	if err != nil {
		s.since = time.Time{} // half of it may be new: all is read next time
		return paper.Stock{}, err
	}
	return paper.Stock{Candidates: s.candidates, Parents: s.parents, Positions: maps.Clone(s.positions)}, nil
}

// positions tells how far the read models are that candidates are put together from.
func (st *Stack) positions(ctx context.Context) (map[string]int64, error) {
	rows, err := checkpoint.All(ctx, st.Pool, "")
	if err != nil {
		return nil, err
	}
	positions := map[string]int64{}
	for _, model := range slices.Concat(moving, still) {
		positions[model] = 0
		for _, row := range rows {
			if row.Name == model && row.Status == checkpoint.Live && !row.Shadow {
				positions[model] = row.Position
			}
		}
	}
	return positions, nil
}

func (s *shelf) readAll(ctx context.Context, st *Stack, scope access.Scope) error {
	s.known = known{}
	g, inner := errgroup.WithContext(ctx)
	g.Go(func() (err error) { s.facilities, err = st.Items.Facilities(inner, scope); return err })
	g.Go(func() (err error) { s.parents, err = st.Knowledge.Parents(inner, scope.Org); return err })
	g.Go(func() (err error) { s.used, err = st.lastUses(inner, scope, 0); return err })
	if err := g.Wait(); err != nil {
		return err
	}
	if err := s.refile(ctx, st.Catalog, scope.Org); err != nil {
		return err
	}
	for i := range s.candidates {
		s.figure(&s.candidates[i], s.labels[i])
	}
	return nil
}

func (s *shelf) readChanges(ctx context.Context, st *Stack, scope access.Scope) error {
	used, err := st.lastUses(ctx, scope, s.looked-overlap)
	if err != nil {
		return err
	}
	for question, at := range used {
		s.used[question] = max(s.used[question], at)
	}
	if err := s.refile(ctx, st.Catalog, scope.Org); err != nil {
		return err
	}
	for question := range used {
		if at, there := s.index[question]; there {
			s.candidates[at].Used = s.used[question]
		}
	}
	return nil
}

// lastUses tells when questions were used, wherever it was, by what changed since.
func (st *Stack) lastUses(ctx context.Context, scope access.Scope, since int64) (map[uuid.UUID]int64, error) {
	last, err := st.Lessons.LastUses(ctx, scope.Org, since)
	if err != nil {
		return nil, err
	}
	inPapers, err := st.Papers.LastUses(ctx, scope.Org, since)
	if err != nil {
		return nil, err
	}
	released, err := st.Delivery.LastReleases(ctx, scope, since)
	for _, more := range []map[uuid.UUID]int64{inPapers, released} {
		for question, at := range more {
			last[question] = max(last[question], at)
		}
	}
	return last, err
}

// refile takes in what the catalogue says anew, in a copy of what was handed out.
func (s *shelf) refile(ctx context.Context, from *catalog.Reader, org string) error {
	list, labels := slices.Clone(s.candidates), slices.Clone(s.labels)
	drop := func(at int) {
		last := len(list) - 1
		s.index[list[last].Question] = at
		delete(s.index, list[at].Question)
		list[at], labels[at] = list[last], labels[last]
		list, labels = list[:last], labels[:last]
	}
	err := from.Offers(ctx, org, max(0, s.newest-overlap), func(o catalog.Offer) error {
		s.newest = max(s.newest, o.UpdatedAt)
		at, there := s.index[o.Question]
		switch {
		case !o.Open && there:
			drop(at)
		case !o.Open:
		case there:
			list[at], labels[at] = s.kept(o), o.Label
		case len(list) == maxStock:
			return fault.Refuse(fault.Limit, "paper.stock",
				fault.Say("papers are put together from at most %d questions; ask in a part of the organisation", "组卷最多从 %d 道题目中选取，请在下级组织中操作", maxStock))
		default:
			s.index[o.Question] = len(list)
			list, labels = append(list, s.kept(o)), append(labels, o.Label)
		}
		return nil
	})
	if err != nil {
		s.index, s.candidates, s.labels, s.newest = map[uuid.UUID]int{}, nil, nil, 0
		return err
	}
	s.candidates, s.labels = list, labels
	return nil
}

// kept is an offer's candidate, with texts that many share.
func (s *shelf) kept(o catalog.Offer) paper.Candidate {
	c := o.Candidate
	for _, text := range []*string{&c.Type, &c.Subject, &c.Stage, &c.Grade, &c.Chapter, &c.Source} {
		*text = s.word(*text)
	}
	for _, list := range [][]string{c.Tags, c.Points} {
		for i := range list {
			list[i] = s.word(list[i])
		}
	}
	s.figure(&c, o.Label)
	return c
}

func (s *shelf) word(text string) string {
	if known, ok := s.words[text]; ok {
		return known
	}
	s.words[text] = text
	return text
}

// figure tells how hard a candidate is and when it was used.
func (s *shelf) figure(c *paper.Candidate, label string) {
	f := s.facilities[items.QuestionVersion{Question: c.Question, Version: c.Version}]
	c.Difficulty = paper.DifficultyOf(f.Value, f.N, label)
	c.Used = s.used[c.Question]
}

package stack

import (
	"context"
	"slices"
	"sync"

	"github.com/google/uuid"
	lru "github.com/hashicorp/golang-lru/v2"

	"qbank/domain/access"
	"qbank/domain/paper"
	"qbank/domain/roster"
)

// cachedStocks bounds the organisations, each in an environment, whose questions a process keeps.
const cachedStocks = 8

// candidates puts together what papers are chosen from, out of several read models.
type candidates struct {
	*Stack
	known *lru.Cache[access.Scope, *shelf]
	mu    sync.Mutex // between looking for a shelf and adding it
}

func newCandidates(s *Stack) (*candidates, error) {
	known, err := lru.New[access.Scope, *shelf](cachedStocks)
	return &candidates{Stack: s, known: known}, err
}

// Stock returns the questions of an organisation and below that may be chosen, and which of them the audience was given before.
func (c *candidates) Stock(ctx context.Context, scope access.Scope, audience paper.Audience) (paper.Stock, error) {
	stock, err := c.shelf(scope).read(ctx, c.Stack, scope)
	if err == nil {
		stock.Seen, err = c.given(ctx, scope, audience)
	}
	if err == nil {
		stock.Unknown, err = c.unknown(ctx, scope, audience)
	}
	return stock, err
}

// unknown lists the classes that the roster does not have, and the students who neither are on it nor began an attempt: what they have seen is
// not known, which is not the same as nothing.
func (c *candidates) unknown(ctx context.Context, scope access.Scope, audience paper.Audience) (paper.Audience, error) {
	var unknown paper.Audience
	if len(audience.Classes)+len(audience.Students) == 0 {
		return unknown, nil
	}
	persons := make([]uuid.UUID, len(audience.Students))
	for i, student := range audience.Students {
		persons[i] = roster.PersonOf(student)
	}
	known, err := c.Roster.Known(ctx, scope.Org, audience.Classes, persons)
	if err != nil {
		return unknown, err
	}
	tried, err := c.Gradebook.Tried(ctx, scope, persons)
	if err != nil {
		return unknown, err
	}
	for _, class := range audience.Classes {
		if !known[class] {
			unknown.Classes = append(unknown.Classes, class)
		}
	}
	for i, person := range persons {
		if !known[person] && !tried[person] {
			unknown.Students = append(unknown.Students, audience.Students[i])
		}
	}
	return unknown, nil
}

func (c *candidates) shelf(scope access.Scope) *shelf {
	c.mu.Lock()
	defer c.mu.Unlock()
	s, known := c.known.Get(scope)
	if !known {
		s = &shelf{index: map[uuid.UUID]int{}, words: map[string]string{}}
		c.known.Add(scope, s)
	}
	return s
}

// given reads what was given before to the students themselves and to those who are in the classes by now.
func (c *candidates) given(ctx context.Context, scope access.Scope, audience paper.Audience) (map[uuid.UUID]bool, error) {
	if len(audience.Classes)+len(audience.Students) == 0 {
		return nil, nil
	}
	members, err := c.Roster.Students(ctx, scope.Org, audience.Classes)
	if err != nil {
		return nil, err
	}
	students := slices.Clone(audience.Students)
	for _, member := range members {
		students = append(students, member.String())
	}
	return c.Gradebook.Given(ctx, scope, students, audience.Classes)
}

package graphql

import (
	"sync"

	gql "github.com/graphql-go/graphql"

	"qbank/graphql/engine"
	"qbank/projections/read"
)

// pageArgs are the arguments of a connection, and more of the field's own.
func pageArgs(more gql.FieldConfigArgument) gql.FieldConfigArgument { return engine.PageArgs(more) }

// list reads a page of a read model's list. of makes the node of a row.
func list[T any](c call, model string, rows func(read.Page) (read.Rows[T], error), of func(*T) any) (*engine.Connection, error) {
	page, err := engine.ParsePage(c.args)
	if err != nil {
		return nil, err
	}
	if err := c.reads(c.ctx, model); err != nil {
		return nil, err
	}
	connection := &engine.Connection{HasPrevious: page.After != "", HasNext: page.Backward && page.Before != ""}
	if page.Limit == 0 {
		return connection, nil
	}
	wanted := read.Page{First: page.Limit, After: page.After, Before: page.Before}
	if page.Backward {
		wanted.First, wanted.Last = 0, page.Limit
	}
	found, err := rows(wanted)
	if err != nil {
		return nil, err
	}
	connection.Edges = make([]engine.Edge, len(found.Rows))
	if page.Backward {
		connection.HasPrevious = found.Earlier
	} else {
		connection.HasNext = found.More
	}
	for i := range found.Rows {
		connection.Edges[i] = engine.Edge{Cursor: found.Cursors[i], Node: of(&found.Rows[i])}
	}
	return connection, nil
}

// countedList is list for a list that can be counted.
func countedList[T any](c call, model string, rows func(read.Page) (read.Rows[T], error), count func() (int, bool, error), of func(*T) any) (*engine.Connection, error) {
	connection, err := list(c, model, rows, of)
	if err == nil {
		connection.Total = counted(count)
	}
	return connection, err
}

// same is the node of a row that is its own node.
func same[T any](row *T) any { return row }

// counted tells how many there are in all pages, when somebody asks; it counts once.
func counted(count func() (int, bool, error)) func() (any, error) {
	return sync.OnceValues(func() (any, error) {
		n, more, err := count()
		if more {
			n++ // "more than"
		}
		return n, err
	})
}

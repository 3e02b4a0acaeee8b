package graphql

import (
	"sync"

	gql "github.com/graphql-go/graphql"

	"qbank/graphql/engine"
	"qbank/projections/read"
)

// pageArgs are the arguments of a connection that is read forwards, and more of the field's own.
func pageArgs(more gql.FieldConfigArgument) gql.FieldConfigArgument {
	all := gql.FieldConfigArgument{
		"first": arg(gql.Int, "How many, at most 200; 50 where it is not given; 0 for the count alone."),
		"after": arg(gql.String, "Begin behind the edge with this cursor."),
	}
	for name, a := range more {
		all[name] = a
	}
	return all
}

// list reads a page of a read model's list. of makes the node of a row.
func list[T any](c call, model string, rows func(read.Page) (read.Rows[T], error), of func(*T) any) (*engine.Connection, error) {
	page, err := engine.ParsePage(c.args)
	if err != nil {
		return nil, err
	}
	if err := c.reads(c.ctx, model); err != nil {
		return nil, err
	}
	connection := &engine.Connection{HasPrevious: page.After != ""}
	if page.Limit == 0 {
		return connection, nil
	}
	found, err := rows(read.Page{First: page.Limit, After: page.After})
	if err != nil {
		return nil, err
	}
	connection.Edges, connection.HasNext = make([]engine.Edge, len(found.Rows)), found.More
	for i := range found.Rows {
		connection.Edges[i] = engine.Edge{Cursor: found.Cursors[i], Node: of(&found.Rows[i])}
	}
	return connection, nil
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

package engine

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"hash/crc32"
	"slices"

	gql "github.com/graphql-go/graphql"

	"qbank/domain/fault"
)

// MaxPage bounds first and last.
const MaxPage = 200

// DefaultPage is the size of a page where neither first nor last is said.
const DefaultPage = 50

// MaxTotal is where totalCount stops counting.
const MaxTotal = 10_000

// PageArgs are the arguments of a connection, and more of the field's own.
func PageArgs(more gql.FieldConfigArgument) gql.FieldConfigArgument {
	args := gql.FieldConfigArgument{
		"first":  {Type: gql.Int, Description: "How many from the front, at most 200; 50 where neither first nor last is given; 0 for the count alone."},
		"after":  {Type: gql.String, Description: "Begin behind the edge with this cursor."},
		"last":   {Type: gql.Int, Description: "How many from the end, at most 200. Not together with first."},
		"before": {Type: gql.String, Description: "End ahead of the edge with this cursor."},
	}
	for name, arg := range more {
		args[name] = arg
	}
	return args
}

// Page is which part of an ordered list is wanted. A query reads Limit+1 rows between After and Before, beginning from the
// end where Backward is set, and hands them to [Paginate].
type Page struct {
	Limit    int    // 1 … MaxPage, or 0 where the client wants totalCount only
	Backward bool   // the last Limit of the part, not the first
	After    string // cursors; decode them with DecodeCursor
	Before   string
}

// ParsePage reads the arguments of a connection. It refuses with graphql.bad_page.
func ParsePage(args map[string]any) (Page, error) {
	first, hasFirst := args["first"].(int)
	last, hasLast := args["last"].(int)
	p := Page{Limit: DefaultPage}
	switch {
	case hasFirst && hasLast:
		return p, fault.Refuse(fault.Invalid, CodeBadPage, fault.Say("first and last do not go together", "first 与 last 不能同时使用"))
	case hasFirst:
		p.Limit = first
	case hasLast:
		p.Limit, p.Backward = last, true
	}
	if p.Limit < 0 || p.Limit > MaxPage {
		return p, fault.Refuse(fault.Invalid, CodeBadPage, fault.Say(
			"a page has 0 to %d items, not %d", "每页条数应为 0 至 %d，而不是 %d", MaxPage, p.Limit)).With("limit", MaxPage)
	}
	p.After, _ = args["after"].(string)
	p.Before, _ = args["before"].(string)
	return p, nil
}

const maxCursor = 1 << 10

// EncodeCursor makes an opaque cursor of the sort keys of a row. order names the connection and how it is sorted, so that
// a cursor of another list, or of this one sorted otherwise, is noticed. Keys are JSON values; int64 keep their digits.
func EncodeCursor(order string, keys ...any) (string, error) {
	text, err := json.Marshal(keys)
	if err != nil {
		return "", err
	}
	raw := binary.BigEndian.AppendUint32(make([]byte, 0, 4+len(text)), cursorSum(order, text))
	return base64.RawURLEncoding.EncodeToString(append(raw, text...)), nil
}

// DecodeCursor reads the keys of a cursor into pointers, one for each. It refuses with graphql.bad_cursor.
func DecodeCursor(order, cursor string, keys ...any) error {
	bad := fault.Refuse(fault.Invalid, CodeBadCursor, fault.Say(
		"this cursor is not from this list in this order; begin without one", "该游标不属于此列表或此排序，请从头开始"))
	if len(cursor) > maxCursor {
		return bad
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	if err != nil || len(raw) < 4 {
		return bad.Because(err)
	}
	text := raw[4:]
	if binary.BigEndian.Uint32(raw) != cursorSum(order, text) {
		return bad
	}
	var parts []json.RawMessage
	if err := json.Unmarshal(text, &parts); err != nil || len(parts) != len(keys) {
		return bad.Because(err)
	}
	for i, part := range parts {
		if err := json.Unmarshal(part, keys[i]); err != nil || bytes.Equal(part, []byte("null")) { //nolint:gosec // there are as many parts
			return bad.Because(err)
		}
	}
	return nil
}

// cursorSum guards against mistakes, not against malice: keys are only compared with rows that the caller may see anyway.
func cursorSum(order string, text []byte) uint32 {
	return crc32.Update(crc32.ChecksumIEEE([]byte(order+"\x00")), crc32.IEEETable, text)
}

// Connection is a page of a list, as the type that [ConnectionType] makes reads it.
type Connection struct {
	Edges       []Edge
	HasNext     bool
	HasPrevious bool

	// Total counts the whole list when the client asks, at most MaxTotal+1. It may return a thunk of an int. nil answers null.
	Total func() (any, error)

	// Of is whatever the fields that a schema adds to the connection's type want to know, such as the filter of the list.
	Of any
}

// Edge is a row and where it stands.
type Edge struct {
	Cursor string
	Node   any
}

// Paginate makes a page of up to page.Limit+1 rows, read in the direction of the page. keys are the sort keys of a row,
// node is what resolvers get of it.
func Paginate[T any](page Page, order string, rows []T, keys func(T) []any, node func(T) any) (*Connection, error) {
	more := len(rows) > page.Limit
	rows = rows[:min(len(rows), page.Limit)]
	c := &Connection{
		Edges:   make([]Edge, len(rows)),
		HasNext: more, HasPrevious: page.After != "",
	}
	for i, row := range rows {
		cursor, err := EncodeCursor(order, keys(row)...)
		if err != nil {
			return nil, err
		}
		c.Edges[i] = Edge{cursor, node(row)}
	}
	if page.Backward {
		slices.Reverse(c.Edges)
		c.HasNext, c.HasPrevious = page.Before != "", more
	}
	return c, nil
}

// PageInfoType is shared by all connections.
var PageInfoType = gql.NewObject(gql.ObjectConfig{
	Name:        "PageInfo",
	Description: "Where a page of a connection begins and ends.",
	Fields: gql.Fields{
		"hasNextPage": connectionField(gql.NewNonNull(gql.Boolean), "There is more behind this page.",
			func(c *Connection) any { return c.HasNext }),
		"hasPreviousPage": connectionField(gql.NewNonNull(gql.Boolean), "There is more ahead of this page.",
			func(c *Connection) any { return c.HasPrevious }),
		"startCursor": connectionField(gql.String, "The cursor of the first edge.", func(c *Connection) any {
			if len(c.Edges) == 0 {
				return nil
			}
			return c.Edges[0].Cursor
		}),
		"endCursor": connectionField(gql.String, "The cursor of the last edge.", func(c *Connection) any {
			if len(c.Edges) == 0 {
				return nil
			}
			return c.Edges[len(c.Edges)-1].Cursor
		}),
	},
})

// ConnectionType makes the types <name>Connection and <name>Edge. A field of it takes [PageArgs] and returns *Connection.
// Make one for each node type: a schema has one type under a name.
func ConnectionType(name string, node gql.Output) *gql.Object {
	edge := gql.NewObject(gql.ObjectConfig{
		Name:        name + "Edge",
		Description: "A " + name + " and its place in a list.",
		Fields: gql.Fields{
			"cursor": {Type: gql.NewNonNull(gql.String), Description: "For after and before.",
				Resolve: func(p gql.ResolveParams) (any, error) { return p.Source.(*Edge).Cursor, nil }},
			"node": {Type: gql.NewNonNull(node),
				Resolve: func(p gql.ResolveParams) (any, error) { return p.Source.(*Edge).Node, nil }},
		},
	})
	return gql.NewObject(gql.ObjectConfig{
		Name:        name + "Connection",
		Description: "A page of a list of " + name + ".",
		Fields: gql.Fields{
			"edges": connectionField(gql.NewNonNull(gql.NewList(gql.NewNonNull(edge))), "The rows with their cursors.",
				func(c *Connection) any {
					edges := make([]any, len(c.Edges))
					for i := range c.Edges {
						edges[i] = &c.Edges[i]
					}
					return edges
				}),
			"nodes": connectionField(gql.NewNonNull(gql.NewList(gql.NewNonNull(node))), "The rows without their cursors.",
				func(c *Connection) any {
					nodes := make([]any, len(c.Edges))
					for i := range c.Edges {
						nodes[i] = c.Edges[i].Node
					}
					return nodes
				}),
			"pageInfo": connectionField(gql.NewNonNull(PageInfoType), "Where the page begins and ends.",
				func(c *Connection) any { return c }),
			"totalCount": {Type: gql.Int, Description: "How many there are in all pages. Counting stops at 10,000. Null where the list is not one that is counted.",
				Resolve: total(func(n int) any { return min(n, MaxTotal) })},
			"totalCountCapped": {Type: gql.Boolean, Description: "There are more than 10,000. Null where the list is not one that is counted.",
				Resolve: total(func(n int) any { return n > MaxTotal })},
		},
	})
}

func connectionField(t gql.Output, description string, of func(*Connection) any) *gql.Field {
	return &gql.Field{Type: t, Description: description,
		Resolve: func(p gql.ResolveParams) (any, error) { return of(p.Source.(*Connection)), nil }}
}

func total(of func(int) any) gql.FieldResolveFn {
	count := func(v any, err error) (any, error) {
		n, ok := v.(int)
		if err != nil || !ok {
			return nil, err
		}
		return of(n), nil
	}
	return func(p gql.ResolveParams) (any, error) {
		c := p.Source.(*Connection)
		if c.Total == nil {
			return nil, nil
		}
		v, err := c.Total()
		if thunk, ok := v.(func() (any, error)); ok && err == nil {
			return func() (any, error) { return count(thunk()) }, nil
		}
		return count(v, err)
	}
}

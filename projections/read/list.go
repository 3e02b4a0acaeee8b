package read

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"qbank/domain/fault"
)

// MaxPage is how many rows a page has at most.
const MaxPage = 200

const (
	defaultPage = 50
	maxCursor   = 8 << 10 // bytes; a title of 300 characters fits, however it is escaped
)

// Page asks for a piece of a list: of what stands between two rows, the first rows or the last.
type Page struct {
	First  int    // rows from the front, 1 to MaxPage; 0: Last, or 50 where that is 0 too
	Last   int    // rows from the end; not together with First
	After  string // the cursor of the row before; "": from the beginning
	Before string // the cursor of the row behind; "": to the end
}

// Rows is a piece of a list, in the order of the list whichever end it was cut from.
type Rows[T any] struct {
	Rows    []T
	Cursors []string // one for each row
	More    bool     // of a page from the front: there are rows behind the last one, up to Page.Before
	Earlier bool     // of a page from the end: there are rows ahead of the first one, down to Page.After
}

// Kind is what a key consists of.
type Kind uint8

// The kinds of keys.
const (
	Int  Kind = iota // int64
	ID               // uuid.UUID
	Text             // string; the column must be of collation "C"
)

// casts keep a number that somebody wrote into a cursor from being too large for its column.
var casts = [...]string{Int: "?::bigint", ID: "?::uuid", Text: "?::text"}

// Key is a column that rows are ordered by.
type Key struct {
	Column string
	Kind   Kind
}

// Order is a total order of a list: the last key is unique, and none is ever null.
type Order[T any] struct {
	Name string // stands in cursors: one of another order is refused. ASCII
	Desc bool   // of all keys
	Keys []Key
	Of   func(T) []any // the keys of a row
}

// From is where rows come from.
type From[T any] struct {
	Columns string
	Table   string // with joins
	Scan    pgx.RowToFunc[T]
}

// List reads a page. It refuses a page that is too long ("page.size") or a cursor that is not of this order ("page.cursor").
func List[T any](ctx context.Context, db DB, from From[T], where *Where, order Order[T], page Page) (Rows[T], error) {
	var out Rows[T]
	limit, err := page.limit()
	if err != nil {
		return out, err
	}
	where, backward := where.Clone(), page.Last > 0
	if err := errors.Join(order.beyond(where, page.After, order.Desc), order.beyond(where, page.Before, !order.Desc)); err != nil {
		return out, err
	}
	sql := "select " + from.Columns + " from " + from.Table + " where " + where.String() + " order by " + order.by(backward) + " limit " + where.Arg(limit+1)
	rows, err := Query(ctx, db, sql, where.Args()...)
	if err != nil {
		return out, fmt.Errorf("list %s: %w", from.Table, err)
	}
	if out.Rows, err = pgx.CollectRows(rows, from.Scan); err != nil {
		return out, fmt.Errorf("list %s: %w", from.Table, err)
	}
	if len(out.Rows) > limit {
		out.Rows, out.More, out.Earlier = out.Rows[:limit], !backward, backward
	}
	if backward {
		slices.Reverse(out.Rows)
	}
	out.Cursors = make([]string, len(out.Rows))
	for i, row := range out.Rows {
		out.Cursors[i] = order.cursor(row)
	}
	return out, nil
}

// Query plans a statement for its very parameters: one that was planned for any would not know whether a filter leaves ten rows or all.
func Query(ctx context.Context, db DB, sql string, args ...any) (pgx.Rows, error) {
	return db.Query(ctx, sql, append([]any{pgx.QueryExecModeCacheDescribe}, args...)...)
}

// Count counts rows exactly up to a bound; bound + 1 means more.
func Count(ctx context.Context, db DB, table string, where *Where, bound int) (int, error) {
	where = where.Clone()
	sql := "select count(*) from (select from " + table + " where " + where.String() + " limit " + where.Arg(bound+1) + ") counted"
	rows, err := Query(ctx, db, sql, where.Args()...)
	if err != nil {
		return 0, fmt.Errorf("count %s: %w", table, err)
	}
	count, err := pgx.CollectExactlyOneRow(rows, pgx.RowTo[int])
	if err != nil {
		return 0, fmt.Errorf("count %s: %w", table, err)
	}
	return count, nil
}

// Capped counts rows exactly up to a bound; more says that there are more than that.
func Capped(ctx context.Context, db DB, table string, where *Where, bound int) (count int, more bool, err error) {
	count, err = Count(ctx, db, table, where, bound)
	return min(count, bound), count > bound, err
}

func (p Page) limit() (int, error) {
	n := p.First + p.Last
	switch {
	case p.First == 0 && p.Last == 0:
		return defaultPage, nil
	case p.First != 0 && p.Last != 0:
		return 0, fault.Refuse(fault.Invalid, "page.size", fault.Say("a page is the first entries or the last, not both", "每页取最前或最后若干条，不能同时指定"))
	case n < 0 || n > MaxPage:
		return 0, fault.Refuse(fault.Invalid, "page.size", fault.Say("a page has 1 to %d entries", "每页为 1 到 %d 条", MaxPage)).With("max", MaxPage)
	}
	return n, nil
}

func (o Order[T]) by(backward bool) string {
	direction := ""
	if o.Desc != backward {
		direction = " desc"
	}
	columns := make([]string, len(o.Keys))
	for i, key := range o.Keys {
		columns[i] = key.Column + direction
	}
	return strings.Join(columns, ", ")
}

// cursor writes keys as a JSON list of strings: JSON numbers would lose digits in clients that look into cursors. Each row of each list has one, so
// it is put together here, but for texts, which may need escapes.
func (o Order[T]) cursor(row T) string {
	list := strconv.AppendQuote(append(make([]byte, 0, 128), '['), o.Name)
	for _, key := range o.Of(row) {
		list = append(list, `,"`...)
		switch key := key.(type) {
		case int:
			list = strconv.AppendInt(list, int64(key), 10)
		case int64:
			list = strconv.AppendInt(list, key, 10)
		case uuid.UUID:
			list = append(list, key.String()...)
		default:
			text, err := json.Marshal(fmt.Sprint(key))
			if err != nil { // strings can always be written
				panic(err)
			}
			list = append(list, text[1:len(text)-1]...)
		}
		list = append(list, '"')
	}
	return base64.RawURLEncoding.EncodeToString(append(list, ']'))
}

// beyond adds the condition that the keys of rows are greater than those of a cursor, or less.
func (o Order[T]) beyond(where *Where, cursor string, less bool) error {
	if cursor == "" {
		return nil
	}
	keys, ok := o.parse(cursor)
	if !ok {
		return fault.Refuse(fault.Invalid, "page.cursor", fault.Say(
			"this cursor does not belong to this list in this order; begin again without it", "游标与当前列表或排序不符，请去掉游标重新开始"))
	}
	columns, places := make([]string, len(keys)), make([]string, len(keys))
	for i, key := range o.Keys {
		columns[i], places[i] = key.Column, casts[key.Kind]
	}
	sign := " > "
	if less {
		sign = " < "
	}
	where.And("("+strings.Join(columns, ", ")+")"+sign+"("+strings.Join(places, ", ")+")", keys...)
	return nil
}

func (o Order[T]) parse(cursor string) ([]any, bool) {
	var texts []string
	raw, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil || len(cursor) > maxCursor || json.Unmarshal(raw, &texts) != nil || len(texts) != len(o.Keys)+1 || texts[0] != o.Name {
		return nil, false
	}
	keys := make([]any, len(o.Keys))
	for i, key := range o.Keys {
		text := texts[i+1]
		switch key.Kind {
		case Int:
			keys[i], err = strconv.ParseInt(text, 10, 64)
		case ID:
			keys[i], err = uuid.Parse(text)
		case Text:
			keys[i] = text
			if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
				return nil, false
			}
		}
		if err != nil {
			return nil, false
		}
	}
	return keys, true
}

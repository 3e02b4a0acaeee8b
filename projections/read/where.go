package read

import (
	"context"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"qbank/domain/access"
	"qbank/domain/fault"
)

// DB runs queries: a pool or a transaction.
type DB interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// Where is a conjunction of conditions with their parameters. The zero Where is true.
type Where struct {
	conditions []string
	args       []any
}

// And adds a condition. Each ? in it stands for the next of the parameters.
func (w *Where) And(condition string, args ...any) {
	var b strings.Builder
	for _, arg := range args {
		before, after, _ := strings.Cut(condition, "?")
		b.WriteString(before)
		b.WriteString(w.Arg(arg))
		condition = after
	}
	b.WriteString(condition)
	w.conditions = append(w.conditions, "("+b.String()+")")
}

// Or widens what the conditions so far leave by what passes another one.
func (w *Where) Or(condition string) {
	w.conditions = []string{"(" + w.String() + " or (" + condition + "))"}
}

// Arg adds a parameter and returns its place: "$3".
func (w *Where) Arg(arg any) string {
	w.args = append(w.args, arg)
	return "$" + strconv.Itoa(len(w.args))
}

// Args are the parameters so far, to be passed on in this order.
func (w *Where) Args() []any { return w.args }

// String is the condition in SQL.
func (w *Where) String() string {
	if len(w.conditions) == 0 {
		return "true"
	}
	return strings.Join(w.conditions, " and ")
}

// Clone returns a copy that grows apart.
func (w *Where) Clone() *Where {
	return &Where{append([]string(nil), w.conditions...), append([]any(nil), w.args...)}
}

// Within is the condition that an organisation stands at root or below it. The column must be of collation "C": there
// "0" follows "/", so what is below root is a range that an index can find.
func Within(column, root string) *Where {
	w := &Where{}
	w.And(column+" = ? or ("+column+" > ? and "+column+" < ?)", root, root+"/", root+"0")
	return w
}

// InScope is the condition that a row of a table, or of what stands for it in the statement, is of a scope: of its environment, and of its organisation or below.
func InScope(table string, scope access.Scope) *Where {
	w := Within(table+".org", scope.Org)
	w.And(table+".environment = ?", scope.Environment)
	return w
}

// Around is the condition that an organisation stands at another one, below it or above it: what is kept higher up is shared
// with everybody below.
func Around(column, org string) *Where {
	w := Within(column, org)
	w.Or("starts_with(" + w.Arg(org) + ", " + column + " || '/')")
	return w
}

// maxText is how many characters a text may have that somebody looks for.
const maxText = 300

// CheckText refuses a text that the database would trip over, or one that is far too long.
func CheckText(pointer, text string) error {
	if utf8.ValidString(text) && !strings.ContainsRune(text, 0) && utf8.RuneCountInString(text) <= maxText {
		return nil
	}
	message := fault.Say("this must be text of at most %d characters", "应为不超过 %d 个字符的文本", maxText)
	return fault.Refuse(fault.Invalid, "filter.text", message, fault.Problem{Pointer: pointer, Code: "text", Message: message})
}

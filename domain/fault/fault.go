package fault

import (
	"errors"
	"fmt"
)

// Kind sorts faults by what the caller can do about them. Append-only.
type Kind uint8

// The kinds of faults.
const (
	Internal        Kind = iota // a defect of ours; the caller can only report it
	Invalid                     // the input is wrong; Problems say where
	Unauthenticated             // no valid proof of who is calling
	Denied                      // who is calling may not do this
	NotFound                    // there is no such thing, or the caller may not know of it
	Conflict                    // the thing is not in the state the caller believes
	Limit                       // too much: bytes, depth, count, cost or rate
	Unavailable                 // not now; the same call may succeed later
)

var kindNames = [...]string{"internal", "invalid", "unauthenticated", "denied", "not_found", "conflict", "limit", "unavailable"}

// String returns the kind as it stands in logs and metrics.
func (k Kind) String() string { return kindNames[k] }

// Text is a sentence in the languages of the console.
type Text struct {
	EN string `json:"en"`
	ZH string `json:"zh-CN"`
}

// Say makes a Text; args fill the verbs of both sentences, in the same order.
func Say(en, zh string, args ...any) Text {
	if len(args) == 0 {
		return Text{en, zh}
	}
	return Text{fmt.Sprintf(en, args...), fmt.Sprintf(zh, args...)}
}

// In returns the text in a language ("zh-CN", "zh" or anything else for English).
func (t Text) In(locale string) string {
	if len(locale) >= 2 && locale[:2] == "zh" {
		return t.ZH
	}
	return t.EN
}

// Problem is one wrong place in an input.
type Problem struct {
	Pointer string `json:"pointer"` // JSON Pointer (RFC 6901) into the input; "" is the whole
	Code    string `json:"code"`    // stable, such as "required" or "ref.unknown"
	Message Text   `json:"message"` // what is wrong and what to do
}

// Fault is an expected refusal. Make one with Refuse or Cause.
type Fault struct {
	Kind     Kind
	Code     string         // stable, dotted, such as "question.not_approved"
	Message  Text           // safe to show to anybody
	Problems []Problem      // where the input is wrong, if it is
	Details  map[string]any // facts that help the caller to go on, such as the current revision; safe to show
	cause    error          // for logs only
}

// Error returns the code and the English sentence.
func (f *Fault) Error() string {
	if len(f.Problems) == 0 {
		return f.Code + ": " + f.Message.EN
	}
	p := f.Problems[0]
	more := ""
	if n := len(f.Problems) - 1; n > 0 {
		more = fmt.Sprintf(" (and %d more)", n)
	}
	return fmt.Sprintf("%s: %s: at %q: %s%s", f.Code, f.Message.EN, p.Pointer, p.Message.EN, more)
}

// Unwrap returns what lies behind the fault, which is for logs and never for callers.
func (f *Fault) Unwrap() error { return f.cause }

// Refuse makes a fault.
func Refuse(kind Kind, code string, message Text, problems ...Problem) *Fault {
	return &Fault{Kind: kind, Code: code, Message: message, Problems: problems}
}

// With adds a detail and returns the fault.
func (f *Fault) With(key string, value any) *Fault {
	if f.Details == nil {
		f.Details = map[string]any{}
	}
	f.Details[key] = value
	return f
}

// Because keeps the cause for the logs and returns the fault.
func (f *Fault) Because(err error) *Fault {
	f.cause = err
	return f
}

// Of returns the fault in err's chain, or nil where err is a defect (or nil).
func Of(err error) *Fault {
	var f *Fault
	if errors.As(err, &f) {
		return f
	}
	return nil
}

// Is reports whether err is a fault with this code.
func Is(err error, code string) bool {
	f := Of(err)
	return f != nil && f.Code == code
}

package itemstats

import (
	"strings"

	"qbank/domain/scoring"
)

// State says what an attempt has at an item. The numbers are stored: append-only.
type State uint8

// The states. The zero State is not reached.
const (
	NotReached State = iota // nothing here, and nothing later
	Omitted                 // nothing here, but something later: counts 0
	Marked                  // answered, and the mark stands
	Pending                 // answered, and a person has yet to mark it
	Unscored                // answered, and there is nothing to score
)

// Option is something chosen in an answer.
type Option struct {
	Item  string // id of the option or premise; index of the accepted answer, "" where none matched
	Given string // id of the target, for pairs
	Right bool   // whether it is part of the key
}

// Compare orders options by item, target, and whether they are right.
func (o Option) Compare(p Option) int {
	if c := strings.Compare(o.Item, p.Item); c != 0 {
		return c
	}
	if c := strings.Compare(o.Given, p.Given); c != 0 {
		return c
	}
	switch {
	case o.Right == p.Right:
		return 0
	case p.Right:
		return -1
	}
	return 1
}

// Response is what an attempt has at one item.
type Response struct {
	State  State
	Mark   scoring.Mark // where Marked, else 0
	Tries  int          // answers given here, all tries together
	Chosen []Option     // of the answer that counts, each once
}

// Vector is one attempt: its responses in the order of the items.
type Vector []Response

// Total is the sum of the marks. It is not complete while an answer waits for a person.
func (v Vector) Total() (total scoring.Mark, complete bool) {
	complete = true
	for _, r := range v {
		total += r.Mark
		complete = complete && r.State != Pending
	}
	return total, complete
}

// Settle tells what was omitted from what was not reached, once the attempt is over: nothing at an item, with an answer at a later
// one. It changes v and returns it.
func (v Vector) Settle() Vector {
	answered := false
	for i := len(v) - 1; i >= 0; i-- {
		if r := &v[i]; r.State >= Marked {
			answered = true
		} else if answered {
			r.State = Omitted
		} else {
			r.State = NotReached
		}
	}
	return v
}

package scoring

import "qbank/domain/fault"

// Status says whether a result stands. Append-only.
type Status string

// The statuses.
const (
	Scored   Status = "scored"   // Fraction is the result
	Pending  Status = "pending"  // a person has to read it
	Unscored Status = "unscored" // there is nothing to score
)

// Result is what a response deserves.
type Result struct {
	Status   Status   `json:"status"`
	Fraction Fraction `json:"fraction"`        // 1_000_000 is full marks; 0 unless Scored
	Parts    []Part   `json:"parts,omitempty"` // what it is made of, in the order of the response
}

// Part is one piece of a result: a chosen option, a matched answer, a pair. Analysts count by it, and reviewers read why.
type Part struct {
	Item     string   `json:"item"`            // id of the option or premise; index of the accepted answer, "" where none matched
	Given    string   `json:"given,omitempty"` // id of the target, for pairs
	Right    bool     `json:"right"`           // whether it earned something
	Fraction Fraction `json:"fraction"`        // what it earned, before bounds on the sum
}

// Scorer scores responses to one question. It is safe for concurrent use. A nil response is an unanswered question:
// nothing is earned and nobody has to read it. The response must have passed its schema; what is still
// unusable is a fault "scoring.response".
type Scorer interface {
	Score(response any) (Result, error)
}

// Rule is a compiled scoring rule. It is immutable.
type Rule interface {
	// Scored reports whether the rule ever leads to marks: false for surveys.
	Scored() bool
	// Prepare reads what the rule needs from a content that holds its key. The refusal is a fault "scoring.content".
	Prepare(content any) (Scorer, error)
}

func badContent(pointer, en, zh string, args ...any) error {
	return fault.Refuse(fault.Invalid, "scoring.content", fault.Say("the content cannot be scored", "题目内容无法判分"),
		fault.Problem{Pointer: pointer, Code: "scoring.content", Message: fault.Say(en, zh, args...)})
}

func badResponse(pointer, en, zh string, args ...any) error {
	return fault.Refuse(fault.Invalid, "scoring.response", fault.Say("the response cannot be scored", "作答无法判分"),
		fault.Problem{Pointer: pointer, Code: "scoring.response", Message: fault.Say(en, zh, args...)})
}

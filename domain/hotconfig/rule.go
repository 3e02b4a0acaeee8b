package hotconfig

import (
	"encoding/json"
	"strconv"

	"qbank/domain/bucketing"
	"qbank/domain/fault"
	"qbank/domain/qtype"
	"qbank/domain/targeting"
	"qbank/domain/text"
)

const maxShares = 20

// Rule gives those whom it matches a value, or one of several by shares.
type Rule struct {
	targeting.Clause                 // whom it is for; without names and condition, everybody
	Value            json.RawMessage `json:"value,omitempty"` // either this
	Split            []Share         `json:"split,omitempty"` // or these
	Until            int64           `json:"until,omitempty"` // microseconds since 1970 UTC; from then on it is as if it were not there; 0: it stays
	Note             string          `json:"note,omitempty"`
}

// Share is a value for a part of the students.
type Share struct {
	Weight int             `json:"weight"` // out of the sum of all
	Value  json.RawMessage `json:"value"`
}

// everybody is the condition of a rule that has none.
const everybody = "true"

func (r Rule) clause() targeting.Clause {
	if len(r.Students)+len(r.Classes) == 0 && r.When == "" {
		return targeting.Clause{When: everybody}
	}
	return r.Clause
}

// checkRules lists what is wrong with rules, and writes their values in canonical form.
func checkRules(schema qtype.Schema, rules []Rule) []fault.Problem {
	clauses := make([]targeting.Clause, len(rules))
	for i, rule := range rules {
		clauses[i] = rule.clause()
	}
	_, problems := targeting.Compile(clauses)
	for i := range problems {
		problems[i].Pointer = "/rules" + problems[i].Pointer
	}
	if len(rules) > targeting.MaxClauses {
		return problems
	}
	for i := range rules {
		problems = append(problems, rules[i].check(schema, "/rules/"+strconv.Itoa(i))...)
	}
	return problems
}

func (r *Rule) check(schema qtype.Schema, at string) []fault.Problem {
	problems := text.Check(at+"/note", r.Note, 0, text.Note)
	wrong := func(field, code string, message fault.Text) {
		problems = append(problems, fault.Problem{Pointer: at + field, Code: code, Message: message})
	}
	if r.Out {
		wrong("/out", "unknown", fault.Say("a rule of a configuration lets nobody out; give those another value by a rule before it", "配置规则不能排除学生；请在其前用另一条规则给出其他值"))
	}
	if r.Until < 0 {
		wrong("/until", "range", fault.Say("an instant after 1970", "应为 1970 年之后的时刻"))
	}
	if (len(r.Value) > 0) == (len(r.Split) > 0) {
		wrong("", "one_of", fault.Say("a rule has a value or shares: one of the two", "规则应给出一个值或若干份额，二者选一"))
		return problems
	}
	if len(r.Value) > 0 {
		return append(problems, fits(schema, &r.Value, at+"/value")...)
	}
	if len(r.Split) > maxShares {
		wrong("/split", "max_items", fault.Say("at most %d shares", "最多 %d 个份额", maxShares))
		return problems
	}
	total := 0
	for i := range r.Split {
		share := "/split/" + strconv.Itoa(i)
		if r.Split[i].Weight < 0 || r.Split[i].Weight > bucketing.MaxTotal/maxShares {
			wrong(share+"/weight", "range", fault.Say("0 to %d", "应为 0 到 %d", bucketing.MaxTotal/maxShares))
			continue
		}
		total += r.Split[i].Weight
		problems = append(problems, fits(schema, &r.Split[i].Value, at+share+"/value")...)
	}
	if total == 0 {
		wrong("/split", "weights", fault.Say("some share needs a weight", "至少一个份额须有权重"))
	}
	return problems
}

package lesson

import (
	"slices"
	"strconv"

	"github.com/google/uuid"

	"qbank/domain/fault"
	"qbank/domain/scoring"
	"qbank/domain/text"
)

// Draw is questions of which each student gets some of their own.
type Draw struct {
	ID    string       `json:"id"`    // stable and unique in the lesson
	Count int          `json:"count"` // how many a student gets
	Max   scoring.Mark `json:"max"`   // marks for a full answer to one of them
	Pool  []Pooled     `json:"pool"`
}

// Pooled is a question that may be drawn.
type Pooled struct {
	Question uuid.UUID `json:"question"`
	Version  int       `json:"version"` // exact in a published lesson; in a draft 0 means the newest
}

// The bounds of draws.
const (
	MaxDraws = 100
	MaxPool  = 2_000
)

// Slot names the place of the n-th drawn question, from 1.
func (d Draw) Slot(n int) Slot { return Slot(d.ID + "." + strconv.Itoa(n)) }

// PoolSlot is what a release freezes the questions of the pool under. No place of a lesson has such a name.
func (d Draw) PoolSlot() Slot { return Slot(d.ID + ".*") }

func checkDraws(p Plan) (problems []fault.Problem) {
	wrong := func(pointer, code string, message fault.Text) {
		problems = append(problems, fault.Problem{Pointer: pointer, Code: code, Message: message})
	}
	if len(p.Draws) > MaxDraws {
		wrong("/draws", "max_items", fault.Say("at most %d draws", "最多 %d 个抽题", MaxDraws))
		return problems
	}
	taken := make(map[Slot]bool, len(p.Items))
	for _, item := range p.Items {
		taken[item.Slot] = true
	}
	total, ids := len(p.Items), map[string]bool{}
	for i, d := range p.Draws {
		at := "/draws/" + strconv.Itoa(i)
		if ids[d.ID] || len(text.Check("", d.ID, 1, maxID-5)) > 0 { // the names of its places are longer
			wrong(at+"/id", "unique", fault.Say("this needs an id of its own, 1 to %d characters", "需要唯一的 id（1 到 %d 个字符）", maxID-5))
			continue
		}
		ids[d.ID] = true
		if len(d.Pool) > MaxPool {
			wrong(at+"/pool", "max_items", fault.Say("at most %d questions", "最多 %d 道题目", MaxPool))
			continue
		}
		if d.Count < 1 || d.Count > len(d.Pool) {
			wrong(at+"/count", "range", fault.Say("1 to as many as the pool has: %d", "应为 1 到题池的题数：%d", len(d.Pool)))
			continue
		}
		if d.Max < 0 || d.Max > maxMark {
			wrong(at+"/max", "range", fault.Say("marks from 0 to 10000", "分值应为 0 到 10000"))
		}
		if total += d.Count; total > MaxItems {
			wrong(at+"/count", "max_items", fault.Say("at most %d questions for a student", "每个学生最多 %d 道题目", MaxItems))
			return problems
		}
		for n := 1; n <= d.Count; n++ {
			if taken[d.Slot(n)] {
				wrong(at+"/id", "unique", fault.Say("the lesson has a place %q already", "讲次中已有位置 %q", d.Slot(n)))
			}
			taken[d.Slot(n)] = true
		}
		problems = append(problems, checkPool(at, d.Pool)...)
	}
	return problems
}

func checkPool(at string, pool []Pooled) (problems []fault.Problem) {
	seen := make(map[uuid.UUID]bool, len(pool))
	for i, q := range pool {
		here := at + "/pool/" + strconv.Itoa(i)
		if seen[q.Question] {
			problems = append(problems, fault.Problem{Pointer: here + "/question", Code: "unique",
				Message: fault.Say("the question is in the pool already", "该题目已在题池中")})
		}
		seen[q.Question] = true
		if q.Version < 0 {
			problems = append(problems, fault.Problem{Pointer: here + "/version", Code: "range",
				Message: fault.Say("a version is 1 or more, or 0 for the newest", "版本号应不小于 1，0 表示最新")})
		}
	}
	return problems
}

// Frozen lists the places that a release freezes of a plan: its items, and the questions of its pools as places named by their draws.
func (p Plan) Frozen() []Item {
	items := slices.Clone(p.Items)
	for _, draw := range p.Draws {
		for _, question := range draw.Pool {
			items = append(items, Item{Slot: draw.PoolSlot(), Question: question.Question, Version: question.Version})
		}
	}
	return items
}

package lesson

import (
	"strconv"

	"github.com/google/uuid"

	"qbank/domain/fault"
	"qbank/domain/scoring"
	"qbank/domain/text"
)

// Draw is a pool that each student gets some questions of, by the seed of the attempt.
type Draw struct {
	ID    string       `json:"id"`
	Count int          `json:"count"`
	Max   scoring.Mark `json:"max"` // marks for a full answer to each
	Pool  []Drawable   `json:"pool"`
}

// Drawable is a version of a question that may be drawn.
type Drawable struct {
	Question uuid.UUID `json:"question"`
	Version  int       `json:"version"` // exact
}

// The bounds of draws.
const (
	maxDraws  = 50
	maxPool   = 2000 // of all draws
	maxDrawID = 48   // characters: with a number it makes a slot
)

// Slot is the place of the n-th question that was drawn, from 1.
func (d Draw) Slot(n int) Slot { return Slot(d.ID + "." + strconv.Itoa(n)) }

// checkDraws lists what is wrong with the draws beside the items.
func checkDraws(draws []Draw, items []Item) (problems []fault.Problem) {
	wrong := func(pointer, code string, text fault.Text) {
		problems = append(problems, fault.Problem{Pointer: pointer, Code: code, Message: text})
	}
	if len(draws) > maxDraws {
		wrong("/draws", "max_items", fault.Say("at most %d draws", "最多 %d 个抽题组", maxDraws))
		return problems
	}
	slots, asked, pooled := make(map[Slot]bool, len(items)), len(items), 0
	for _, item := range items {
		slots[item.Slot] = true
	}
	ids := map[string]bool{}
	for i, d := range draws {
		at := "/draws/" + strconv.Itoa(i)
		if ids[d.ID] || len(text.Check("", d.ID, 1, maxDrawID)) > 0 {
			wrong(at+"/id", "unique", fault.Say("each draw needs an id of its own, 1 to %d characters", "每个抽题组需要唯一的标识（1 到 %d 个字符）", maxDrawID))
		}
		ids[d.ID] = true
		if d.Max < 0 || d.Max > maxMark {
			wrong(at+"/max", "range", fault.Say("marks from 0 to 10000", "分值应为 0 到 10000"))
		}
		if d.Count < 1 || d.Count > len(d.Pool) {
			wrong(at+"/count", "range", fault.Say("1 to as many as the pool has, which is %d", "应为 1 到题池的题目数 %d", len(d.Pool)))
			continue
		}
		for n := range d.Count {
			if slots[d.Slot(n+1)] {
				wrong(at+"/id", "unique", fault.Say("the place %q is taken", "位置 %q 已被占用", d.Slot(n+1)))
			}
			slots[d.Slot(n+1)] = true
		}
		for k, question := range d.Pool {
			if question.Version < 1 {
				wrong(at+"/pool/"+strconv.Itoa(k)+"/version", "range", fault.Say("an exact version, 1 or more", "需要不小于 1 的确切版本号"))
			}
		}
		asked, pooled = asked+d.Count, pooled+len(d.Pool)
	}
	if asked > MaxItems {
		wrong("/draws", "max_items", fault.Say("a student gets at most %d questions", "每位学生最多 %d 道题目", MaxItems))
	}
	if pooled > maxPool {
		wrong("/draws", "max_items", fault.Say("at most %d questions to draw from", "最多 %d 道待抽题目", maxPool))
	}
	return problems
}

// drawsUsable lists the questions of pools that cannot be used: newest is as in Publish.
func drawsUsable(draws []Draw, newest map[uuid.UUID]int) (problems []fault.Problem) {
	for i, d := range draws {
		for k, question := range d.Pool {
			at := "/draws/" + strconv.Itoa(i) + "/pool/" + strconv.Itoa(k)
			latest, published := newest[question.Question]
			if !published {
				problems = append(problems, fault.Problem{Pointer: at + "/question", Code: "not_published",
					Message: fault.Say("the question is not published or is retired", "题目未发布或已停用")})
			} else if question.Version > latest {
				problems = append(problems, fault.Problem{Pointer: at + "/version", Code: "unknown",
					Message: fault.Say("the question has no version %d", "题目没有第 %d 版", question.Version)})
			}
		}
	}
	return problems
}

// Questions lists the questions that the plan may ask: its items' and those of its pools.
func (p Plan) Questions() []uuid.UUID {
	ids := make([]uuid.UUID, 0, len(p.Items))
	for _, item := range p.Items {
		ids = append(ids, item.Question)
	}
	for _, d := range p.Draws {
		for _, question := range d.Pool {
			ids = append(ids, question.Question)
		}
	}
	return ids
}

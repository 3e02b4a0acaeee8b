package paper

import (
	"strconv"

	"github.com/google/uuid"

	"qbank/domain/fault"
	"qbank/domain/scoring"
	"qbank/domain/text"
)

// Tidy returns the plan with empty lists where there were none, or says what is out of bounds. A draft need not be complete: see
// Problems.
func (p Plan) Tidy() (Plan, error) {
	c := &check{ids: map[string]bool{}}
	c.text("/title", p.Title, 1, text.Title)
	c.total("/total", p.Total)
	if p.Duration < 0 || p.Duration > maxDuration {
		c.wrong("/duration", "range", fault.Say("0 to %d milliseconds, a week", "应为 0 到 %d 毫秒（一周）", maxDuration))
	}
	c.constraints("/constraints", p.Constraints)
	if len(p.Sections) > maxSections {
		c.wrong("/sections", "max_items", fault.Say("at most %d sections", "最多 %d 个部分", maxSections))
		return p, c.refusal()
	}
	sections := make([]Section, len(p.Sections))
	for i, s := range p.Sections {
		if s.Items == nil {
			s.Items = []Item{}
		}
		c.section("/sections/"+strconv.Itoa(i), s)
		sections[i] = s
	}
	p.Sections = sections
	return p, c.refusal()
}

// check collects what is wrong with a plan.
type check struct {
	ids                  map[string]bool // with what they are of before them
	items, pools, pooled int
	problems             []fault.Problem
}

func (c *check) wrong(pointer, code string, message fault.Text) {
	c.problems = append(c.problems, fault.Problem{Pointer: pointer, Code: code, Message: message})
}

func (c *check) text(pointer, line string, shortest, longest int) {
	c.problems = append(c.problems, text.Check(pointer, line, shortest, longest)...)
}

func (c *check) refusal() error {
	if len(c.problems) == 0 {
		return nil
	}
	return fault.Refuse(fault.Invalid, "paper.invalid", fault.Say("the paper is not valid", "试卷无效"), c.problems...)
}

// id takes an id, which nothing else of its kinds may have. Draws are told apart from sections, which are assembled as they are, and from
// questions, which stand beside them in a lesson.
func (c *check) id(pointer, id string, longest int, kinds ...string) {
	taken := false
	for _, kind := range kinds {
		taken = taken || c.ids[kind+" "+id]
		c.ids[kind+" "+id] = true
	}
	if taken || len(text.Check("", id, 1, longest)) > 0 {
		c.wrong(pointer, "unique", fault.Say("an id of its own is needed, 1 to %d characters", "需要唯一的标识（1 到 %d 个字符）", longest))
	}
}

func (c *check) mark(pointer string, mark scoring.Mark) {
	if mark < 0 || mark > maxMark {
		c.wrong(pointer, "range", fault.Say("marks from 0 to 10000", "分值应为 0 到 10000"))
	}
}

func (c *check) total(pointer string, total scoring.Mark) {
	if total < 0 || total > maxTotal {
		c.wrong(pointer, "range", fault.Say("marks from 0 to 1000000", "总分应为 0 到 1000000"))
	}
}

func (c *check) version(pointer string, version int) {
	if version < 0 {
		c.wrong(pointer, "range", fault.Say("a version is 1 or more, or 0 for the newest", "版本号应不小于 1，0 表示最新"))
	}
}

func (c *check) section(at string, s Section) {
	c.id(at+"/id", s.ID, maxID, "section")
	c.text(at+"/title", s.Title, 0, text.Title)
	c.text(at+"/instructions", s.Instructions, 0, text.Note)
	c.total(at+"/total", s.Total)
	c.blueprint(at+"/blueprint", s.Blueprint)
	if c.items += len(s.Items); c.items > maxItems {
		c.wrong(at+"/items", "max_items", fault.Say("a paper has at most %d questions", "试卷最多 %d 道题目", maxItems))
		return
	}
	for i, item := range s.Items {
		at := at + "/items/" + strconv.Itoa(i)
		c.id(at+"/id", string(item.Slot), maxSlot, "slot")
		c.version(at+"/version", item.Version)
		c.mark(at+"/max", item.Max)
	}
	if c.pools += len(s.Pools); c.pools > maxPools {
		c.wrong(at+"/draws", "max_items", fault.Say("a paper has at most %d draws", "试卷最多 %d 个抽题组", maxPools))
		return
	}
	for i, pool := range s.Pools {
		c.pool(at+"/draws/"+strconv.Itoa(i), pool)
	}
}

func (c *check) pool(at string, pool Pool) {
	c.id(at+"/id", pool.ID, maxID, "section", "slot")
	c.mark(at+"/max", pool.Max)
	if pool.Count < 1 || pool.Count > maxItems {
		c.wrong(at+"/count", "range", fault.Say("1 to %d questions are drawn", "应抽取 1 到 %d 道题目", maxItems))
	}
	c.blueprint(at+"/blueprint", pool.Blueprint)
	if c.pooled += len(pool.Questions); c.pooled > maxPooled {
		c.wrong(at+"/pool", "max_items", fault.Say("a paper has at most %d questions to draw from", "试卷最多 %d 道待抽题目", maxPooled))
		return
	}
	for i, ref := range pool.Questions {
		c.version(at+"/pool/"+strconv.Itoa(i)+"/version", ref.Version)
	}
}

// Problems lists what keeps the plan from being published, whatever its questions.
func (p Plan) Problems() []fault.Problem {
	c := &check{}
	drawn := 0
	seen := map[uuid.UUID]bool{}
	once := func(pointer string, question uuid.UUID) {
		if seen[question] {
			c.wrong(pointer, "duplicate", fault.Say("the question stands in this paper already", "该题目在本试卷中重复出现"))
		}
		seen[question] = true
	}
	if len(p.Sections) == 0 {
		c.wrong("/sections", "min_items", fault.Say("a paper needs at least one section", "试卷至少需要一个部分"))
	}
	for i, s := range p.Sections {
		at := "/sections/" + strconv.Itoa(i)
		if len(s.Items)+len(s.Pools) == 0 {
			c.wrong(at+"/items", "min_items", fault.Say("the section is empty", "该部分没有题目"))
		}
		for j, item := range s.Items {
			once(at+"/items/"+strconv.Itoa(j)+"/question", item.Question)
		}
		for j, pool := range s.Pools {
			at := at + "/draws/" + strconv.Itoa(j)
			drawn += pool.Count
			if pool.Count > len(pool.Questions) {
				c.wrong(at+"/count", "too_many", fault.Say("%d are drawn from a pool of %d", "要从 %[2]d 道题中抽取 %[1]d 道", pool.Count, len(pool.Questions)))
			}
			for k, ref := range pool.Questions {
				once(at+"/pool/"+strconv.Itoa(k)+"/id", ref.Question)
			}
		}
		c.adds(at+"/total", s.Total, s.Marks())
		drawn += len(s.Items)
	}
	if drawn > maxItems {
		c.wrong("/sections", "max_items", fault.Say("a student gets at most %d questions", "每位学生最多 %d 道题目", maxItems))
	}
	c.adds("/total", p.Total, p.Marks())
	return c.problems
}

// adds compares a declared total with what stands there.
func (c *check) adds(pointer string, declared, sum scoring.Mark) {
	if declared != 0 && declared != sum {
		c.wrong(pointer, "total", fault.Say("%s marks are declared, the questions add up to %s", "声明总分 %s，题目合计 %s", marks(declared), marks(sum)))
	}
}

// marks writes an amount for people: "2.5".
func marks(m scoring.Mark) string {
	return strconv.FormatFloat(float64(m)/float64(scoring.OneMark), 'f', -1, 64)
}

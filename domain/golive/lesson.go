package golive

import (
	"slices"
	"strings"

	"github.com/google/uuid"

	"qbank/domain/environment"
	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/lesson"
	"qbank/domain/release"
	"qbank/domain/workflow"
)

// lesson decides what goes live of a lesson.
func (m *maker) lesson(l Lesson, used map[uuid.UUID]bool) {
	if l.State.Retired {
		m.gap("lesson.retired", true, OfLesson, l.ID, fault.Say("the lesson is retired", "讲次已停用"))
		return
	}
	if l.Taken != uuid.Nil {
		m.gap("lesson.taken", true, OfLesson, l.ID, fault.Say("the release %s has this lesson; complete it or roll it back first", "发布 %s 正占用该讲次，请先完成或回滚", l.Taken))
	}
	version, plan, there := m.version(l)
	if !there {
		return
	}
	if plan.Repeats() {
		m.gap("lesson.reveals_early", false, OfLesson, l.ID, fault.Say("solutions are shown after each attempt, also while there are more; reveal AFTER_LAST, or allow 1 attempt",
			"每次作答后即显示答案，而学生仍可再次作答；请改为 AFTER_LAST（最后一次后公布），或只允许作答 1 次"))
	}
	frozen := m.frozen(plan)
	for _, f := range frozen {
		if kind := m.next[f.Question]; kind == "" || f.Version > m.facts.Questions[f.Question].State.Latest {
			used[f.Question] = true
		}
		m.place(f)
	}
	set := release.Lesson{Lesson: l.ID, Org: l.State.Org, Version: version, Questions: frozen}
	if l.Live != nil && environment.HashOf(l.Live.Version, l.Live.Questions) == environment.HashOf(version, frozen) {
		return
	}
	m.plan.Set = append(m.plan.Set, set)
	m.plan.Changes = append(m.plan.Changes, l.change(plan.Title, set))
}

// version is the version of a lesson that goes live: the newest there is, or the one that its draft becomes.
func (m *maker) version(l Lesson) (version int, plan lesson.Plan, there bool) {
	s := l.State
	locked := len(s.Locks) > 0
	s.Locks = nil // a lock is in the way only where there is something to publish
	events, err := s.Publish(m.newest(s.Plan.Questions()))
	never := s.Latest == 0
	if err == nil && len(events) == 0 {
		return s.Latest, s.Newest, true
	}
	refused := func(code string, message fault.Text) (int, lesson.Plan, bool) {
		m.gap(code, never, OfLesson, l.ID, message)
		return s.Latest, s.Newest, !never
	}
	published, _ := first(events).(lesson.Published)
	switch f := fault.Of(err); {
	case f == nil && !never && m.corrected(published.Plan).Hash() == m.corrected(s.Newest).Hash():
		return s.Latest, s.Newest, true // errata reach it without another version
	case f != nil:
		message := f.Message
		if len(f.Problems) > 0 {
			p := f.Problems[0]
			message = fault.Text{EN: message.EN + "; " + p.Pointer + ": " + p.Message.EN, ZH: message.ZH + "；" + p.Pointer + "：" + p.Message.ZH}
		}
		return refused("lesson.unpublishable", message)
	case !m.ask.Publish:
		return refused("lesson.unpublished", fault.Say("its draft is not what was published last", "草稿与已发布的版本不同"))
	case locked: // what is asked for is not to be had
		m.gap("lesson.locked", true, OfLesson, l.ID, fault.Say("it is locked before class, and its draft would become another version; request a change",
			"讲次已锁课，而草稿会成为新的版本；请提交临调申请"))
		return s.Latest, s.Newest, true
	case s.Agreed(l.Review) != nil:
		return refused("lesson.not_approved", fault.Say("its reviewers have not agreed to the draft", "讲次草稿未经审核通过"))
	case len(l.Files) > 0:
		p := l.Files[0]
		return refused("lesson.file_missing", fault.Text{EN: "files that its stages name are missing or not what it says; " + p.Pointer + ": " + p.Message.EN,
			ZH: "环节引用的文件缺失或与其描述不符；" + p.Pointer + "：" + p.Message.ZH})
	}
	m.plan.Publications = append(m.plan.Publications, Publication{Kind: OfLesson, ID: l.ID, From: s.Latest, To: published.Version, Hash: published.Plan.Hash()})
	return published.Version, published.Plan, true
}

// corrected is a plan with the versions that its questions get.
func (m *maker) corrected(plan lesson.Plan) lesson.Plan {
	frozen := m.frozen(plan)
	plan.Items = slices.Clone(plan.Items)
	for i := range plan.Items {
		plan.Items[i].Version, frozen = frozen[0].Version, frozen[1:]
	}
	plan.Draws = slices.Clone(plan.Draws)
	for i := range plan.Draws {
		plan.Draws[i].Pool = slices.Clone(plan.Draws[i].Pool)
		for n := range plan.Draws[i].Pool {
			plan.Draws[i].Pool[n].Version, frozen = frozen[0].Version, frozen[1:]
		}
	}
	return plan
}

func first(events []event.Event) event.Event {
	if len(events) == 0 {
		return nil
	}
	return events[0]
}

// newest is the newest version of each question once all is published; its absence where it cannot be used.
func (m *maker) newest(ids []uuid.UUID) map[uuid.UUID]int {
	newest := make(map[uuid.UUID]int, len(ids))
	for _, id := range ids {
		q, known := m.facts.Questions[id]
		if version := q.newest(m.next[id] != ""); known && version > 0 && q.State.State != workflow.Retired {
			newest[id] = version
		}
	}
	return newest
}

// frozen is the version that each place of a plan gets.
func (m *maker) frozen(plan lesson.Plan) []environment.Frozen {
	places := plan.Frozen()
	frozen := make([]environment.Frozen, len(places))
	for i, item := range places {
		version := m.facts.Questions[item.Question].corrected(item.Version, m.next[item.Question])
		frozen[i] = environment.Frozen{Slot: string(item.Slot), Question: item.Question, Version: version}
	}
	return frozen
}

// place says what is missing of a question that goes live.
func (m *maker) place(f environment.Frozen) {
	q, id := m.facts.Questions[f.Question], f.Question
	if q.State.Latest > 0 && q.State.Draft.Hash != q.State.Published && !slices.Contains(m.ask.Questions, id) {
		m.gap("question.draft", false, OfQuestion, id, fault.Say("its draft goes on from the version that goes live", "草稿已有未发布的修改"))
	}
	if m.facts.Down != nil && m.facts.Down(id, f.Version) {
		m.gap("question.taken_down", false, OfQuestion, id, fault.Say("it is taken down here: its place stays empty", "该题在此环境已下架，其位置将为空"))
	}
	if engine := m.facts.Environment.Engine; engine != "" && q.Engine != "" && !Supports(q.Engine, engine) {
		m.gap("question.engine", true, OfQuestion, id, fault.Say("its type needs a runtime %s; clients here have %s", "题型需要运行时 %s，此环境客户端为 %s", q.Engine, engine))
	}
	var lacking []string
	for _, locale := range m.facts.Environment.Locales {
		if !slices.Contains(q.Locales, locale) {
			lacking = append(lacking, locale)
		}
	}
	if len(lacking) > 0 {
		m.gap("question.locale", false, OfQuestion, id, fault.Say("its type is not translated to %s", "题型缺少语言：%s", strings.Join(lacking, ", ")))
	}
	if q.State.Latest == 0 && m.next[id] == "" {
		m.gap("question.never_published", true, OfQuestion, id, fault.Say("it was never published", "题目从未发布"))
	}
}

// change tells what becomes different of a lesson. A place is known by its slot; one of a pool, of which there are several, by its question too.
func (l Lesson) change(title string, to release.Lesson) Change {
	c := Change{Lesson: l.ID, Title: title, To: to.Version, By: l.By, Touched: l.Touched}
	var before []environment.Frozen
	if l.Live != nil {
		c.From, before = l.Live.Version, l.Live.Questions
	}
	pools := map[string]bool{}
	for _, list := range [][]environment.Frozen{before, to.Questions} {
		seen := map[string]bool{}
		for _, f := range list {
			pools[f.Slot] = pools[f.Slot] || seen[f.Slot]
			seen[f.Slot] = true
		}
	}
	type place struct {
		slot     string
		question uuid.UUID
	}
	at := func(f environment.Frozen) place {
		if pools[f.Slot] {
			return place{f.Slot, f.Question}
		}
		return place{slot: f.Slot}
	}
	live := map[place]environment.Frozen{}
	for _, f := range before {
		live[at(f)] = f
	}
	for _, f := range to.Questions {
		had := live[at(f)]
		delete(live, at(f))
		if had != f {
			c.Places = append(c.Places, PlaceChange{Slot: f.Slot, Before: had.Question, From: had.Version, After: f.Question, To: f.Version})
		}
	}
	for _, f := range before {
		if _, left := live[at(f)]; left {
			c.Places = append(c.Places, PlaceChange{Slot: f.Slot, Before: f.Question, From: f.Version})
		}
	}
	return c
}

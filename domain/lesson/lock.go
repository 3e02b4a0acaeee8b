package lesson

import (
	"slices"

	"github.com/google/uuid"

	"qbank/domain/cue"
	"qbank/domain/environment"
	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/text"
)

// Lock keeps a published version as it is before class (锁课), for an environment's use. While there is one, the lesson changes by
// approved requests alone (临调).
type Lock struct {
	Environment environment.Name `json:"environment"`
	Version     int              `json:"version"`
}

// Locked keeps a published version as it is.
type Locked struct {
	Lock
	Note string `json:"note,omitempty"`
}

// Unlocked lets the lesson change again, as far as that environment goes. The last one closes the requests that are open.
type Unlocked struct {
	Environment environment.Name `json:"environment"`
	Reason      string           `json:"reason"`
}

// ChangeRequested asks for a change of a locked lesson: a plan, made from the draft as it was at a revision.
type ChangeRequested struct {
	Change Change `json:"change"`
}

// Change is a request that is open.
type Change struct {
	ID     uuid.UUID `json:"id"`
	From   int       `json:"from"` // the revision at which the draft is what the plan was made from
	Plan   Plan      `json:"plan"`
	By     string    `json:"by"`
	Reason string    `json:"reason"`
}

// ChangeApproved lets a change happen. The draft and a new version with it follow in the same unit.
type ChangeApproved struct {
	Change     uuid.UUID `json:"change"`
	By         string    `json:"by"`
	Note       string    `json:"note,omitempty"`
	Downloaded *int      `json:"downloaded,omitempty"` // manifests of the locked version that had been served by then; missing where nobody counted
}

// ChangeDeclined closes a request without a change.
type ChangeDeclined struct {
	Change uuid.UUID `json:"change"`
	By     string    `json:"by"`
	Reason string    `json:"reason"`
}

// Name returns the event's type.
func (Locked) Name() string { return "lesson.locked" }

// Name returns the event's type.
func (Unlocked) Name() string { return "lesson.unlocked" }

// Name returns the event's type.
func (ChangeRequested) Name() string { return "lesson.change_requested" }

// Name returns the event's type.
func (ChangeApproved) Name() string { return "lesson.change_approved" }

// Name returns the event's type.
func (ChangeDeclined) Name() string { return "lesson.change_declined" }

// MaxChanges bounds the requests of a lesson that are open at once.
const MaxChanges = 20

// Lock keeps the newest version, which the draft must be: what is locked is what a change starts from. version 0 is the newest.
func (l Lesson) Lock(env environment.Name, version int, note string) ([]event.Event, error) {
	if err := l.alive(); err != nil {
		return nil, err
	}
	if err := env.Check(); err != nil {
		return nil, err
	}
	if err := text.CheckNote("/note", note); err != nil {
		return nil, err
	}
	switch {
	case l.Latest == 0:
		return nil, fault.Refuse(fault.Conflict, "lesson.not_published", fault.Say("publish the lesson first", "请先发布讲次"))
	case version != 0 && version != l.Latest:
		return nil, fault.Refuse(fault.Conflict, "lesson.not_newest", fault.Say("the newest version, %d, is the one to lock", "只能锁定最新的第 %d 版", l.Latest)).
			With("version", l.Latest)
	case l.settled().Hash() != l.Newest.Hash():
		return nil, fault.Refuse(fault.Conflict, "lesson.unpublished_changes",
			fault.Say("the draft has changes that are not published; publish them or take them back", "草稿有未发布的修改，请先发布或撤回"))
	}
	if i := l.lockIn(env); i >= 0 {
		return nil, nil
	}
	return []event.Event{Locked{Lock: Lock{env, l.Latest}, Note: note}}, nil
}

// Unlock lets the lesson change again.
func (l Lesson) Unlock(env environment.Name, reason string) ([]event.Event, error) {
	if err := l.alive(); err != nil {
		return nil, err
	}
	if err := text.CheckReason(reason); err != nil {
		return nil, err
	}
	if l.lockIn(env) < 0 {
		return nil, notLocked()
	}
	return []event.Event{Unlocked{Environment: env, Reason: reason}}, nil
}

func (l Lesson) lockIn(env environment.Name) int {
	return slices.IndexFunc(l.Locks, func(k Lock) bool { return k.Environment == env })
}

func notLocked() error {
	return fault.Refuse(fault.Conflict, "lesson.not_locked", fault.Say("the lesson is not locked there", "该讲次未锁定"))
}

// changeable refuses a change of a lesson that is out of use or locked.
func (l Lesson) changeable() error {
	if err := l.alive(); err != nil {
		return err
	}
	if len(l.Locks) > 0 {
		return fault.Refuse(fault.Conflict, "lesson.locked",
			fault.Say("the lesson is locked before class; request a change", "讲次已锁课，请提交临调申请")).With("locks", l.Locks)
	}
	return nil
}

// MayGoLive refuses to bring a version to an environment for which another one is locked; version 0 is none: to be taken off there. It binds
// whatever changes what students get of the lesson by one person's decision, takedowns and reissues aside.
func (l Lesson) MayGoLive(env environment.Name, version int) error {
	i := l.lockIn(env)
	if i < 0 || l.Locks[i].Version == version {
		return nil
	}
	locked := l.Locks[i].Version
	return fault.Refuse(fault.Conflict, "lesson.locked",
		fault.Say("the lesson is locked before class at version %d, which alone may be released in %s; request a change, or unlock it first",
			"讲次已锁定在第 %d 版，在 %s 中只能发布该版本；请提交临调申请，或先解锁", locked, env)).With("version", locked).With("environment", string(env))
}

// settled is the draft with the versions that the newest published version gave to the questions they have in common.
func (l Lesson) settled() Plan {
	items := make(map[Slot]Item, len(l.Newest.Items))
	for _, item := range l.Newest.Items {
		items[item.Slot] = item
	}
	type drawn struct {
		draw     string
		question uuid.UUID
	}
	pools := map[drawn]int{}
	for _, d := range l.Newest.Draws {
		for _, q := range d.Pool {
			pools[drawn{d.ID, q.Question}] = q.Version
		}
	}
	plan := l.Plan.detached()
	for i, item := range plan.Items {
		if was := items[item.Slot]; item.Version == 0 && was.Question == item.Question {
			plan.Items[i].Version = was.Version
		}
	}
	for _, d := range plan.Draws {
		for i, q := range d.Pool {
			if q.Version == 0 {
				d.Pool[i].Version = pools[drawn{d.ID, q.Question}]
			}
		}
	}
	return plan
}

// RequestChange asks for a change of a locked lesson. seen is the draft that plan was made from.
func (l Lesson) RequestChange(seen Plan, c Change, plugins *cue.Registry) ([]event.Event, error) {
	if err := l.alive(); err != nil {
		return nil, err
	}
	if err := text.CheckReason(c.Reason); err != nil {
		return nil, err
	}
	if len(l.Locks) == 0 {
		return nil, notLocked()
	}
	if len(l.Changes) >= MaxChanges {
		return nil, fault.Refuse(fault.Limit, "lesson.too_many_changes", fault.Say("at most %d requests are open at once", "最多同时有 %d 个临调申请", MaxChanges))
	}
	plan, err := c.Plan.Tidy(plugins)
	if err != nil {
		return nil, err
	}
	merged, err := merge(seen, l.Plan, plan, nil, plugins)
	if err != nil {
		return nil, l.at(err)
	}
	if merged.Hash() == l.Plan.Hash() {
		return nil, fault.Refuse(fault.Conflict, "lesson.unchanged", fault.Say("this changes nothing", "没有任何修改"))
	}
	c.Plan = plan
	return []event.Event{ChangeRequested{Change: c}}, nil
}

// Change finds an open request, or is the fault "lesson.change_unknown".
func (l Lesson) Change(id uuid.UUID) (Change, error) {
	i := slices.IndexFunc(l.Changes, func(c Change) bool { return c.ID == id })
	if i < 0 {
		return Change{}, fault.Refuse(fault.NotFound, "lesson.change_unknown", fault.Say("there is no such open request", "没有这个待处理的临调申请"))
	}
	return l.Changes[i], nil
}

// ApproveChange makes a requested change and publishes it. seen is the draft that the request was made from; newest as in Publish. Questions
// that the change does not touch keep the versions that were locked.
func (l Lesson) ApproveChange(seen Plan, a ChangeApproved, newest map[uuid.UUID]int, plugins *cue.Registry) ([]event.Event, error) {
	if err := l.alive(); err != nil {
		return nil, err
	}
	c, err := l.Change(a.Change)
	if err != nil {
		return nil, err
	}
	if c.By == a.By {
		return nil, fault.Refuse(fault.Denied, "lesson.own_change", fault.Say("somebody else approves one's own request", "不能批准自己的临调申请"))
	}
	if err := text.CheckNote("/note", a.Note); err != nil {
		return nil, err
	}
	merged, err := merge(seen, l.Plan, c.Plan, nil, plugins)
	if err != nil {
		return nil, l.at(err)
	}
	edited := Edited{Plan: merged, Change: c.ID}
	l.Plan = merged
	published, err := l.freeze(l.settled(), newest)
	if err != nil {
		return nil, err
	}
	return []event.Event{a, edited, published}, nil
}

// DeclineChange closes a request.
func (l Lesson) DeclineChange(d ChangeDeclined) ([]event.Event, error) {
	if err := l.alive(); err != nil {
		return nil, err
	}
	if _, err := l.Change(d.Change); err != nil {
		return nil, err
	}
	if err := text.CheckReason(d.Reason); err != nil {
		return nil, err
	}
	return []event.Event{d}, nil
}

// applyLock folds what concerns locks and requests. Slices are never changed in place: states that share them stay what they were.
func (l Lesson) applyLock(e event.Event) Lesson {
	closed := uuid.Nil
	switch e := e.(type) {
	case Locked:
		l.Locks = append(slices.Clone(l.Locks), e.Lock)
	case Unlocked:
		l.Locks = slices.DeleteFunc(slices.Clone(l.Locks), func(k Lock) bool { return k.Environment == e.Environment })
		if len(l.Locks) == 0 {
			l.Locks, l.Changes = nil, nil
		}
	case ChangeRequested:
		l.Changes = append(slices.Clone(l.Changes), e.Change)
	case ChangeApproved:
		closed = e.Change
	case ChangeDeclined:
		closed = e.Change
	case Published:
		l.Locks = slices.Clone(l.Locks)
		for i := range l.Locks {
			l.Locks[i].Version = e.Version
		}
	}
	if closed != uuid.Nil {
		l.Changes = slices.DeleteFunc(slices.Clone(l.Changes), func(c Change) bool { return c.ID == closed })
	}
	return l
}

package release

import (
	"github.com/google/uuid"

	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/text"
)

// ID is a release's stream, and the flag key of its split.
type ID = uuid.UUID

// State is where a release stands.
type State string

// The states.
const (
	IsPlanned    State = "planned"
	IsRunning    State = "running"
	IsPaused     State = "paused"
	IsFrozen     State = "frozen"
	IsRolledBack State = "rolled_back"
	IsCompleted  State = "completed"
	IsCancelled  State = "cancelled"
)

// States lists every state, in the order of a life.
var States = []State{IsPlanned, IsRunning, IsPaused, IsFrozen, IsRolledBack, IsCompleted, IsCancelled}

// Over reports whether nothing can happen any more.
func (s State) Over() bool { return s == IsRolledBack || s == IsCompleted || s == IsCancelled }

// UnderWay reports whether some get the candidate.
func (s State) UnderWay() bool { return s == IsRunning || s == IsPaused || s == IsFrozen }

// Release is as much of the history as decisions need.
type Release struct {
	Revision int
	Plan
	State  State
	Weight int    // of the candidate, of Plan.Total
	Since  int64  // microseconds: when the present step began to hold
	By     string // who planned it
	thawed State  // what a frozen release goes back to
}

// Propose starts the history.
func (r Release) Propose(p Plan, by string, now Moment) ([]event.Event, error) {
	if r.Revision > 0 {
		return nil, fault.Refuse(fault.Conflict, "release.exists", fault.Say("the release exists already", "发布已存在"))
	}
	if err := p.Environment.Check(); err != nil {
		return nil, err
	}
	p, err := p.tidy(now)
	if err != nil {
		return nil, err
	}
	return []event.Event{Planned{Plan: p, By: by}}, nil
}

// Start lets the first step's share in. A release with a start does not start before it.
func (r Release) Start(now Moment) ([]event.Event, error) {
	if err := r.is("start", "开始", IsPlanned); err != nil {
		return nil, err
	}
	if now.At < r.Plan.Start {
		return nil, fault.Refuse(fault.Conflict, "release.not_due", fault.Say("its start has not come yet; cancel it and plan it anew to start earlier",
			"尚未到预定的开始时间；如需提前，请取消后重新计划")).With("start", r.Plan.Start)
	}
	if err := r.light(now); err != nil {
		return nil, err
	}
	started := Started{Weight: r.Steps[0].Weight, At: now.At}
	if late := now.At - r.Plan.Start; r.Plan.Start > 0 && late > punctual {
		started.Late = late
	}
	return []event.Event{started}, nil
}

// punctual is how long after its instant a release may start that is not late, microseconds.
const punctual = 60 * 1_000_000

// step is the present one; none where the share was given by hand and is narrower than the first one.
func (r Release) step() (step Step) {
	if i := r.Next() - 1; i >= 0 {
		step = r.Steps[i]
	}
	return step
}

// ByItself reports whether the present step ends without a person: it is held for a time, or rests on figures.
func (r Release) ByItself() bool { return r.step().Hold > 0 || r.Observed() }

// Observed reports whether what comes next rests on figures.
func (r Release) Observed() bool { return r.step().Sample > 0 || r.Guard.Watches() }

// Next is the index of the step after the present share, or len(Steps) at the whole.
func (r Release) Next() int {
	next := 0
	for next < len(r.Steps) && r.Steps[next].Weight <= r.Weight {
		next++
	}
	return next
}

// Due is nil where the present step was held and sampled as planned, and figures, where there are any, say nothing against going on. A step
// that has to be sampled, or a release with a guard, needs figures.
func (r Release) Due(at int64, figures *Figures) error {
	step := r.step()
	switch {
	case at-r.Since < step.Hold*1000:
		return fault.Refuse(fault.Conflict, "release.hold", fault.Say("the present step is to be held longer", "当前步骤尚未保持到规定时长")).With("until", r.Since+step.Hold*1000)
	case figures == nil && r.Observed():
		return fault.Refuse(fault.Conflict, "release.unproven", fault.Say("the next step rests on figures: it is taken when they are there; or widen by hand",
			"下一步须依据观测数据自动进行；也可手动扩大范围"))
	case figures != nil && figures.Candidate.Manifests < step.Sample:
		return fault.Refuse(fault.Conflict, "release.sample", fault.Say("%d manifests of the candidate, %d are needed", "候选版本仅下发 %d 次，需要 %d 次",
			figures.Candidate.Manifests, step.Sample))
	case figures != nil && figures.Verdict != Successful:
		return fault.Refuse(fault.Conflict, "release.not_successful", fault.Say("the figures do not speak for going on: %s", "观测数据不支持继续：%s", string(figures.Verdict)))
	}
	return nil
}

// Advance takes the next step.
func (r Release) Advance(now Moment, figures *Figures) ([]event.Event, error) {
	if err := r.is("advance", "推进", IsRunning); err != nil {
		return nil, err
	}
	next := r.Next()
	if next == len(r.Steps) {
		return nil, atWhole()
	}
	if err := r.light(now); err != nil {
		return nil, err
	}
	if err := r.Due(now.At, figures); err != nil {
		return nil, err
	}
	return []event.Event{Advanced{Step: next, Weight: r.Steps[next].Weight, At: now.At, Figures: figures}}, nil
}

// Widen gives the candidate a larger share by hand, whatever the steps say.
func (r Release) Widen(now Moment, weight int, reason string) ([]event.Event, error) {
	if err := r.is("widen", "扩大范围", IsRunning); err != nil {
		return nil, err
	}
	if r.Weight == r.Total {
		return nil, atWhole()
	}
	if weight <= r.Weight || weight > r.Total {
		return nil, fault.Refuse(fault.Invalid, "release.weight", fault.Say("it is at %d of %[2]d and can be widened to more than %[1]d, up to %[2]d; a share never shrinks: roll back to take it away",
			"当前为 %d/%[2]d，可扩大到大于 %[1]d、不超过 %[2]d 的权重；范围不能缩小，如需收回请回滚", r.Weight, r.Total),
			fault.Problem{Pointer: "/weight", Code: "range", Message: fault.Say("more than %d, at most %d", "应大于 %d 且不超过 %d", r.Weight, r.Total)})
	}
	if err := text.CheckReason(reason); err != nil {
		return nil, err
	}
	if err := r.light(now); err != nil {
		return nil, err
	}
	return []event.Event{Widened{Weight: weight, At: now.At, Reason: reason}}, nil
}

// Pause stops the steps.
func (r Release) Pause(reason string) ([]event.Event, error) {
	return r.because("pause", "暂停", reason, Paused{Reason: reason}, IsRunning)
}

// Resume lets the steps go on.
func (r Release) Resume(now Moment) ([]event.Event, error) {
	if err := r.is("resume", "继续", IsPaused); err != nil {
		return nil, err
	}
	return []event.Event{Resumed{At: now.At}}, nil
}

// Freeze lets no one new in and no one out.
func (r Release) Freeze(reason string) ([]event.Event, error) {
	return r.because("freeze", "冻结", reason, Frozen{Reason: reason}, IsRunning, IsPaused)
}

// Thaw ends that.
func (r Release) Thaw(now Moment) ([]event.Event, error) {
	if err := r.is("thaw", "解冻", IsFrozen); err != nil {
		return nil, err
	}
	if err := r.light(now); err != nil {
		return nil, err
	}
	return []event.Event{Thawed{At: now.At}}, nil
}

// RollBack takes the candidate away, at any hour. Rolling back what is rolled back changes nothing.
func (r Release) RollBack(reason string, figures *Figures) ([]event.Event, error) {
	if r.State == IsRolledBack {
		return nil, nil
	}
	return r.because("roll back", "回滚", reason, RolledBack{Reason: reason, Figures: figures}, IsRunning, IsPaused, IsFrozen)
}

// Complete makes the candidate what everybody gets; it has to be at the whole. Completing what is complete changes nothing.
func (r Release) Complete(now Moment, figures *Figures) ([]event.Event, error) {
	if r.State == IsCompleted {
		return nil, nil
	}
	if err := r.is("complete", "完成", IsRunning); err != nil {
		return nil, err
	}
	if r.Weight < r.Total {
		return nil, fault.Refuse(fault.Conflict, "release.not_whole", fault.Say("it is at %d of %d; widen it to the whole first", "当前为 %d/%d，请先扩大到全部", r.Weight, r.Total))
	}
	if err := r.light(now); err != nil {
		return nil, err
	}
	return []event.Event{Finished{Figures: figures}}, nil
}

// Cancel ends a release that never started. Cancelling what is cancelled changes nothing.
func (r Release) Cancel(reason string) ([]event.Event, error) {
	if r.State == IsCancelled {
		return nil, nil
	}
	return r.because("cancel", "取消", reason, Cancelled{Reason: reason}, IsPlanned)
}

func (r Release) because(what, zh, reason string, fact event.Event, from ...State) ([]event.Event, error) {
	if err := r.is(what, zh, from...); err != nil {
		return nil, err
	}
	if err := text.CheckReason(reason); err != nil {
		return nil, err
	}
	return []event.Event{fact}, nil
}

// stateZH names the states to Chinese readers.
var stateZH = map[State]string{IsPlanned: "已计划", IsRunning: "进行中", IsPaused: "已暂停", IsFrozen: "已冻结", IsRolledBack: "已回滚", IsCompleted: "已完成", IsCancelled: "已取消"}

// is refuses what the state does not allow.
func (r Release) is(what, zh string, allowed ...State) error {
	if r.Revision == 0 {
		return NotFound()
	}
	for _, state := range allowed {
		if r.State == state {
			return nil
		}
	}
	return fault.Refuse(fault.Conflict, "release.state", fault.Text{
		EN: "the release is " + string(r.State) + " and cannot " + what, ZH: "发布" + stateZH[r.State] + "，不能" + zh,
	}).With("state", string(r.State))
}

// light refuses what moves people in a blackout.
func (r Release) light(now Moment) error {
	if !r.dark(now) {
		return nil
	}
	return fault.Refuse(fault.Conflict, "release.blackout", fault.Say("in a blackout nobody is moved to another version; rolling back is possible at any hour",
		"静默时段内不变更版本；回滚不受此限"))
}

func atWhole() error {
	return fault.Refuse(fault.Conflict, "release.at_whole", fault.Say("it is at the whole; complete it", "已覆盖全部，请完成发布"))
}

// NotFound refuses a release that is not there.
func NotFound() *fault.Fault {
	return fault.Refuse(fault.NotFound, "release.not_found", fault.Say("there is no such release", "没有这个发布"))
}

// Apply folds one event.
func (r Release) Apply(e event.Event) Release {
	r.Revision++
	switch e := e.(type) {
	case Planned:
		r.Plan, r.By, r.State = e.Plan, e.By, IsPlanned
	case Started:
		r.State, r.Weight, r.Since = IsRunning, e.Weight, e.At
	case Advanced:
		r.Weight, r.Since = e.Weight, e.At
	case Widened:
		r.Weight, r.Since = e.Weight, e.At
	case Paused:
		r.State = IsPaused
	case Resumed:
		r.State, r.Since = IsRunning, e.At
	case Frozen:
		r.thawed, r.State = r.State, IsFrozen
	case Thawed:
		r.State, r.Since = r.thawed, e.At
	case RolledBack:
		r.State = IsRolledBack
	case Finished:
		r.State = IsCompleted
	case Cancelled:
		r.State = IsCancelled
	}
	return r
}

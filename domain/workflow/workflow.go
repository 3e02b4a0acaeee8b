package workflow

// State is where an item stands in its life cycle.
type State string

// Action is what somebody does to move it.
type Action string

// The states and actions of the built-in workflow.
const (
	Draft     State = "draft"     // being written; also after publishing, when it is edited again
	InReview  State = "in_review" // submitted, waiting for approval
	Approved  State = "approved"  // approved, waiting to be published
	Published State = "published" // the draft is what was published last
	Retired   State = "retired"   // out of use
	Withdrawn State = "withdrawn" // given up before it was ever published

	Edit      Action = "edit"
	Submit    Action = "submit"
	Approve   Action = "approve"
	Return    Action = "return"
	Publish   Action = "publish"
	Retire    Action = "retire"
	Reinstate Action = "reinstate"
	Withdraw  Action = "withdraw"
)

// Workflow is a life cycle.
type Workflow struct {
	Name  string                     // with its version: "single-review@1"
	steps map[State]map[Action]State // what each state allows, and where it leads
}

// SingleReview is the built-in life cycle: one approval by somebody who may review.
var SingleReview = Workflow{Name: "single-review@1", steps: map[State]map[Action]State{
	Draft:     {Edit: Draft, Submit: InReview, Retire: Retired, Withdraw: Withdrawn},
	InReview:  {Edit: Draft, Approve: Approved, Return: Draft, Retire: Retired, Withdraw: Withdrawn},
	Approved:  {Edit: Draft, Return: Draft, Publish: Published, Retire: Retired, Withdraw: Withdrawn},
	Published: {Edit: Draft, Retire: Retired},
	Retired:   {Reinstate: Draft},
	Withdrawn: {},
}}

// ByName returns a workflow that ever existed. Workflows are append-only.
func ByName(name string) (Workflow, bool) {
	if name == SingleReview.Name {
		return SingleReview, true
	}
	return Workflow{}, false
}

// Next returns where an action leads from a state, and whether it is allowed there.
func (w Workflow) Next(from State, by Action) (State, bool) {
	to, allowed := w.steps[from][by]
	return to, allowed
}

// Allowed lists the actions a state allows.
func (w Workflow) Allowed(from State) []Action {
	var actions []Action
	for _, a := range []Action{Edit, Submit, Approve, Return, Publish, Retire, Reinstate, Withdraw} {
		if _, ok := w.steps[from][a]; ok {
			actions = append(actions, a)
		}
	}
	return actions
}

package workflow

import "slices"

// State is where an item stands in its life cycle.
type State string

// Action is what somebody does to move it.
type Action string

// The states and actions of an item's life.
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

// actions in the order people are shown.
var actions = []Action{Edit, Submit, Approve, Return, Publish, Retire, Reinstate, Withdraw}

// cycle is what each state allows, and where it leads. Approving leads on once the last step of the review is done.
var cycle = map[State]map[Action]State{
	Draft:     {Edit: Draft, Submit: InReview, Retire: Retired, Withdraw: Withdrawn},
	InReview:  {Edit: Draft, Approve: Approved, Return: Draft, Retire: Retired, Withdraw: Withdrawn},
	Approved:  {Edit: Draft, Return: Draft, Publish: Published, Retire: Retired, Withdraw: Withdrawn},
	Published: {Edit: Draft, Retire: Retired},
	Retired:   {Reinstate: Draft},
	Withdrawn: {},
}

// Bans are actions that a workflow takes away in some states while an item is under it. Nil bans nothing.
type Bans map[State][]Action

// Next returns where an action leads from a state, and whether it is allowed there.
func (b Bans) Next(from State, by Action) (State, bool) {
	to, allowed := cycle[from][by]
	if !allowed || slices.Contains(b[from], by) {
		return "", false
	}
	return to, true
}

// Allowed lists the actions that a state allows.
func (b Bans) Allowed(from State) []Action {
	var allowed []Action
	for _, a := range actions {
		if _, ok := b.Next(from, a); ok {
			allowed = append(allowed, a)
		}
	}
	return allowed
}

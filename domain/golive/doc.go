// Package golive says what it takes for questions and lessons to go live in an environment, and what would change: one plan, then one action.
//
//	plan := golive.Make(ask, facts)
//	plan.Missing // approvals, files, an engine that clients have not, languages: what blocks and what one should know
//	plan.Changes // by lesson and place: from which version to which
//	plan.Hash    // executing names it: where anything that matters has moved since, the plan is stale
//
// A plan is a pure function of what was asked and of facts that were read once. It publishes nothing by itself that reviewers have not agreed to: their
// approval is bound to the content, and so is the plan. An [Execution] remembers a plan that has begun, so that what breaks off halfway is
// finished by asking for the same again, and never done twice.
package golive

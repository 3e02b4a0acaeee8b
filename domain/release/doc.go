// Package release decides what goes live, for whom, and how fast; and which version of each question a student gets, and why.
//
// A [Release] is an exact, frozen set of lessons with the versions of their questions, for one environment. It goes live wholly or in
// steps: rules in order say who is in and who is out, and of everybody else a growing share is in, by [bucketing].
// It can be paused (no further step), frozen (no one new in, no one out), widened by hand, rolled back, and is completed when the set takes
// the place of what was live before.
//
//	planned ── start ──▶ running ⇄ paused
//	   │                   │ ▲       │
//	 cancel          freeze│ │thaw   │freeze
//	   ▼                   ▼ │       ▼
//	cancelled             frozen ◀───┘      running, at the whole ── complete ──▶ completed
//	                                        running, paused, frozen ── roll back ──▶ rolled back
//
// A release's own stream says what becomes of it; which releases have which lessons is package environment's to decide, so that two never
// have the same one. [Audience] says who is in, from what the stream says.
//
// Which of the steps are taken, and when one goes back, is for a process to know: package guard below judges what was observed, by limits that
// the plan names.
//
// [Resolve] asks a fixed order of layers which version of a question a student gets; the first that knows the place wins. A
// takedown, a reissue, a release is a layer in the same order, not another branch somewhere else.
//
// Nothing here looks at a clock or knows time zones: instants and the rules of zones come in as a [Moment].
package release

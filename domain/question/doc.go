// Package question decides what may happen to a question.
//
// A question is a stream of events. [Question] is what its decisions need to remember, folded from those events and never
// stored; each method that returns events is a decision, and each refuses with a fault. The revision of a question is
// the number of its events, so the revision a caller saw says exactly what it knew.
//
// The life cycle: a draft is edited until it is submitted; reviewers approve exactly the content they saw, step by step
// as the workflow wants that the submission has pinned (package workflow), or send it back; an approved draft is published as the next version, an erratum or a revision. Editing goes on at any time: what is
// published never changes, and an approval simply does not fit another content.
//
// The history answers for itself: [Question.Restore] brings back what a revision had, the whole or single fields, and [Blame] tells who made each
// field what it is.
package question

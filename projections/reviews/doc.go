// Package reviews is the reviewers' desk: what waits for whom at which step, since when, and what became of every submission.
//
//	reader := reviews.NewReader(pool)
//	mine, err := reader.Queue(ctx, actor.Scope.Org, reviews.Filter{AssignedTo: actor.Person()}, read.Page{})
//	open, err := reader.Queue(ctx, actor.Scope.Org, reviews.Filter{For: &actor}, read.Page{})
//
// It follows questions and lessons alike. How far a submission has come is folded by package workflow and kept as it is, so that what the
// queue says is what a command would decide. The queue shows the longest waiting first.
package reviews

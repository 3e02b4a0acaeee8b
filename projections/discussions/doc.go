// Package discussions is what the staff said about questions and lessons: the threads of a subject, how many are open, and where a person was
// mentioned.
//
//	reader := discussions.NewReader(pool)
//	threads, err := reader.Threads(ctx, actor.Scope.Org, subject, nil, read.Page{})
//	open, err := reader.Open(ctx, actor.Scope.Org, subjects)
//
// A thread is open that nobody has resolved, and in which a comment is left that its author did not delete. What a deleted comment said is not kept
// here. Comments on questions may quote answer keys: who may not read questions must not be given them, which is for callers to see to.
package discussions

// Package gradebook is the read model of results: what each student did at a lesson, for teachers, tutors and those who mark by
// hand.
//
//	book := gradebook.NewReader(pool)
//	page, err := book.List(ctx, scope, gradebook.Filter{Lesson: lessonID, Class: classID}, read.Page{First: 50})
//	attempt, err := book.Attempt(ctx, scope, id)       // with every place and the answer that counts there
//	waiting, err := book.Waiting(ctx, scope, gradebook.Work{Lesson: lessonID}, read.Page{}) // to be marked by hand
//	classes, err := book.Classes(ctx, scope, lessonID)
//
// # From which events
//
// All of an attempt: started, answered, finished, graded, revised. The last answer at a place counts, with the marks it got by rule, by
// hand and by a regrade; a new answer sheds those of the one before. The answer itself, which may be enciphered, stays in the log: the
// attempt's id and Answer.Sequence, its version there, name the event.
//
// # What is kept
//
// One row per attempt and one per place that was answered; what was asked stands once for all attempts that were asked the same. An
// answer is written without reading anything first. The totals of an attempt stand in its row once it is finished, and are drawn
// again when a mark or an answer comes later; those of an open attempt are drawn when somebody looks.
//
// # What it leaves to others
//
// Names of people, classes and questions; figures about questions, which are package items.
package gradebook

// Package session decides what may happen to a class session (场次): one run of a lesson, with one teacher, for one or many classes, in
// one environment.
//
//	planned ─ start ─> running ─ end ─> ended
//	   └──── cancel ─> cancelled
//
// A session pins at its start what is live of its lesson then: the lesson's version and, place by place, the version of each question. Whoever
// comes late gets the same, and so does everybody when the release is rolled back meanwhile: one class, one version on screen.
//
// Students belong to a session through its classes, or as guests: a make-up class (补课) is another class's session of the same lesson, which a student
// attends without leaving the own class.
//
// A session is known by the organisation's own code. Planning, starting, ending, cancelling and admitting again change nothing.
package session

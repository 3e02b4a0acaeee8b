// Package lesson decides what may happen to a lesson (讲次): an arrangement of stages, and the questions in them, each worth so many marks.
//
// A lesson is written as a draft, and published as numbered, immutable versions that name exact versions of their
// questions. Publishing makes nothing visible: what students get is decided by releases.
//
// A plan lists its questions by slot, and may arrange them: stages are videos with cues on their timeline, questions one after another,
// articles and web pages, each live, recorded, homework or exam. Cues are bound to the hash of the medium they are timed by, and what
// they do is a plugin's (package cue). Drafts are edited as a whole and brought together three ways, by stable ids.
//
//	events, err := lesson.Lesson{}.Create("school/math", plan, plugins)
//	events, err = l.Edit(seen, edited, plugins)              // two editors of different places both keep their work
//	events, carried, err := l.Recut("intro", medium, cut, plugins)
//	events, err = l.Lock("prod", 0, "Monday, nine o'clock")  // 锁课; from then on changes need somebody else's approval (临调)
//
// A copy keeps what it changed itself and pulls what its master changes.
package lesson

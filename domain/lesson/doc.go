// Package lesson decides what may happen to a lesson: an ordered set of questions, each worth so many marks.
//
// A lesson is written as a draft, and published as numbered, immutable versions that name exact versions of their
// questions. Publishing makes nothing visible: what students get is decided by releases.
package lesson

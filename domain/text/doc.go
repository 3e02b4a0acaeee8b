// Package text says what may stand in a line that somebody types: a title, a reason, a note.
//
// A line is valid UTF-8 without NUL, which PostgreSQL cannot keep, and has a number of characters within bounds. Lengths are
// counted in characters, not in bytes, so that a Chinese title may be as long as an English one.
package text

// Package commands is the write side: one file per command, named after what it acts on.
//
// A [Command] says which permission it needs and does one thing. It never reads a table: it loads the aggregate it
// decides about through [Work], lets the domain decide, and Work appends what was decided. What else a decision may read
// is immutable (question types, published versions) or a named snapshot whose position then stands in the event; both
// come through the small interfaces in ports.go.
//
// [Bus] carries out commands. Permission checks, metrics, logging and the retry of a lost race between load and append
// are its business; no command mentions them.
package commands

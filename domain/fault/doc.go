// Package fault is how qbank says no.
//
// A [Fault] is a kind (which decides the HTTP status and the exit code), a stable code (which programs compare), a
// safe sentence in English and Chinese (which people read) and, where the input is to blame, the places that are
// wrong as JSON Pointers. Everything that is not a Fault is a defect: doors log it and answer "internal error"
// with a reference.
//
// Kinds and codes are append-only: clients hold on to them.
package fault

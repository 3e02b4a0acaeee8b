// Package roster decides who is in which class.
//
// Events hold opaque ids of people only; their names and contacts are kept outside the log, where they can be erased.
package roster

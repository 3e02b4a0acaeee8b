// Package domain lists what the business knows how to say: every event of every aggregate.
//
// The packages below it decide; they are pure functions over events, without I/O, clock, random numbers or SQL. Read
// their doc.go files in this order: fault, text, content, access, event, qtype, scoring, workflow, question, knowledge,
// lesson, resource, environment, release, roster, regrade, attempt, batch, itemstats.
package domain

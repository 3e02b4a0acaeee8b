// Package workflow holds life cycles as data: which state an item is in, which actions lead where.
//
// A [Workflow] is named and versioned; a submission pins the one it was made under, so a later version never changes what an
// approval meant.
package workflow

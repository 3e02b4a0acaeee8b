// Package knowledge decides the tree of knowledge points of a subject.
//
// A tree is versioned: nodes are added, moved, renamed and retired in the working tree, and a published version is
// immutable. A node keeps its id for ever, so questions filed under it stay filed when it moves.
package knowledge

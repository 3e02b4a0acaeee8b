// Package compare shows people what lies between two documents: field by field, and texts word by word.
//
//	fields := compare.Fields(
//		compare.Side{Content: before, Schema: rules},
//		compare.Side{Content: after, Schema: rules},
//	)
//
// Package content says what changed so that a program can repeat it; this package says it so that an author can read it. A [Field] has
// the title that the form shows, in both languages, where it stands on either side, and for texts the [Span]s that stayed, went and
// came. Spans of one side, joined, are that side's text.
//
// Words are found by Unicode's rules (UAX #29), by which each Chinese character is one. Tags of HTML and commands of LaTeX are never cut
// in two. What is compared is bounded: where two texts have too little in common for the effort, one is shown as gone and the other as come.
package compare

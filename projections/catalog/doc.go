// Package catalog is the authors' catalogue: every question with its draft and what it is filed under, found by words, by
// code and by any combination of metadata, sorted, counted and cut into pages.
//
//	reader := catalog.NewReader(pool)
//	filter := catalog.Filter{Text: "勾股定理", Any: map[catalog.Field][]string{catalog.Subject: {"math"}, catalog.State: {"draft"}}}
//	list, err := reader.List(ctx, actor.Scope.Org, filter, catalog.Updated, read.Page{First: 50})
//	facets, err := reader.Facets(ctx, actor.Scope.Org, filter)
//
// # How questions are found
//
// Whatever a filter can ask for is a term: "subject=math", "tag=hard". A question's terms are in one index, so any number of
// filters is one condition, and its statistics tell the planner whether to start from the terms or to walk along the order.
//
// Text is looked for in the title, the metadata and whatever of the draft students will read. Both sides are
// brought into one form (NFKC, lower case). Chinese, Japanese and Korean are cut into pairs of characters, for
// PostgreSQL's own parsers know no words there; other scripts into words, of which the last may be
// the beginning of one. All words of the text must occur. A text that looks like a code (题号) finds the
// question of that code, or is refused where its check digit is wrong.
//
// # How facets are counted
//
// A reader keeps the fields that facets count in memory, a column each, and reads what changed before it counts. Counts that nothing is filtered
// from are kept as well, by organisation, so they are read and not counted. What words find is looked up once until a question changes, for
// up to MaxCount questions; where more have the words, a facet says that its counts may be higher.
//
// # What it keeps
//
// The draft of each question is kept as it stands, because an edit's event carries the change only. The draft's problems are counted by
// its type as it is written, so a list can show what is not ready. A question whose creation was skipped by an operator is not
// in the catalogue, whatever happens to it later.
package catalog

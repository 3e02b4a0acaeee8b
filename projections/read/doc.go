// Package read is what the queries of all read models share: who may see a row, and how a long list is cut into pages.
//
//	where := read.Within("org", actor.Scope.Org)
//	where.And("state = any(?)", states)
//	list, err := read.List(ctx, pool, read.From[Row]{Columns: "id, org, title", Table: "catalog_v1.questions", Scan: scan}, where, newestFirst, page)
//
// A row belongs to an organisation, and is seen from there and from above: [Within] says in SQL what access.Covers says in
// Go, and [InScope] adds the environment that delivery facts belong to. What is kept for all organisations below is seen from there too: [Around]. A list has an [Order], whose last key is unique, and a cursor holds the keys of a row: the next page begins
// behind them, so rows that come or go meanwhile neither repeat nor hide others. A page is the first
// rows of what stands between two cursors, or the last ones. No page is longer than [MaxPage].
package read

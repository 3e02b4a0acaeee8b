// Package configs is what clients are configured by (热发): for students' nodes, all that holds for an organisation in an environment; for those who
// keep it, the keys with their rules, and who changed what, when and why.
//
//	reader := configs.NewReader(pool)
//	snapshot, err := reader.Snapshot(ctx, scope, known) // known is given back where nothing has changed since
//	keys, err := reader.List(ctx, scope, read.Page{})
//
// A scope sees the keys of its organisation, of those below and, because they hold for its students too, of those above; rules, and what happened to
// them, of its environment alone.
package configs

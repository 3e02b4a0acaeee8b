// Package imports is the read model of imports: how far each has come, what it came to, and what became of every item.
//
//	reader := imports.NewReader(pool)
//	batch, err := reader.Get(ctx, actor.Scope.Org, id)
//	refused, err := reader.Items(ctx, actor.Scope.Org, id, []batch.Status{batch.Refused}, read.Page{})
//
// The totals grow while the import runs.
package imports

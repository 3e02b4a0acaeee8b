// Package staff is the read model of who may do what here: the people with roles, their roles by organisation, and the API keys of programs.
//
//	reader := staff.NewReader(pool)
//	people, err := reader.People(ctx, actor.Scope.Org, read.Page{})
//	roles, err := reader.Roles(ctx, actor.Scope.Org, ids)
//	keys, err := reader.Keys(ctx, actor.Scope.Org, read.Page{})
//
// It is for looking at. Who calls, and with which roles, is found out from the log itself, where a revocation is seen at once. People are
// opaque ids here; of a key's secret it knows nothing.
package staff

// Package types is the list of question types: which versions are registered, whose they are and what their documents say.
//
//	reader := types.NewReader(pool)
//	list, err := reader.List(ctx, actor.Scope.Org, types.Filter{Category: "choice"}, read.Page{})
//
// Built-in types are everybody's. A type that a team registered is seen by its organisation, by those above it and,
// because it may be used there, by those below it. Versions sort as semantic versions do: 1.10.0 follows 1.9.0.
//
// Who needs a compiled type asks the registry over the log, not this list.
package types

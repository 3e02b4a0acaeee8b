// Package documents keeps GraphQL documents that clients name by the SHA-256 of their text.
//
//	store := documents.New(pool)
//	shipped, err := documents.Folder("console/documents") // every .graphql file in it
//	text, ok, err := store.Find(ctx, actor.Scope.Org, hash)
//
// What an organisation registers serves itself and all below it; nobody else's documents can be named. A document that is registered stays: clients
// that are out in the world go on naming it.
package documents

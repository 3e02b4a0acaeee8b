// Package roster is the read model of classes: which there are, who is in them, and which classes a student is in.
//
//	reader := roster.NewReader(pool)
//	classes, err := reader.ClassesOf(ctx, scope, claims.Subject)
//
// It holds opaque ids of people only. Their names are kept outside the log and are joined by whoever may show them.
package roster

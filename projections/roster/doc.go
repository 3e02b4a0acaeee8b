// Package roster is the read model of who learns what with whom: business lines, terms, courses and their lessons; classes with their staff and
// students; class sessions by environment.
//
//	reader := roster.NewReader(pool)
//	enrolment, err := reader.Enrolment(ctx, scope, claims.Subject)
//
// Enrolment is one round trip: it is asked whenever a student begins something. A session belongs to an environment and is not there in
// another; the rest of the roster is the organisation's.
//
// It holds opaque ids of people only. Their names are kept outside the log and are joined by whoever may show them.
package roster

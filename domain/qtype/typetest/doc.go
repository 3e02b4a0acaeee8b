// Package typetest generates contents and responses for question types, for property tests.
//
// Everything is driven by the type's own schemas, so a new type is tested by the laws of the old ones without a line of Go:
//
//	rapid.Check(t, func(t *rapid.T) {
//		doc := typetest.Content(t, q)
//		other := typetest.OtherSecrets(t, q, doc)
//		// whatever a student can read is the same for doc and other
//	})
package typetest

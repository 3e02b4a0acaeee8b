// Package targeting says whom something is for: named students and classes, and conditions over what is known of a student.
//
//	list, problems := targeting.Compile([]targeting.Clause{
//		{Classes: []string{classID}},                                             // these are in
//		{When: `platform == "ios" && !app_version.atLeast("5.9")`, Out: true},    // these are not
//	})
//	at, matched := list.First(&student) // the first clause that matches; where none does, a release splits
//
// A [Context] is what conditions see of a student. What the organisation knows comes from its roster, what the device says of itself
// from request headers, the organisation and the environment from the token: never from a request's body.
//
// Conditions are CEL (https://cel.dev). They are bounded when they are written (length, nesting, the worst cost over the largest
// context there may be) and again when they run. One that fails for a student, say by asking for the first of no classes, does
// not match.
package targeting

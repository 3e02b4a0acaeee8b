// Package staff decides which roles somebody has who works here.
//
// A person is known by an opaque id, made of the identity provider and what that calls the person ([ID]). A role is granted in a part of the
// organisation tree, and for the work there in some environments: a releaser for "school/math" in "test" and "staging", say. Nobody gives
// what they do not have, nor beyond their own organisation, and the last admin of an organisation stays one.
//
// What a person may do in an organisation and an environment is asked of [Grants].
package staff

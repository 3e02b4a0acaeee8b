// Package access says who may do what, and where.
//
// An [Actor] is a verified caller: a person with roles in a part of the organisation tree, or a service. A role is a set of
// permissions, in one table below. A scope is an organisation (a path such as "acme/math/senior") and an environment
// ("prod"); both come from verified claims, never from what a client writes in a request.
//
// A service with an API key acts for the person who made the key ([Actor.Person]). The log says which key acted; a rule that wants another person
// compares persons.
package access

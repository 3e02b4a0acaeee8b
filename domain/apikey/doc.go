// Package apikey decides what an API key is good for.
//
// A key is a text "qbk_<prefix>_<secret>" that a program sends instead of a person's token. The prefix names it, in lists and logs; of the
// secret only a SHA-256 is kept. It acts in one organisation with fixed roles, in some environments, until it expires or is revoked, and
// perhaps only from some networks. Nobody makes one that may do what they may not, and keys make none. It acts for the person who made it, and ends with
// what that person was granted.
package apikey

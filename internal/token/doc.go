// Package token makes and verifies the bearer tokens of both doors: JSON Web Tokens signed with Ed25519 (RFC 8037).
//
// A verified token is remembered by its hash until it expires, because checking a signature takes longer than everything else
// that happens to an answer.
package token

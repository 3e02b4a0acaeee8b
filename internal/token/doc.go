// Package token makes and verifies the bearer tokens of both doors: JSON Web Tokens signed with Ed25519 (RFC 8037).
//
// A token names the key that signed it, of a ring that may be rotated (package keyring), and its audiences: the doors that it opens.
//
// A verified token is remembered by its hash until it expires, or the ring changes, because checking a signature takes
// longer than everything else that happens to an answer.
package token

// Package keyring keeps the keys that sign tokens, and lets them be replaced without anybody noticing.
//
// A ring is a list of Ed25519 keys in the data directory: signing-keys.json says which there are and since when each signs and until when
// it is believed; the private halves lie beside it, a PEM file each, readable by their owner alone. At any time one key is current; one is
// next, so that whoever fetches the public keys ([Ring.JWKS]) knows it before the first token is signed with it; former ones are still
// believed until they retire. A ring that does not exist is made, around the key of signing-key.pem where there is one.
//
//	ring, err := keyring.Open(dir)
//	go ring.Watch(ctx, log) // another process may rotate
//	verifier, err := token.NewRingVerifier(ring, nil, token.Students)
//
// Rotating makes the next key current and the current one a former one. What was signed before goes on being believed for a time of grace.
// Retiring ends that at once: processes that watch notice within about a second.
package keyring

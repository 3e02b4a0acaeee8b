package keyring

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"time"
)

// State is what a key is good for.
type State string

// The states, in the order of a key's life.
const (
	Next    State = "next"    // published, signs nothing yet
	Current State = "current" // signs
	Former  State = "former"  // signs no more, and is believed until it retires
	Retired State = "retired" // what it signed is refused
)

// Key is one key of a ring.
type Key struct {
	ID        string            `json:"kid"`
	Public    ed25519.PublicKey `json:"public"`
	File      string            `json:"file"` // of the private half, in the ring's directory
	MadeAt    int64             `json:"made_at"`
	SignsFrom int64             `json:"signs_from,omitempty"` // microseconds; 0: not yet
	RetiresAt int64             `json:"retires_at,omitempty"` // microseconds; 0: not foreseen
	private   ed25519.PrivateKey
}

// newKey describes a private key.
func newKey(private ed25519.PrivateKey, file string, now time.Time) Key {
	public := private.Public().(ed25519.PublicKey)
	return Key{ID: thumbprint(public), Public: public, File: file, MadeAt: now.UnixMicro(), private: private}
}

// thumbprint names a key by what it is (RFC 7638, with the members of RFC 8037), so that the same key has the same id everywhere.
func thumbprint(key ed25519.PublicKey) string {
	sum := sha256.Sum256([]byte(`{"crv":"Ed25519","kty":"OKP","x":"` + base64.RawURLEncoding.EncodeToString(key) + `"}`))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// retired reports whether what the key signed is refused at a moment.
func (k Key) retired(now time.Time) bool { return k.RetiresAt != 0 && k.RetiresAt <= now.UnixMicro() }

// keys is a whole ring.
type keys []Key

// current is the place of the key that signs: of those that may, the one that began last. -1: there is none.
func (ks keys) current(now time.Time) int {
	found := -1
	for i, k := range ks {
		if k.SignsFrom != 0 && !k.retired(now) && (found < 0 || k.SignsFrom >= ks[found].SignsFrom) {
			found = i
		}
	}
	return found
}

// next is the place of the key that signs after a rotation; -1: there is none.
func (ks keys) next(now time.Time) int {
	for i, k := range ks {
		if k.SignsFrom == 0 && !k.retired(now) {
			return i
		}
	}
	return -1
}

// state is what the i-th key is good for.
func (ks keys) state(i int, now time.Time) State {
	switch {
	case ks[i].retired(now):
		return Retired
	case ks[i].SignsFrom == 0:
		return Next
	case i == ks.current(now):
		return Current
	}
	return Former
}

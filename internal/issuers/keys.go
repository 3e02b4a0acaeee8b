package issuers

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-jose/go-jose/v4"
)

const (
	maxKeys  = 100
	maxSet   = 256 << 10 // bytes
	fetching = 5 * time.Second
	fresh    = time.Hour
	again    = 10 * time.Second // before an issuer is asked once more, whatever for
	believed = 24 * time.Hour   // without an answer
	leastRSA = 2048             // bits
)

// keySet is what is known of an issuer's keys.
type keySet struct {
	from    *Issuer
	client  *http.Client
	now     func() time.Time
	changed func() // is called after another set of keys is known

	known  atomic.Pointer[known]
	asking sync.Mutex // who needs the same answer waits for it
	tried  time.Time
}

// known are keys by id, and when the issuer said so last.
type known struct {
	keys map[string][]crypto.PublicKey
	at   time.Time
}

// find returns the public keys of an id, and until when they are believed. An unknown one may be new: then the issuer is asked, unless it just was.
func (s *keySet) find(id string) ([]crypto.PublicKey, time.Time) {
	k := s.known.Load()
	if k == nil || len(k.keys[id]) == 0 {
		_ = s.ask() // who asks learns that the key is unknown, which it is
		k = s.known.Load()
	}
	if k == nil || s.now().Sub(k.at) > believed {
		return nil, time.Time{}
	}
	return k.keys[id], k.at.Add(believed)
}

// refresh asks the issuer, unless its keys are fresh.
func (s *keySet) refresh() error {
	if k := s.known.Load(); k != nil && s.now().Sub(k.at) < fresh {
		return nil
	}
	return s.ask()
}

// ask asks the issuer, unless it just was.
func (s *keySet) ask() error {
	s.asking.Lock()
	defer s.asking.Unlock()
	now := s.now()
	if now.Sub(s.tried) < again {
		return nil
	}
	s.tried = now
	text, err := s.load()
	if err != nil {
		return err
	}
	keys, err := parseKeys(text)
	if err != nil {
		return err
	}
	before := s.known.Swap(&known{keys, now})
	if before == nil || !same(keys, before.keys) {
		s.changed()
	}
	return nil
}

func (s *keySet) load() ([]byte, error) {
	if !s.from.remote() {
		file, err := os.Open(s.from.Keys)
		if err != nil {
			return nil, fmt.Errorf("open the key set: %w", err)
		}
		defer file.Close()
		return io.ReadAll(io.LimitReader(file, maxSet+1))
	}
	ctx, cancel := context.WithTimeout(context.Background(), fetching) // of nobody's own: others wait for the same answer
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.from.Keys, http.NoBody)
	if err != nil {
		return nil, fmt.Errorf("ask for the key set: %w", err)
	}
	response, err := s.client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("ask for the key set: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("ask for the key set: the answer is %s", response.Status)
	}
	return io.ReadAll(io.LimitReader(response.Body, maxSet+1))
}

// parseKeys reads a key set. Keys of other kinds or uses are passed over, as the standard asks; so are private and weak ones.
func parseKeys(text []byte) (map[string][]crypto.PublicKey, error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if len(text) > maxSet {
		return nil, fmt.Errorf("the key set has more than %d bytes", maxSet)
	}
	if err := json.Unmarshal(text, &set); err != nil {
		return nil, fmt.Errorf("read the key set: %w", err)
	}
	if len(set.Keys) > maxKeys {
		return nil, fmt.Errorf("the key set has more than %d keys", maxKeys)
	}
	keys := map[string][]crypto.PublicKey{}
	for _, raw := range set.Keys {
		var k jose.JSONWebKey
		if json.Unmarshal(raw, &k) == nil && (k.Use == "" || k.Use == "sig") && sound(k.Key) {
			keys[k.KeyID] = append(keys[k.KeyID], k.Key)
		}
	}
	if len(keys) == 0 {
		return nil, errors.New("the key set has no public key for Ed25519, P-256 or RSA of 2048 bits or more")
	}
	return keys, nil
}

func sound(key any) bool {
	switch k := key.(type) {
	case ed25519.PublicKey:
		return len(k) == ed25519.PublicKeySize
	case *ecdsa.PublicKey:
		return k.Curve == elliptic.P256()
	case *rsa.PublicKey:
		return k.N.BitLen() >= leastRSA
	}
	return false
}

func same(a, b map[string][]crypto.PublicKey) bool {
	if len(a) != len(b) {
		return false
	}
	for id, keys := range a {
		if !slices.EqualFunc(keys, b[id], func(x, y crypto.PublicKey) bool { return x.(interface{ Equal(crypto.PublicKey) bool }).Equal(y) }) {
			return false
		}
	}
	return true
}

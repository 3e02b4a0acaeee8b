package keyring

import (
	"context"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"qbank/domain/fault"
	"qbank/internal/token"
)

const (
	ringFile  = "signing-keys.json"
	firstFile = "signing-key.pem" // also of installations from before there were rings
	lookEvery = time.Second
)

// Ring is a ring as this process knows it. It is safe for concurrent use.
type Ring struct {
	dir  string
	now  func() time.Time
	seen atomic.Pointer[seen]
}

// seen is what was read at one moment.
type seen struct {
	keys       keys
	generation uint64
	file       os.FileInfo
}

// Open reads the ring of a directory and makes it where there is none.
func Open(dir string) (*Ring, error) {
	r := &Ring{dir: dir, now: time.Now}
	err := r.load()
	if errors.Is(err, fs.ErrNotExist) {
		err = r.change(func(ks keys) (keys, error) { return ks, nil }) // which makes what is missing
	}
	return r, err
}

// load reads the ring.
func (r *Ring) load() error {
	path := filepath.Join(r.dir, ringFile)
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("look for the ring of keys: %w", err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read the ring of keys: %w", err)
	}
	var list keys
	if err := json.Unmarshal(text, &list); err != nil {
		return fmt.Errorf("%s cannot be read: %w", path, err)
	}
	for i := range list {
		k := &list[i]
		if len(k.Public) != ed25519.PublicKeySize || thumbprint(k.Public) != k.ID || filepath.Base(k.File) != k.File {
			return fmt.Errorf("%s: the key %d is damaged", path, i)
		}
		if k.retired(r.now()) {
			continue // its private half is gone
		}
		if k.private, err = token.Load(filepath.Join(r.dir, k.File)); err != nil {
			return fmt.Errorf("the private half of the key %s: %w", k.ID, err)
		}
		if !k.private.Public().(ed25519.PublicKey).Equal(k.Public) {
			return fmt.Errorf("%s is not the private half of the key %s", k.File, k.ID)
		}
	}
	if list.current(r.now()) < 0 {
		return fmt.Errorf("%s holds no key to sign with", path)
	}
	fresh := &seen{keys: list, generation: 1, file: info}
	if before := r.seen.Load(); before != nil {
		fresh.generation = before.generation + 1
	}
	r.seen.Store(fresh)
	return nil
}

// Watch reads the ring again when its file has changed, until ctx ends. What cannot be read leaves things as they are.
func (r *Ring) Watch(ctx context.Context, log *slog.Logger) error {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
		info, err := os.Stat(filepath.Join(r.dir, ringFile))
		if known := r.seen.Load().file; err == nil && os.SameFile(info, known) && info.ModTime().Equal(known.ModTime()) {
			continue
		}
		if err := r.load(); err != nil {
			log.ErrorContext(ctx, "the ring of signing keys has changed and cannot be read; the one before goes on", "error", err)
			continue
		}
		log.InfoContext(ctx, "the ring of signing keys has changed", "current", r.Signer().ID)
	}
}

// Listed is a key as it is shown: without its private half.
type Listed struct {
	Key
	State State
}

// List shows all keys, oldest first.
func (r *Ring) List() []Listed {
	ks, now := r.seen.Load().keys, r.now()
	list := make([]Listed, len(ks))
	for i, k := range ks {
		k.private = nil
		list[i] = Listed{k, ks.state(i, now)}
	}
	return list
}

// Signer signs with the current key.
func (r *Ring) Signer() token.Signer {
	ks := r.seen.Load().keys
	k := ks[max(ks.current(r.now()), 0)] // a ring that was read has a current key, and only those with a successor retire
	return token.Signer{Key: k.private, ID: k.ID}
}

// Find returns the key that a token names and when it retires (zero: that is not foreseen). "" is what tokens name from before there were
// rings: the key that was alone then.
func (r *Ring) Find(id string) (ed25519.PublicKey, time.Time, bool) {
	now := r.now()
	for _, k := range r.seen.Load().keys {
		if (k.ID == id || id == "" && k.File == firstFile) && !k.retired(now) {
			if k.RetiresAt == 0 {
				return k.Public, time.Time{}, true
			}
			return k.Public, time.UnixMicro(k.RetiresAt), true
		}
	}
	return nil, time.Time{}, false
}

// Generation changes when the ring does.
func (r *Ring) Generation() uint64 { return r.seen.Load().generation }

// Secrets derives a secret of 32 bytes for a purpose from each key that is believed, the current one's first: make with that, accept all.
func (r *Ring) Secrets(purpose string) ([][]byte, error) {
	ks, now := r.seen.Load().keys, r.now()
	var list [][]byte
	for i, k := range ks {
		if k.retired(now) {
			continue
		}
		secret, err := hkdf.Key(sha256.New, k.private.Seed(), nil, purpose, 32)
		if err != nil {
			return nil, fmt.Errorf("derive a secret: %w", err)
		}
		list = append(list, secret)
		if i == ks.current(now) {
			last := len(list) - 1
			list[0], list[last] = list[last], list[0]
		}
	}
	return list, nil
}

type jwk struct {
	Type      string `json:"kty"`
	Curve     string `json:"crv"`
	Algorithm string `json:"alg"`
	Use       string `json:"use"`
	ID        string `json:"kid"`
	X         string `json:"x"`
}

// JWKS is the set of public keys that are believed or will be (RFC 7517, RFC 8037), as JSON.
func (r *Ring) JWKS() ([]byte, error) {
	set, now := []jwk{}, r.now()
	for _, k := range r.seen.Load().keys {
		if !k.retired(now) {
			set = append(set, jwk{"OKP", "Ed25519", "EdDSA", "sig", k.ID, base64.RawURLEncoding.EncodeToString(k.Public)})
		}
	}
	return json.Marshal(map[string]any{"keys": set})
}

// ServeHTTP serves the public keys, for whoever verifies tokens elsewhere.
func (r *Ring) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	set, err := r.JWKS()
	if err != nil {
		http.Error(w, "internal error", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/jwk-set+json")
	w.Header().Set("Cache-Control", "public, max-age=60")
	_, _ = w.Write(set) // a client that went away will ask again
}

func unknown(id string) error {
	return fault.Refuse(fault.NotFound, "keys.unknown", fault.Say("the ring has no key %.60q; qbank keys list shows those it has",
		"密钥环中没有密钥 %.60q；可用 qbank keys list 查看", id))
}

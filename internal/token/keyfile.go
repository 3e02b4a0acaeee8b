package token

import (
	"crypto/ed25519"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// LoadOrMake reads an Ed25519 private key (PKCS #8, PEM) from a file, and makes one that only its owner can read where there
// is no file yet.
func LoadOrMake(path string) (ed25519.PrivateKey, error) {
	key, err := Load(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return key, err
	}
	if _, key, err = ed25519.GenerateKey(nil); err != nil {
		return nil, fmt.Errorf("make a signing key: %w", err)
	}
	if err := Write(path, key); errors.Is(err, fs.ErrExist) {
		return Load(path)
	} else if err != nil {
		return nil, err
	}
	return key, nil
}

// Load reads an Ed25519 private key (PKCS #8, PEM) from a file.
func Load(path string) (ed25519.PrivateKey, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the signing key: %w", err)
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("%s is not a PEM file", path)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("%s is not a PKCS #8 private key", path)
	}
	key, ok := parsed.(ed25519.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("%s is not an Ed25519 key", path)
	}
	return key, nil
}

// Write writes a private key to a file that is not there yet (else the error is fs.ErrExist), for its owner's eyes alone. It writes beside the
// place and links, so that a crash leaves no half key and of two processes one wins.
func Write(path string, key ed25519.PrivateKey) error {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return fmt.Errorf("encode the signing key: %w", err)
	}
	draft, err := os.CreateTemp(filepath.Dir(path), ".key-*") // mode 0600
	if err != nil {
		return fmt.Errorf("write the signing key: %w", err)
	}
	defer os.Remove(draft.Name()) //nolint:errcheck // what stays behind is an unreachable draft
	if err := pem.Encode(draft, &pem.Block{Type: "PRIVATE KEY", Bytes: der}); err != nil {
		return errors.Join(err, draft.Close())
	}
	if err := errors.Join(draft.Sync(), draft.Close()); err != nil {
		return fmt.Errorf("write the signing key: %w", err)
	}
	if err := os.Link(draft.Name(), path); err != nil {
		return fmt.Errorf("write the signing key: %w", err)
	}
	return nil
}

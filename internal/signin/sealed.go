package signin

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"
)

// Secrets derives secrets of 32 bytes for a purpose, the one to make things with first, then older ones: keyring.Ring.
type Secrets interface {
	Secrets(purpose string) ([][]byte, error)
}

const (
	purpose    = "qbank sign-in under way"
	loginTime  = 10 * time.Minute
	maxLogin   = 3000 // bytes of a cookie
	maxReturn  = 1000
	nonceBytes = 12
)

// underWay is a sign-in between the visit to the identity provider and the way back. It waits in the visitor's own cookie, enciphered: so a
// way back in another browser, or one that nobody set out for, finds nothing.
type underWay struct {
	State    string `json:"s"`
	Nonce    string `json:"n"`
	Verifier string `json:"v"` // PKCE (RFC 7636)
	Return   string `json:"r"`
	Until    int64  `json:"u"` // seconds
}

func (u underWay) seal(secrets Secrets) (string, error) {
	list, err := secrets.Secrets(purpose)
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(u)
	if err != nil {
		return "", fmt.Errorf("encode a sign-in under way: %w", err)
	}
	aead, err := aeadOf(list[0])
	if err != nil {
		return "", err
	}
	nonce := make([]byte, nonceBytes, nonceBytes+len(text)+aead.Overhead())
	rand.Read(nonce) // never fails
	return base64.RawURLEncoding.EncodeToString(aead.Seal(nonce, nonce, text, []byte(purpose))), nil
}

// unseal opens what seal made, within its time, under any secret that is still believed.
func unseal(secrets Secrets, cookie string, now time.Time) (u underWay, ok bool) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(cookie)
	if err != nil || len(cookie) > maxLogin || len(raw) < nonceBytes {
		return u, false
	}
	list, err := secrets.Secrets(purpose)
	if err != nil {
		return u, false
	}
	for _, secret := range list {
		aead, err := aeadOf(secret)
		if err != nil {
			return u, false
		}
		text, err := aead.Open(nil, raw[:nonceBytes], raw[nonceBytes:], []byte(purpose))
		if err != nil {
			continue
		}
		err = json.Unmarshal(text, &u)
		return u, err == nil && now.Unix() < u.Until
	}
	return u, false
}

func aeadOf(secret []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(secret)
	if err != nil {
		return nil, fmt.Errorf("make a cipher: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("make a cipher: %w", err)
	}
	return aead, nil
}

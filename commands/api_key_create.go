package commands

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"encoding/base64"
	"strings"
	"time"

	"qbank/domain/access"
	"qbank/domain/apikey"
	"qbank/domain/content"
	"qbank/domain/environment"
	"qbank/domain/event"
)

// CreateAPIKey makes a key for a program. Show is given the key, once: nobody can read it again.
type CreateAPIKey struct {
	Title        string
	Org          string // "": the actor's
	Roles        []access.Role
	Environments []environment.Name
	Networks     []string  // CIDR; none: from anywhere
	Expires      time.Time // within two years
	Show         func(key string)
}

// Needs the right to manage access.
func (CreateAPIKey) Needs() access.Permission { return access.ManageAccess }

// Do makes the key.
func (c CreateAPIKey) Do(ctx context.Context, w *Work) error {
	if c.Org == "" {
		c.Org = w.Actor.Scope.Org
	}
	by, err := w.giver(ctx, c.Environments)
	if err != nil {
		return err
	}
	prefix, key := drawKey()
	created := apikey.Created{Prefix: prefix, Hash: content.HashBytes([]byte(key)), Title: c.Title, Org: c.Org, Roles: c.Roles,
		Environments: c.Environments, Networks: c.Networks, ExpiresAt: c.Expires.UnixMicro()}
	err = decide(ctx, w, apikey.ID(prefix), func(k apikey.Key) ([]event.Event, error) { return k.Create(by, created, w.Now().UnixMicro()) })
	if err == nil {
		c.Show(key)
	}
	return err
}

// drawKey draws 40 bits of a prefix and 256 of a secret.
func drawKey() (prefix, key string) {
	var bits [5 + 32]byte
	rand.Read(bits[:]) // never fails
	prefix = strings.ToLower(base32.StdEncoding.EncodeToString(bits[:5]))
	return prefix, apikey.Begin + prefix + "_" + base64.RawURLEncoding.EncodeToString(bits[5:])
}

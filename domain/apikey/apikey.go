package apikey

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/content"
	"qbank/domain/environment"
	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/staff"
	"qbank/domain/text"
)

var space = uuid.MustParse("7d3f8e30-5b2c-5e66-9f83-2c8041adae13")

// ID is the id of the key with a prefix.
func ID(prefix string) uuid.UUID { return uuid.NewSHA1(space, []byte(prefix)) }

// The bounds of a key.
const (
	MaxRoles    = 9
	MaxNetworks = 20
	MaxLife     = 2 * 366 * 24 * time.Hour
)

// Begin is how every key begins, so that one that went astray is found.
const Begin = "qbk_"

// actorID is how the id of a key as an actor begins.
const actorID = "key:"

// ActorID returns which key acted under the id of an actor, and whether one did.
func ActorID(actor string) (uuid.UUID, bool) {
	prefix, is := strings.CutPrefix(actor, actorID)
	return ID(prefix), is
}

var shape = regexp.MustCompile(`^qbk_([a-z2-7]{8})_[A-Za-z0-9_-]{43}$`)

// Prefix returns the prefix of a key, and whether it has the shape of one.
func Prefix(key string) (string, bool) {
	m := shape.FindStringSubmatch(key)
	if m == nil {
		return "", false
	}
	return m[1], true
}

// Created makes a key. Whoever has the log cannot use it: the secret is 256 random bits, and this is its hash.
type Created struct {
	Prefix       string             `json:"prefix"`
	Hash         content.Hash       `json:"hash"` // SHA-256 of the whole key
	Title        string             `json:"title"`
	Org          string             `json:"org"`
	Roles        []access.Role      `json:"roles"`
	Environments []environment.Name `json:"environments,omitempty"`
	Networks     []string           `json:"networks,omitempty"` // CIDR; none: from anywhere
	ExpiresAt    int64              `json:"expires_at"`         // microseconds
	Maker        string             `json:"maker,omitempty"`    // the person who made it; of keys made before this was kept, the metadata say it
}

// Revoked ends a key.
type Revoked struct {
	Reason string `json:"reason"`
}

// Name returns the event's type.
func (Created) Name() string { return "api_key.created" }

// Name returns the event's type.
func (Revoked) Name() string { return "api_key.revoked" }

// Events defines every event of a key.
var Events = []event.Definition{event.Define[Created](), event.Define[Revoked]()}

// Key is a key as far as decisions need it.
type Key struct {
	Revision int
	Created
	Revoked  bool
	Orphaned bool // whoever made it was erased, or has no role in its organisation any more; found out when it is read
}

// Create makes the key at an instant (microseconds).
func (k Key) Create(by access.Actor, c Created, now int64) ([]event.Event, error) {
	if k.Revision > 0 {
		return nil, fault.Refuse(fault.Conflict, "api_key.exists", fault.Say("there is a key with this prefix", "该前缀的密钥已存在"))
	}
	if problems := text.Check("/title", c.Title, 1, text.Title); len(problems) > 0 {
		return nil, fault.Refuse(fault.Invalid, "api_key.invalid", fault.Say("the key needs a title that says what it is for", "请填写密钥用途"), problems...)
	}
	if err := access.CheckOrg(c.Org); err != nil {
		return nil, err
	}
	if len(c.Roles) == 0 || len(c.Roles) > MaxRoles {
		return nil, fault.Refuse(fault.Invalid, "api_key.roles", fault.Say("a key has 1 to %d roles", "密钥应有 1 到 %d 个角色", MaxRoles))
	}
	if err := by.InPerson(); err != nil {
		return nil, err
	}
	for _, role := range c.Roles {
		if err := access.CheckRole(role); err != nil {
			return nil, err
		}
		if err := by.MayGive(role, c.Org); err != nil {
			return nil, err
		}
	}
	environments, err := staff.CheckEnvironments(c.Environments)
	if err != nil {
		return nil, err
	}
	if err := staff.Opens(by, environments); err != nil {
		return nil, err
	}
	c.Environments, c.Maker = environments, by.Person()
	if c.Networks, err = networks(c.Networks); err != nil {
		return nil, err
	}
	if c.ExpiresAt <= now || c.ExpiresAt > now+MaxLife.Microseconds() {
		return nil, fault.Refuse(fault.Invalid, "api_key.expiry", fault.Say("a key expires in the future, within two years", "密钥的到期时间应在未来两年之内"))
	}
	return []event.Event{c}, nil
}

// networks refuses what is no network and writes each the usual way.
func networks(list []string) ([]string, error) {
	if len(list) > MaxNetworks {
		return nil, fault.Refuse(fault.Limit, "api_key.networks", fault.Say("at most %d networks", "最多 %d 个网段", MaxNetworks))
	}
	var out []string
	for _, written := range list {
		network, err := netip.ParsePrefix(written)
		if address, single := netip.ParseAddr(written); single == nil && address.Zone() == "" {
			network, err = address.Prefix(address.BitLen())
		}
		if err != nil {
			return nil, fault.Refuse(fault.Invalid, "api_key.networks", fault.Say("%.50q is no network such as 192.0.2.0/24", "%.50q 不是网段（例如 192.0.2.0/24）", written))
		}
		out = append(out, network.Masked().String())
	}
	return out, nil
}

// Revoke ends the key. Ending it twice is ending it once.
func (k Key) Revoke(by access.Actor, reason string) ([]event.Event, error) {
	if k.Revision == 0 || by.Within(k.Org) != nil {
		return nil, NotFound()
	}
	if err := text.CheckReason(reason); err != nil {
		return nil, err
	}
	if k.Revoked {
		return nil, nil
	}
	return []event.Event{Revoked{Reason: reason}}, nil
}

// NotFound refuses what names a key that is not there.
func NotFound() error {
	return fault.Refuse(fault.NotFound, "api_key.not_found", fault.Say("there is no such key", "没有这个密钥"))
}

// From reports whether the key may be used from an address.
func (k Key) From(address netip.Addr) bool {
	if len(k.Networks) == 0 {
		return true
	}
	address = address.Unmap().WithZone("")
	return slices.ContainsFunc(k.Networks, func(written string) bool {
		network, err := netip.ParsePrefix(written)
		return err == nil && network.Contains(address)
	})
}

// Scope is who the key is in an environment. "" is its only environment, where it has just one, and else none.
func (k Key) Scope(env environment.Name) (access.Actor, error) {
	if env == "" && len(k.Environments) == 1 {
		env = k.Environments[0]
	}
	if env != "" && !slices.Contains(k.Environments, env) {
		return access.Actor{}, fault.Refuse(fault.Denied, "access.environment", fault.Say("the key is not for the environment %.40q", "该密钥不适用于环境 %.40q", string(env)))
	}
	return access.Actor{ID: actorID + k.Prefix, Maker: k.Maker, Roles: k.Roles, Scope: access.Scope{Org: k.Org, Environment: string(env)},
		Environments: staff.Texts(k.Environments)}, nil
}

// Apply folds one event.
func (k Key) Apply(e event.Event) Key {
	k.Revision++
	switch e := e.(type) {
	case Created:
		k.Created = e
	case Revoked:
		k.Revoked = true
	}
	return k
}

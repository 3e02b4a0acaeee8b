package preview

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"qbank/domain/access"
	"qbank/domain/content"
	"qbank/domain/fault"
	"qbank/domain/text"
	"qbank/internal/token"
)

// The fixed claims of every ticket. The audience is no other token's.
const (
	issuer   = "qbank"
	audience = "qbank-preview"
	kind     = "qbank-preview+jwt"
)

const (
	// Own is how long the ticket of who previews lives.
	Own = 2 * time.Hour
	// MinShared is how long a shared link lives at least.
	MinShared = 5 * time.Minute
	// MaxShared is how long it lives at most.
	MaxShared = 30 * 24 * time.Hour

	maxTicket = 16 << 10 // bytes
	maxLinks  = 1000     // that have not ended, of one person
)

// Tickets signs and opens tickets, and keeps the links that are shared.
type Tickets struct {
	Keys Keys
	Pool *pgxpool.Pool
	Now  func() time.Time // nil: the machine's clock
}

// Keys are what tickets are signed and verified with: a ring, or a key alone.
type Keys interface {
	Signer() token.Signer
	// Find returns the key that a ticket names ("" where it names none), and whether it is still believed.
	Find(id string) (key ed25519.PublicKey, until time.Time, known bool)
}

// Key is a key without a ring.
type Key ed25519.PrivateKey

// Signer signs with the key.
func (k Key) Signer() token.Signer { return token.Signer{Key: ed25519.PrivateKey(k)} }

// Find returns the key's public half.
func (k Key) Find(string) (ed25519.PublicKey, time.Time, bool) {
	return k.Signer().Public(), time.Time{}, true
}

// claims are a ticket: the pins themselves, or the number of a link and the hash of its pins.
type claims struct {
	jwt.RegisteredClaims
	Pins *Pins        `json:"pins,omitempty"`
	Hash content.Hash `json:"pin,omitempty"`
}

func (t Tickets) now() time.Time {
	if t.Now != nil {
		return t.Now()
	}
	return time.Now()
}

// Issue makes a ticket for who previews.
func (t Tickets) Issue(pins Pins) (ticket string, ends time.Time, err error) {
	ends = t.now().Add(Own)
	ticket, err = t.sign(claims{Pins: &pins}, "", ends)
	return ticket, ends, err
}

func (t Tickets) sign(c claims, id string, ends time.Time) (string, error) {
	c.RegisteredClaims = jwt.RegisteredClaims{Issuer: issuer, Audience: jwt.ClaimStrings{audience}, ID: id,
		IssuedAt: jwt.NewNumericDate(t.now()), ExpiresAt: jwt.NewNumericDate(ends)}
	unsigned, signer := jwt.NewWithClaims(jwt.SigningMethodEdDSA, c), t.Keys.Signer()
	unsigned.Header["typ"] = kind
	if signer.ID != "" {
		unsigned.Header["kid"] = signer.ID
	}
	signed, err := unsigned.SignedString(signer.Key)
	if err != nil {
		return "", fmt.Errorf("sign a preview: %w", err)
	}
	return signed, nil
}

// Link is a ticket that is shared.
type Link struct {
	ID        uuid.UUID
	Org       string
	Ticket    string // only when it is made: it is not kept
	Note      string
	MadeBy    string
	CreatedAt time.Time
	ExpiresAt time.Time
	RevokedAt *time.Time
	Pins      Pins
}

// Share makes a link for whoever has it, for MinShared to MaxShared. Faults: preview.lifetime, preview.too_many_links, note.invalid.
func (t Tickets) Share(ctx context.Context, actor access.Actor, pins Pins, life time.Duration, note string) (Link, error) {
	if life < MinShared || life > MaxShared {
		return Link{}, fault.Refuse(fault.Invalid, "preview.lifetime", fault.Say("a link lives from 5 minutes to 30 days", "链接有效期为 5 分钟到 30 天"))
	}
	if err := text.CheckNote("/note", note); err != nil {
		return Link{}, err
	}
	encoded, err := json.Marshal(pins)
	if err != nil {
		return Link{}, fmt.Errorf("keep a link: %w", err)
	}
	now := t.now().UTC().Truncate(time.Microsecond)
	link := Link{ID: uuid.Must(uuid.NewV7()), Org: pins.Org, Note: note, MadeBy: actor.ID, CreatedAt: now, ExpiresAt: now.Add(life), Pins: pins}
	if link.Ticket, err = t.sign(claims{Hash: content.HashBytes(encoded)}, link.ID.String(), link.ExpiresAt); err != nil {
		return Link{}, err
	}
	tag, err := t.Pool.Exec(ctx, `
		with ended as (delete from preview_links where org = $2 and made_by = $5 and expires_at < $6::timestamptz - interval '1 day')
		insert into preview_links (id, org, pins, note, made_by, created_at, expires_at) select $1, $2, $3, $4, $5, $6, $7
		where (select count(*) from preview_links where org = $2 and made_by = $5 and expires_at > $6 and revoked_at is null) < $8`,
		link.ID, link.Org, encoded, note, actor.ID, link.CreatedAt, link.ExpiresAt, maxLinks)
	if err != nil {
		return Link{}, fmt.Errorf("keep a link: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return Link{}, fault.Refuse(fault.Limit, "preview.too_many_links", fault.Say("%d links have not ended; revoke some", "已有 %d 个有效链接，请先撤销一些", maxLinks))
	}
	return link, nil
}

const linkColumns = "id, org, note, made_by, created_at, expires_at, revoked_at, pins"

func scanLink(row pgx.CollectableRow) (l Link, err error) {
	err = row.Scan(&l.ID, &l.Org, &l.Note, &l.MadeBy, &l.CreatedAt, &l.ExpiresAt, &l.RevokedAt, &l.Pins)
	return l, err
}

// Links lists the links that somebody made, the newest first, at most maxLinks.
func (t Tickets) Links(ctx context.Context, actor access.Actor) ([]Link, error) {
	rows, err := t.Pool.Query(ctx, `select `+linkColumns+` from preview_links where org = $1 and made_by = $2 order by created_at desc limit $3`,
		actor.Scope.Org, actor.ID, maxLinks)
	if err != nil {
		return nil, fmt.Errorf("list links: %w", err)
	}
	return pgx.CollectRows(rows, scanLink)
}

// Revoke ends a link at once. Its maker may, and whoever manages access in its organisation; for others it does not exist.
func (t Tickets) Revoke(ctx context.Context, actor access.Actor, id uuid.UUID) (Link, error) {
	rows, err := t.Pool.Query(ctx, `select `+linkColumns+` from preview_links where id = $1`, id)
	if err != nil {
		return Link{}, fmt.Errorf("revoke a link: %w", err)
	}
	link, err := pgx.CollectExactlyOneRow(rows, scanLink)
	if errors.Is(err, pgx.ErrNoRows) || err == nil && (actor.Within(link.Org) != nil || (link.MadeBy != actor.ID && !actor.Can(access.ManageAccess))) {
		return Link{}, fault.Refuse(fault.NotFound, "preview.link_not_found", fault.Say("there is no such link", "没有这个链接"))
	}
	if err != nil {
		return Link{}, fmt.Errorf("revoke a link: %w", err)
	}
	err = t.Pool.QueryRow(ctx, `update preview_links set revoked_at = coalesce(revoked_at, $2) where id = $1 returning revoked_at`, id, t.now()).Scan(&link.RevokedAt)
	if err != nil {
		return Link{}, fmt.Errorf("revoke a link: %w", err)
	}
	return link, nil
}

// Open returns what a ticket shows. The refusals are "preview.expired", "preview.revoked", and "preview.invalid", which does not say more.
func (t Tickets) Open(ctx context.Context, ticket string) (Pins, error) {
	if len(ticket) > maxTicket || strings.ContainsAny(ticket, "\r\n") {
		return Pins{}, invalid(nil)
	}
	var c claims
	parser := jwt.NewParser(jwt.WithValidMethods([]string{jwt.SigningMethodEdDSA.Alg()}), jwt.WithIssuer(issuer), jwt.WithAudience(audience),
		jwt.WithExpirationRequired(), jwt.WithTimeFunc(t.now), jwt.WithStrictDecoding())
	parsed, err := parser.ParseWithClaims(ticket, &c, t.key)
	switch {
	case errors.Is(err, jwt.ErrTokenExpired):
		return Pins{}, fault.Refuse(fault.NotFound, "preview.expired", fault.Say("this preview has ended; ask for a new link", "该预览已过期，请重新获取链接"))
	case err != nil || parsed.Header["typ"] != kind:
		return Pins{}, invalid(err)
	case c.Pins != nil && c.ID == "":
		return *c.Pins, nil
	}
	return t.shared(ctx, c)
}

// key finds the key that a ticket names.
func (t Tickets) key(ticket *jwt.Token) (any, error) {
	id, _ := ticket.Header["kid"].(string)
	key, _, known := t.Keys.Find(id)
	if !known {
		return nil, jwt.ErrTokenUnverifiable
	}
	return key, nil
}

// shared looks a link up each time: revoked is revoked.
func (t Tickets) shared(ctx context.Context, c claims) (Pins, error) {
	id, err := uuid.Parse(c.ID)
	if err != nil || c.Pins != nil {
		return Pins{}, invalid(err)
	}
	var encoded []byte
	var revoked bool
	err = t.Pool.QueryRow(ctx, `select pins, revoked_at is not null from preview_links where id = $1`, id).Scan(&encoded, &revoked)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return Pins{}, invalid(err)
	case err != nil:
		return Pins{}, fmt.Errorf("look up a link: %w", err)
	case revoked:
		return Pins{}, fault.Refuse(fault.NotFound, "preview.revoked", fault.Say("this link was revoked by who made it", "该链接已被创建者撤销"))
	case content.HashBytes(encoded) != c.Hash:
		return Pins{}, invalid(errors.New("the pins of a link are not those that were signed"))
	}
	var pins Pins
	if err := json.Unmarshal(encoded, &pins); err != nil {
		return Pins{}, fmt.Errorf("read a link: %w", err)
	}
	return pins, nil
}

func invalid(err error) error {
	return fault.Refuse(fault.NotFound, "preview.invalid", fault.Say("this is no preview, or the link is not whole", "预览无效，或链接不完整")).Because(err)
}

package signin

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"qbank/domain/fault"
	"qbank/domain/staff"
)

// How long sessions live, where Sessions does not say.
const (
	DefaultIdle = 8 * time.Hour
	DefaultLife = 7 * 24 * time.Hour
)

const (
	coarse     = time.Minute         // how exactly the last use is known
	kept       = 30 * 24 * time.Hour // how long a session that has ended is shown
	maxDevice  = 200                 // bytes
	maxListed  = 200
	secretSize = 43 // characters: 256 bits
)

// Sessions are the sessions of people who signed in. It is safe for concurrent use.
type Sessions struct {
	Pool *pgxpool.Pool
	Idle time.Duration    // without a request; 0: DefaultIdle
	Life time.Duration    // whatever happens; 0: DefaultLife
	Now  func() time.Time // nil: the machine's clock
}

// Session is one of them.
type Session struct {
	ID        uuid.UUID // for people to see and to revoke: nobody gets in with it
	Person    uuid.UUID
	Issuer    string
	Grants    staff.Grants // from claims
	Device    string       // as the browser names itself
	CreatedAt time.Time
	SeenAt    time.Time // to the minute
	ExpiresAt time.Time
	RevokedAt time.Time // zero: it holds
}

// Start begins a session and returns the secret for the cookie.
func (s *Sessions) Start(ctx context.Context, person uuid.UUID, issuer string, grants staff.Grants, device string) (secret string, started Session, err error) {
	var bits [32]byte
	rand.Read(bits[:]) // never fails
	secret = base64.RawURLEncoding.EncodeToString(bits[:])
	hash := sha256.Sum256([]byte(secret))
	now := s.now()
	started = Session{ID: uuid.New(), Person: person, Issuer: issuer, Grants: grants, Device: printable(device), CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(s.life())}
	claimed, err := json.Marshal(grants)
	if err != nil {
		return "", Session{}, fmt.Errorf("encode what claims grant: %w", err)
	}
	var statements pgx.Batch
	statements.Queue(`delete from sign_ins where expires_at < $1`, now.Add(-kept))
	statements.Queue(`insert into sign_ins (id, hash, person, issuer, grants, device, created_at, seen_at, expires_at) values ($1, $2, $3, $4, $5, $6, $7, $7, $8)`,
		started.ID, hash[:], person, issuer, claimed, started.Device, now, started.ExpiresAt)
	if err := s.Pool.SendBatch(ctx, &statements).Close(); err != nil {
		return "", Session{}, fmt.Errorf("begin a session: %w", err)
	}
	return secret, started, nil
}

const columns = "id, person, issuer, grants, device, created_at, seen_at, expires_at, coalesce(revoked_at, 'epoch')"

func scan(row pgx.CollectableRow) (s Session, err error) {
	var claimed []byte
	if err = row.Scan(&s.ID, &s.Person, &s.Issuer, &claimed, &s.Device, &s.CreatedAt, &s.SeenAt, &s.ExpiresAt, &s.RevokedAt); err != nil {
		return s, err
	}
	if s.RevokedAt.Unix() == 0 {
		s.RevokedAt = time.Time{}
	}
	return s, json.Unmarshal(claimed, &s.Grants)
}

// Find returns the session behind a cookie and notes that it was used. One that has ended, for whatever reason, or never was, is the refusal
// "session.ended".
func (s *Sessions) Find(ctx context.Context, secret string) (Session, error) {
	if len(secret) != secretSize {
		return Session{}, ended()
	}
	hash, now := sha256.Sum256([]byte(secret)), s.now()
	rows, err := s.Pool.Query(ctx, `select `+columns+` from sign_ins where hash = $1 and revoked_at is null and expires_at > $2 and seen_at > $3`,
		hash[:], now, now.Add(-s.idle()))
	if err != nil {
		return Session{}, fmt.Errorf("look for a session: %w", err)
	}
	found, err := pgx.CollectExactlyOneRow(rows, scan)
	if errors.Is(err, pgx.ErrNoRows) {
		return Session{}, ended()
	}
	if err != nil {
		return Session{}, fmt.Errorf("look for a session: %w", err)
	}
	if now.Sub(found.SeenAt) >= coarse {
		if _, err := s.Pool.Exec(ctx, `update sign_ins set seen_at = greatest(seen_at, $2) where id = $1`, found.ID, now); err != nil {
			return Session{}, fmt.Errorf("note that a session is used: %w", err)
		}
	}
	return found, nil
}

// List lists a person's sessions that hold, newest first; at most 200.
func (s *Sessions) List(ctx context.Context, person uuid.UUID) ([]Session, error) {
	now := s.now()
	rows, err := s.Pool.Query(ctx, `select `+columns+` from sign_ins where person = $1 and revoked_at is null and expires_at > $2 and seen_at > $3
		order by created_at desc limit $4`, person, now, now.Add(-s.idle()), maxListed)
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	list, err := pgx.CollectRows(rows, scan)
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	return list, nil
}

// Claimed is what claims granted a person at the last sign-in; nothing, for whom no session is kept.
func (s *Sessions) Claimed(ctx context.Context, person uuid.UUID) (staff.Grants, error) {
	rows, err := s.Pool.Query(ctx, `select `+columns+` from sign_ins where person = $1 order by created_at desc limit 1`, person)
	if err != nil {
		return nil, fmt.Errorf("read what was claimed for a person: %w", err)
	}
	last, err := pgx.CollectExactlyOneRow(rows, scan)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read what was claimed for a person: %w", err)
	}
	return last.Grants, nil
}

// Get reads a session by its id. One that is not there is the refusal "session.not_found".
func (s *Sessions) Get(ctx context.Context, id uuid.UUID) (Session, error) {
	rows, err := s.Pool.Query(ctx, `select `+columns+` from sign_ins where id = $1`, id)
	if err != nil {
		return Session{}, fmt.Errorf("read a session: %w", err)
	}
	found, err := pgx.CollectExactlyOneRow(rows, scan)
	if errors.Is(err, pgx.ErrNoRows) {
		return Session{}, NotFound()
	}
	if err != nil {
		return Session{}, fmt.Errorf("read a session: %w", err)
	}
	return found, nil
}

// Revoke ends a session at once, everywhere. Ending it twice is ending it once.
func (s *Sessions) Revoke(ctx context.Context, id uuid.UUID, by string) error {
	_, err := s.Pool.Exec(ctx, `update sign_ins set revoked_at = $2, revoked_by = $3 where id = $1 and revoked_at is null`, id, s.now(), by)
	if err != nil {
		return fmt.Errorf("end a session: %w", err)
	}
	return nil
}

// Erase deletes all sessions of a person.
func (s *Sessions) Erase(ctx context.Context, person uuid.UUID) error {
	if _, err := s.Pool.Exec(ctx, `delete from sign_ins where person = $1`, person); err != nil {
		return fmt.Errorf("erase the sessions of a person: %w", err)
	}
	return nil
}

func (s *Sessions) now() time.Time {
	if s.Now != nil {
		return s.Now()
	}
	return time.Now()
}

func (s *Sessions) idle() time.Duration {
	if s.Idle > 0 {
		return s.Idle
	}
	return DefaultIdle
}

func (s *Sessions) life() time.Duration {
	if s.Life > 0 {
		return s.Life
	}
	return DefaultLife
}

// printable is what of a header can be kept and shown.
func printable(header string) string {
	clean := strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) && r != unicode.ReplacementChar {
			return r
		}
		return -1
	}, header)
	if len(clean) > maxDevice {
		clean = strings.ToValidUTF8(clean[:maxDevice], "")
	}
	return clean
}

func ended() error {
	return fault.Refuse(fault.Unauthenticated, "session.ended", fault.Say("the session has ended; sign in again", "会话已结束，请重新登录"))
}

// NotFound refuses what names a session that is not there.
func NotFound() error {
	return fault.Refuse(fault.NotFound, "session.not_found", fault.Say("there is no such session", "没有这个会话"))
}

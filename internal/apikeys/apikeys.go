package apikeys

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/netip"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"qbank/domain/access"
	"qbank/domain/apikey"
	"qbank/domain/environment"
	"qbank/domain/fault"
)

const (
	cached   = 10_000
	trusted  = 4 * time.Second // how long a revocation on another node goes unnoticed at most
	coarse   = time.Minute     // how exactly the last use is known
	noteTime = 2 * time.Second // to write it down
)

// Source reads keys from the log: commands.Bus. One that is not there is a fault of kind NotFound.
type Source interface {
	APIKey(ctx context.Context, id uuid.UUID) (apikey.Key, error)
}

// Options of keys.
type Options struct {
	Logger *slog.Logger     // nil: the default one
	Now    func() time.Time // nil: the machine's clock
}

// Keys verifies keys. It is safe for concurrent use.
type Keys struct {
	source Source
	pool   *pgxpool.Pool
	known  *lru.Cache[uuid.UUID, *known]
	epoch  atomic.Int64 // counts what was forgotten
	log    *slog.Logger
	now    func() time.Time
}

// known is a key as it was read; the zero key where there is none.
type known struct {
	key  apikey.Key
	hash [sha256.Size]byte
	read time.Time
	used atomic.Int64 // microseconds; when that was written down
}

// New makes keys.
func New(source Source, pool *pgxpool.Pool, o Options) (*Keys, error) {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	cache, err := lru.New[uuid.UUID, *known](cached)
	if err != nil {
		return nil, fmt.Errorf("make the cache of keys: %w", err)
	}
	return &Keys{source: source, pool: pool, known: cache, log: o.Logger, now: o.Now}, nil
}

// Verify returns who a key speaks for in an environment ("": its only one, or none). A key that never was, is wrong or was revoked is refused
// the same way, "api_key.refused", and after the same comparison: prefixes cannot be found by trying. Only whoever has a key learns that it
// has expired ("api_key.expired"), has lost its maker ("api_key.orphaned") or is not for this network ("api_key.network").
func (k *Keys) Verify(ctx context.Context, raw string, from netip.Addr, env environment.Name) (access.Actor, error) {
	prefix, shaped := apikey.Prefix(raw)
	if !shaped {
		return access.Actor{}, refused()
	}
	found, err := k.find(ctx, apikey.ID(prefix))
	if err != nil {
		return access.Actor{}, err
	}
	hash, now := sha256.Sum256([]byte(raw)), k.now()
	same := subtle.ConstantTimeCompare(hash[:], found.hash[:]) == 1
	switch {
	case !same || found.key.Revision == 0 || found.key.Revoked:
		return access.Actor{}, refused()
	case found.key.ExpiresAt <= now.UnixMicro():
		return access.Actor{}, fault.Refuse(fault.Unauthenticated, "api_key.expired", fault.Say("the API key has expired; make a new one", "API 密钥已过期，请新建"))
	case found.key.Orphaned:
		return access.Actor{}, fault.Refuse(fault.Unauthenticated, "api_key.orphaned", fault.Say("whoever made the API key has no role here any more; somebody else makes a new one",
			"该 API 密钥的创建者在此已无任何角色，请由他人新建"))
	case !found.key.From(from):
		return access.Actor{}, fault.Refuse(fault.Denied, "api_key.network", fault.Say("the API key is not for this network", "该 API 密钥不允许从此网络使用"))
	}
	actor, err := found.key.Scope(env)
	if err == nil {
		k.note(ctx, apikey.ID(prefix), found, now)
	}
	return actor, err
}

// Forget looks at a key anew when it is used next.
func (k *Keys) Forget(id uuid.UUID) {
	k.epoch.Add(1)
	k.known.Remove(id)
}

func (k *Keys) find(ctx context.Context, id uuid.UUID) (*known, error) {
	before, there := k.known.Get(id)
	if there && k.now().Sub(before.read) < trusted {
		return before, nil
	}
	epoch, fresh := k.epoch.Load(), &known{read: k.now()}
	key, err := k.source.APIKey(ctx, id)
	switch f := fault.Of(err); {
	case f != nil && f.Kind == fault.NotFound: // remembered too: whoever tries keys does not keep the database busy with one
	case err != nil:
		return nil, fmt.Errorf("read an API key: %w", err)
	default:
		fresh.key = key
		if n, err := hex.Decode(fresh.hash[:], []byte(key.Hash)); err != nil || n != sha256.Size {
			return nil, fmt.Errorf("the hash of the API key %s is damaged", key.Prefix)
		}
	}
	if there {
		fresh.used.Store(before.used.Load())
	}
	k.known.Add(id, fresh)
	if k.epoch.Load() != epoch { // it may have been read just before it was revoked
		k.known.Remove(id)
	}
	return fresh, nil
}

// note writes down that a key was used, if that is not known to the minute already. It is not worth failing for.
func (k *Keys) note(ctx context.Context, id uuid.UUID, found *known, now time.Time) {
	last := found.used.Load()
	if now.UnixMicro()-last < coarse.Microseconds() || !found.used.CompareAndSwap(last, now.UnixMicro()) {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), noteTime)
	defer cancel()
	_, err := k.pool.Exec(ctx, `insert into api_key_uses as u values ($1, $2) on conflict (key) do update
		set used_at = greatest(u.used_at, excluded.used_at)`, id, now)
	if err != nil {
		k.log.WarnContext(ctx, "when an API key was used is not written down", "prefix", found.key.Prefix, "error", err)
	}
}

// LastUsed says when keys were used last, in microseconds, to the minute. Those that never were are missing.
func (k *Keys) LastUsed(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID]int64, error) {
	rows, err := k.pool.Query(ctx, `select key, used_at from api_key_uses where key = any($1)`, ids)
	if err != nil {
		return nil, fmt.Errorf("read when keys were used: %w", err)
	}
	uses := map[uuid.UUID]int64{}
	var id uuid.UUID
	var at time.Time
	if _, err := pgx.ForEachRow(rows, []any{&id, &at}, func() error { uses[id] = at.UnixMicro(); return nil }); err != nil {
		return nil, fmt.Errorf("read when keys were used: %w", err)
	}
	return uses, nil
}

func refused() error {
	return fault.Refuse(fault.Unauthenticated, "api_key.refused", fault.Say("the API key is not valid", "API 密钥无效"))
}

package people

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"qbank/domain/fault"
)

// Book is the table of people and their keys.
type Book struct {
	pool *pgxpool.Pool
	keys *lru.Cache[uuid.UUID, keys]
}

// keys are derived from a person's one secret.
type keys struct {
	seal   cipher.AEAD
	digest []byte
	read   time.Time
}

const (
	cachedKeys = 20_000
	trusted    = time.Minute // how long a key is used without asking whether the person was erased
)

// New opens the book.
func New(pool *pgxpool.Pool) (*Book, error) {
	cache, err := lru.New[uuid.UUID, keys](cachedKeys)
	if err != nil {
		return nil, fmt.Errorf("make the key cache: %w", err)
	}
	return &Book{pool: pool, keys: cache}, nil
}

// KeepNames stores or replaces what organisations call people. Names of people who were erased stay away: the next full feed of a roster would
// bring them back.
func (b *Book) KeepNames(ctx context.Context, names map[uuid.UUID]string, orgs ...string) error {
	ids, texts := make([]uuid.UUID, 0, len(names)), make([]string, 0, len(names))
	for id, name := range names {
		ids, texts = append(ids, id), append(texts, name)
	}
	// In one order, whoever writes: two feeds that name the same people wait for each other, and not each for the other.
	_, err := b.pool.Exec(ctx, `insert into people (id, org, name) select n.id, o.org, n.name
		from unnest($1::uuid[], $2::text[]) n(id, name) cross join (select distinct unnest($3::text[])) o(org)
		where not exists (select from erased where person = n.id) order by 1, 2
		on conflict (id, org) do update set name = excluded.name`, ids, texts, orgs)
	if err != nil {
		return fmt.Errorf("keep names: %w", err)
	}
	return nil
}

// Names returns what people are called in an organisation: the name that it has kept itself or else the nearest one above or below it, by the
// steps between them in the tree; of several as near, the one that was kept first. Names that are kept elsewhere only are not known there.
func (b *Book) Names(ctx context.Context, org string, ids []uuid.UUID) (map[uuid.UUID]string, error) {
	rows, err := b.pool.Query(ctx, `select distinct on (id) id, name from people
		where id = any($2) and org <> '' and (org = $1 or starts_with(org, $1 || '/') or starts_with($1, org || '/'))
		order by id, abs(cardinality(string_to_array(org, '/')) - cardinality(string_to_array($1, '/'))), created_at, org`, org, ids)
	if err != nil {
		return nil, fmt.Errorf("read names: %w", err)
	}
	names := make(map[uuid.UUID]string, len(ids))
	var id uuid.UUID
	var name string
	_, err = pgx.ForEachRow(rows, []any{&id, &name}, func() error { names[id] = name; return nil })
	if err != nil {
		return nil, fmt.Errorf("read names: %w", err)
	}
	return names, nil
}

// Seal enciphers text with the person's key (AES-256-GCM, nonce first) and returns an HMAC-SHA-256 digest under another key
// derived from the same secret, by which the same text is recognised. A person without a key gets one.
func (b *Book) Seal(ctx context.Context, person uuid.UUID, text []byte) (sealed, digest []byte, err error) {
	k, err := b.keysOf(ctx, person, true)
	if err != nil {
		return nil, nil, err
	}
	nonce := make([]byte, k.seal.NonceSize(), k.seal.NonceSize()+len(text)+k.seal.Overhead())
	if _, err := rand.Read(nonce); err != nil {
		return nil, nil, fmt.Errorf("draw a nonce: %w", err)
	}
	mac := hmac.New(sha256.New, k.digest)
	mac.Write(text)
	return k.seal.Seal(nonce, nonce, text, person[:]), mac.Sum(nil), nil
}

// Open deciphers what Seal made. What a person wrote before being erased is the fault "person.erased", also where the person has another key by now.
func (b *Book) Open(ctx context.Context, person uuid.UUID, sealed []byte) ([]byte, error) {
	k, err := b.keysOf(ctx, person, false)
	if err != nil {
		return nil, err
	}
	if len(sealed) < k.seal.NonceSize() {
		return nil, errors.New("open a sealed text: too short")
	}
	text, broken := k.seal.Open(nil, sealed[:k.seal.NonceSize()], sealed[k.seal.NonceSize():], person[:])
	if broken == nil {
		return text, nil
	}
	erased, err := b.Erased(ctx, []uuid.UUID{person})
	switch {
	case err != nil:
		return nil, err
	case erased[person]:
		return nil, isErased()
	}
	return nil, fmt.Errorf("open a sealed text: %w", broken)
}

// OpenAll deciphers what Seal made of a text of each person, all of them in one round trip. Where there is no key to it any more, there is nil.
func (b *Book) OpenAll(ctx context.Context, people []uuid.UUID, sealed [][]byte) ([][]byte, error) {
	rows, err := b.pool.Query(ctx, `select person_id, key from person_keys where person_id = any($1)`, people)
	if err != nil {
		return nil, fmt.Errorf("read people's keys: %w", err)
	}
	aeads := make(map[uuid.UUID]cipher.AEAD, len(people))
	var person uuid.UUID
	var secret []byte
	_, err = pgx.ForEachRow(rows, []any{&person, &secret}, func() error {
		k, err := derive(secret)
		aeads[person] = k.seal
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read people's keys: %w", err)
	}
	texts := make([][]byte, len(people))
	for i, person := range people {
		if aead, text := aeads[person], sealed[i]; aead != nil && len(text) >= aead.NonceSize() {
			texts[i], _ = aead.Open(nil, text[:aead.NonceSize()], text[aead.NonceSize():], person[:]) // nil: it is under the key from before
		}
	}
	return texts, nil
}

func isErased() error {
	return fault.Refuse(fault.NotFound, "person.erased", fault.Say("what this person wrote was erased", "此人的内容已被删除"))
}

// Erased tells which of some people were erased.
func (b *Book) Erased(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID]bool, error) {
	rows, err := b.pool.Query(ctx, `select person from erased where person = any($1)`, ids)
	if err != nil {
		return nil, fmt.Errorf("read who was erased: %w", err)
	}
	erased := map[uuid.UUID]bool{}
	var id uuid.UUID
	if _, err := pgx.ForEachRow(rows, []any{&id}, func() error { erased[id] = true; return nil }); err != nil {
		return nil, fmt.Errorf("read who was erased: %w", err)
	}
	return erased, nil
}

// Erase deletes what is known of a person and the key to all that the person wrote. There is no way back.
func (b *Book) Erase(ctx context.Context, person uuid.UUID) error {
	_, err := b.pool.Exec(ctx, `with key as (delete from person_keys where person_id = $1) delete from people where id = $1`, person)
	if err != nil {
		return fmt.Errorf("erase a person: %w", err)
	}
	b.keys.Remove(person)
	return nil
}

func (b *Book) keysOf(ctx context.Context, person uuid.UUID, make bool) (keys, error) {
	if k, known := b.keys.Get(person); known && time.Since(k.read) < trusted {
		return k, nil
	}
	read := time.Now()
	secret, err := b.secret(ctx, person, make)
	if err != nil {
		return keys{}, err
	}
	k, err := derive(secret)
	if err == nil {
		k.read = read
		b.keys.Add(person, k)
	}
	return k, err
}

func (b *Book) secret(ctx context.Context, person uuid.UUID, make bool) ([]byte, error) {
	if make {
		var fresh [32]byte
		if _, err := rand.Read(fresh[:]); err != nil {
			return nil, fmt.Errorf("draw a key: %w", err)
		}
		// Whoever comes first wins; the key that is there is read in the next statement.
		if _, err := b.pool.Exec(ctx, `insert into person_keys (person_id, key) values ($1, $2) on conflict do nothing`, person, fresh[:]); err != nil {
			return nil, fmt.Errorf("keep a person's key: %w", err)
		}
	}
	var secret []byte
	err := b.pool.QueryRow(ctx, `select key from person_keys where person_id = $1`, person).Scan(&secret)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, isErased()
	}
	if err != nil {
		return nil, fmt.Errorf("read a person's key: %w", err)
	}
	return secret, nil
}

func derive(secret []byte) (keys, error) {
	sealing, err := hkdf.Key(sha256.New, secret, nil, "seal", 32)
	if err != nil {
		return keys{}, fmt.Errorf("derive a key: %w", err)
	}
	digest, err := hkdf.Key(sha256.New, secret, nil, "digest", 32)
	if err != nil {
		return keys{}, fmt.Errorf("derive a key: %w", err)
	}
	block, err := aes.NewCipher(sealing)
	if err != nil {
		return keys{}, fmt.Errorf("make a cipher: %w", err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return keys{}, fmt.Errorf("make a cipher: %w", err)
	}
	return keys{seal: aead, digest: digest}, nil
}

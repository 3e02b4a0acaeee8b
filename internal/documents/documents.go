package documents

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"qbank/domain/fault"
)

// Bounds of what is kept.
const (
	most     = 10_000 // documents of an organisation
	maxBytes = 64 << 10
	maxFiles = 10_000 // of a folder
	cached   = 2_000
)

// Document is a text with its name.
type Document struct {
	Name string
	Text string
	Hash string // SHA-256 in hexadecimal
}

// Hash is the SHA-256 of a text in hexadecimal.
func Hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// Store is the table of what was registered. It is safe for concurrent use.
type Store struct {
	pool  *pgxpool.Pool
	known *lru.Cache[key, string]
}

type key struct{ org, hash string }

// New opens the store.
func New(pool *pgxpool.Pool) (*Store, error) {
	known, err := lru.New[key, string](cached)
	if err != nil {
		return nil, fmt.Errorf("make the cache of documents: %w", err)
	}
	return &Store{pool, known}, nil
}

// Register keeps documents for an organisation and those below. One that is there already stays as it is. More than an organisation may have
// is refused with "documents.too_many".
func (s *Store) Register(ctx context.Context, org, by string, list []Document) error {
	hashes, texts, names := make([]string, len(list)), make([]string, len(list)), make([]string, len(list))
	for i, d := range list {
		hashes[i], texts[i], names[i] = Hash(d.Text), d.Text, d.Name
	}
	return pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `insert into documents (org, hash, document, name, registered_by) select $1, h, d, n, $2
			from unnest($3::text[], $4::text[], $5::text[]) as given(h, d, n) on conflict (org, hash) do nothing`, org, by, hashes, texts, names); err != nil {
			return fmt.Errorf("register documents: %w", err)
		}
		var count int
		if err := tx.QueryRow(ctx, `select count(*) from documents where org = $1`, org).Scan(&count); err != nil {
			return fmt.Errorf("register documents: %w", err)
		}
		if count > most {
			return fault.Refuse(fault.Limit, "documents.too_many", fault.Say("an organisation has at most %d documents", "每个组织最多 %d 个文档", most)).With("max", most)
		}
		return nil
	})
}

// Find returns the text that an organisation, or one above it, has registered under a hash.
func (s *Store) Find(ctx context.Context, org, hash string) (text string, ok bool, err error) {
	at := key{org, hash}
	if text, known := s.known.Get(at); known { // it is never changed nor taken away
		return text, true, nil
	}
	err = s.pool.QueryRow(ctx, `select document from documents where hash = $1 and org = any($2) limit 1`, hash, above(org)).Scan(&text)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", false, nil
	}
	if err != nil {
		return "", false, fmt.Errorf("find a document: %w", err)
	}
	s.known.Add(at, text)
	return text, true, nil
}

// above lists an organisation and all above it.
func above(org string) []string {
	list := []string{org}
	for i := len(org) - 1; i > 0; i-- {
		if org[i] == '/' {
			list = append(list, org[:i])
		}
	}
	return list
}

// Folder reads the documents of a folder and those below it: a file each, named *.graphql.
func Folder(path string) ([]Document, error) {
	var list []Document
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, fmt.Errorf("read documents: %w", err)
	}
	defer root.Close() //nolint:errcheck // nothing was written
	err = fs.WalkDir(root.FS(), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || filepath.Ext(name) != ".graphql" {
			return err
		}
		text, err := fs.ReadFile(root.FS(), name)
		if err != nil {
			return err
		}
		if len(text) > maxBytes || len(list) == maxFiles {
			return fault.Refuse(fault.Limit, "documents.too_large", fault.Say("%s: a document has at most %d bytes, and a folder %d documents",
				"%s：文档不超过 %d 字节，文件夹不超过 %d 个文档", name, maxBytes, maxFiles))
		}
		list = append(list, Document{Name: strings.TrimSuffix(name, ".graphql"), Text: string(text), Hash: Hash(string(text))})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read documents: %w", err)
	}
	return list, nil
}

package library_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"qbank/domain/access"
	"qbank/domain/content"
	"qbank/domain/fault"
	"qbank/internal/library"
	"qbank/internal/pgtest"
	"qbank/internal/stack"
	"qbank/internal/stack/stacktest"
)

func open(t *testing.T, quota library.Quota) *stack.Stack {
	t.Helper()
	return openOn(t, pgtest.New(t), quota)
}

func openOn(t *testing.T, pool *pgxpool.Pool, quota library.Quota) *stack.Stack {
	t.Helper()
	st, err := stack.Open(t.Context(), pool, stack.Options{MaxWait: stacktest.MaxWait, Logger: slog.New(slog.DiscardHandler), Files: t.TempDir(), Quota: quota})
	if err != nil {
		t.Fatal(err)
	}
	stacktest.Run(t, st, st.Run)
	return st
}

func as(org string, roles ...access.Role) access.Actor {
	return access.Actor{ID: "wang", Roles: roles, Scope: access.Scope{Org: org}}
}

var author = as("school", access.Author)

func TestAFileIsKeptOnce(t *testing.T) {
	t.Parallel()
	st := open(t, library.Quota{})
	const file = "%PDF-1.7"
	hash := content.HashBytes([]byte(file))
	var many sync.WaitGroup
	fresh := make(chan bool, 8)
	for range 8 {
		many.Go(func() {
			kept, err := st.Library.Take(context.Background(), author, library.Upload{Body: strings.NewReader(file), Hash: hash, Media: "application/pdf", Title: "paper.pdf"})
			if err != nil || kept.Hash != hash || kept.Title != "paper.pdf" || kept.Revision != 1 {
				t.Errorf("%+v, %v", kept, err)
			}
			fresh <- kept.New
		})
	}
	many.Wait()
	close(fresh)
	news := 0
	for n := range fresh {
		if n {
			news++
		}
	}
	if news != 1 {
		t.Errorf("new %d times", news)
	}
}

// As many uploads as may arrive, each of which needs a second connection while it holds one, get by with the fewest connections.
func TestUploadsGetByWithTheLeastConnections(t *testing.T) {
	t.Parallel()
	config, err := pgxpool.ParseConfig(pgtest.URL(t))
	if err != nil {
		t.Fatal(err)
	}
	config.MaxConns = stack.LeastConnections
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	st := openOn(t, pool, library.Quota{})
	var many sync.WaitGroup
	for i := range 16 {
		many.Go(func() {
			who := as(fmt.Sprint("school", i), access.Author)
			if _, err := st.Library.Take(context.Background(), who, library.Upload{Body: strings.NewReader(fmt.Sprint("%PDF-", i))}); err != nil {
				t.Error(err)
			}
		})
	}
	many.Wait()
}

func TestUploadsThatAreRefused(t *testing.T) {
	t.Parallel()
	st := open(t, library.Quota{})
	other := content.HashBytes([]byte("other"))
	before, err := st.Store.Head(t.Context()) // the built-in types
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		actor  access.Actor
		upload library.Upload
		code   string
	}{
		"a reviewer":          {as("school", access.Reviewer), library.Upload{Body: strings.NewReader("%PDF-1")}, "access.denied"},
		"another hash":        {author, library.Upload{Body: strings.NewReader("%PDF-1"), Hash: other}, "resource.hash_mismatch"},
		"no hash":             {author, library.Upload{Body: strings.NewReader("%PDF-1"), Hash: "../../etc/passwd"}, "resource.hash"},
		"another type":        {author, library.Upload{Body: strings.NewReader("%PDF-1"), Media: "image/png"}, "resource.type_mismatch"},
		"html for a picture":  {author, library.Upload{Body: strings.NewReader("<html><script>x</script>"), Media: "image/png"}, "resource.type_mismatch"},
		"no known type":       {author, library.Upload{Body: strings.NewReader("MZ\x90"), Media: "application/pdf"}, "resource.type_unknown"},
		"nothing":             {author, library.Upload{Body: strings.NewReader("")}, "resource.type_unknown"},
		"a long name":         {author, library.Upload{Body: strings.NewReader("%PDF-1"), Title: strings.Repeat("x", 301)}, "resource.title"},
		"a path":              {author, library.Upload{Body: strings.NewReader("%PDF-1"), Title: "../a.pdf"}, "resource.title"},
		"two lines":           {author, library.Upload{Body: strings.NewReader("%PDF-1"), Title: "a\r\nSet-Cookie: b"}, "resource.title"},
		"a broken picture":    {author, library.Upload{Body: strings.NewReader("\x89PNG\r\n\x1a\nxx")}, "resource.damaged"},
		"a broken drawing":    {author, library.Upload{Body: strings.NewReader("<svg><g></svg>")}, "resource.damaged"},
		"too large a drawing": {author, library.Upload{Body: io.MultiReader(strings.NewReader("<svg>"), bytes.NewReader(make([]byte, 2<<20)))}, "resource.type_unknown"},
		"too much text":       {author, library.Upload{Body: io.MultiReader(strings.NewReader("<svg>"), strings.NewReader(strings.Repeat("x", 2<<20)))}, "file.too_large"},
		"cut off":             {author, library.Upload{Body: io.MultiReader(strings.NewReader("%PDF-1"), broken{})}, "file.incomplete"},
		"cut off later":       {author, library.Upload{Body: io.MultiReader(strings.NewReader("%PDF-1"+strings.Repeat("x", 8000)), broken{})}, "file.incomplete"},
	} {
		if kept, err := st.Library.Take(t.Context(), c.actor, c.upload); !fault.Is(err, c.code) {
			t.Errorf("%s: %+v, %v", name, kept, err)
		}
	}
	if err := st.Library.Blobs.Each(nil); err != nil {
		t.Error(err)
	}
	if head, err := st.Store.Head(t.Context()); err != nil || head != before {
		t.Errorf("refused uploads left %d events, %v", head-before, err)
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestAnOrganisationKeepsWhatItsQuotaAllows(t *testing.T) {
	t.Parallel()
	st := open(t, library.Quota{Files: 2, Bytes: 30})
	take := func(org, file string) error {
		_, err := st.Library.Take(t.Context(), as(org, access.Author), library.Upload{Body: strings.NewReader(file)})
		return err
	}
	for _, c := range []struct{ org, file, code string }{
		{"school", "%PDF-of some length", ""},
		{"school", "%PDF-of some more length", "resource.quota"},
		{"school", "%PDF-2", ""},
		{"school", "%PDF-3", "resource.quota"},
		{"other", "%PDF-3", ""},
		{"other", "%PDF-" + strings.Repeat("x", 100), "resource.quota"},
	} {
		if err := take(c.org, c.file); (err == nil) != (c.code == "") || err != nil && !fault.Is(err, c.code) {
			t.Errorf("%s of %s: %v", c.file, c.org, err)
		}
	}
}

func TestFilesAreKnownAroundAnOrganisation(t *testing.T) {
	t.Parallel()
	st := open(t, library.Quota{})
	kept, err := st.Library.Take(t.Context(), as("school/maths", access.Author), library.Upload{Body: strings.NewReader("%PDF-1")})
	if err != nil {
		t.Fatal(err)
	}
	other := content.HashBytes(nil)
	for org, want := range map[string]bool{"school/maths": true, "school/maths/7b": true, "school": true, "school/art": false, "other": false, "school/maths2": false} {
		known, err := st.Commands.Resources.Known(t.Context(), org, []content.Hash{kept.Hash, other})
		if _, there := known[kept.Hash]; err != nil || there != want || want && known[kept.Hash].Type != "application/pdf" || len(known) > 1 {
			t.Errorf("%s: known %v, %v", org, known, err)
		}
	}
}

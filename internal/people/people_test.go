package people_test

import (
	"bytes"
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"qbank/domain/access"
	"qbank/domain/fault"
	"qbank/internal/people"
	"qbank/internal/pgtest"
)

func TestWhatIsSealedIsReadAgain(t *testing.T) {
	t.Parallel()
	book := open(t)
	wang, li := uuid.New(), uuid.New()
	text := []byte(`{"text":"my own words"}`)
	sealed, digest, err := book.Seal(t.Context(), wang, text)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(sealed, []byte("words")) {
		t.Fatal("the text is readable")
	}
	if opened, err := book.Open(t.Context(), wang, sealed); err != nil || !bytes.Equal(opened, text) {
		t.Fatalf("%s, %v", opened, err)
	}
	again, sameDigest, err := book.Seal(t.Context(), wang, text)
	if err != nil || bytes.Equal(again, sealed) || !bytes.Equal(digest, sameDigest) {
		t.Errorf("the same text again: other bytes and the same digest are wanted, %v", err)
	}
	_, other, err := book.Seal(t.Context(), wang, []byte(`{"text":"my own Words"}`))
	if err != nil || bytes.Equal(other, digest) {
		t.Errorf("another text has the same digest, %v", err)
	}
	if _, lis, err := book.Seal(t.Context(), li, text); err != nil || bytes.Equal(lis, digest) {
		t.Errorf("two persons' digests of a text are the same, %v", err)
	}
	for name, forged := range map[string][]byte{
		"empty": nil, "short": sealed[:5], "cut": sealed[:len(sealed)-1], "changed": append([]byte{sealed[0] ^ 1}, sealed[1:]...),
	} {
		if opened, err := book.Open(t.Context(), wang, forged); err == nil {
			t.Errorf("%s: opened as %s", name, opened)
		}
	}
	if opened, err := book.Open(t.Context(), li, sealed); err == nil {
		t.Errorf("another person's key opens it: %s", opened)
	}
}

func TestErasureLeavesNothingReadable(t *testing.T) {
	t.Parallel()
	book := open(t)
	wang, li := uuid.New(), uuid.New()
	if err := book.KeepNames(t.Context(), map[uuid.UUID]string{wang: "Wang", li: "Li"}, "school", "other"); err != nil {
		t.Fatal(err)
	}
	wangs, _, err := book.Seal(t.Context(), wang, []byte("mine"))
	if err != nil {
		t.Fatal(err)
	}
	lis, _, err := book.Seal(t.Context(), li, []byte("hers"))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // erasing twice is erasing once
		if err := book.Erase(t.Context(), wang); err != nil {
			t.Fatal(err)
		}
	}
	if text, err := book.Open(t.Context(), wang, wangs); !fault.Is(err, "person.erased") {
		t.Errorf("%s, %v", text, err)
	}
	if text, err := book.Open(t.Context(), li, lis); err != nil || string(text) != "hers" {
		t.Errorf("another person's text: %s, %v", text, err)
	}
	names, err := book.Names(t.Context(), "school", []uuid.UUID{wang, li})
	if err != nil || len(names) != 1 || names[li] != "Li" {
		t.Errorf("names %v, %v", names, err)
	}
	// Who writes again gets another key, which opens nothing of before.
	if _, _, err := book.Seal(t.Context(), wang, []byte("new")); err != nil {
		t.Fatal(err)
	}
	if text, err := book.Open(t.Context(), wang, wangs); err == nil {
		t.Errorf("a new key opens %s", text)
	}
}

// What somebody wrote before being erased is gone, and not broken, also when the person has written since.
func TestWhatWasErasedIsGoneBehindAnotherKey(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	book, err := people.New(pool)
	if err != nil {
		t.Fatal(err)
	}
	wang, li := uuid.New(), uuid.New()
	sealed := map[uuid.UUID][]byte{}
	for _, person := range []uuid.UUID{wang, li} {
		if sealed[person], _, err = book.Seal(t.Context(), person, []byte("before")); err != nil {
			t.Fatal(err)
		}
		if err := book.Erase(t.Context(), person); err != nil {
			t.Fatal(err)
		}
		if _, _, err := book.Seal(t.Context(), person, []byte("after")); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := pool.Exec(t.Context(), "insert into erased (person) values ($1)", wang); err != nil {
		t.Fatal(err)
	}
	if text, err := book.Open(t.Context(), wang, sealed[wang]); !fault.Is(err, "person.erased") {
		t.Errorf("%s, %v", text, err)
	}
	after, _, err := book.Seal(t.Context(), li, []byte("after"))
	if err != nil {
		t.Fatal(err)
	}
	texts, err := book.OpenAll(t.Context(), []uuid.UUID{wang, li, li, uuid.New(), li}, [][]byte{sealed[wang], sealed[li], after, after, after[:4]})
	if err != nil || len(texts) != 5 || string(texts[2]) != "after" || texts[0] != nil || texts[1] != nil || texts[3] != nil || texts[4] != nil {
		t.Errorf("%q, %v", texts, err)
	}
	if text, err := book.Open(t.Context(), li, sealed[li]); err == nil || fault.Of(err) != nil { // nobody has erased li: this is broken
		t.Errorf("%s, %v", text, err)
	}
}

func TestTwoBooksMakeOneKey(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	var books [8]*people.Book
	for i := range books {
		book, err := people.New(pool)
		if err != nil {
			t.Fatal(err)
		}
		books[i] = book
	}
	person := uuid.New()
	var digests [8][]byte
	var all sync.WaitGroup
	for i, book := range books {
		all.Go(func() {
			var err error
			if _, digests[i], err = book.Seal(t.Context(), person, []byte("text")); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for _, digest := range digests {
		if !bytes.Equal(digest, digests[0]) {
			t.Fatal("two processes at once made two keys")
		}
	}
}

func TestNamesAreReplaced(t *testing.T) {
	t.Parallel()
	book := open(t)
	id := uuid.New()
	for _, name := range []string{"Wang", "Wang Fang"} {
		if err := book.KeepNames(t.Context(), map[uuid.UUID]string{id: name}, "school"); err != nil {
			t.Fatal(err)
		}
	}
	if names, err := book.Names(t.Context(), "school", []uuid.UUID{id}); err != nil || names[id] != "Wang Fang" {
		t.Errorf("%v, %v", names, err)
	}
}

// A feed that names everybody again does not bring back who was erased.
func TestWhoWasErasedStaysUnnamed(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	book, err := people.New(pool)
	if err != nil {
		t.Fatal(err)
	}
	gone, there := uuid.New(), uuid.New()
	if _, err := pool.Exec(t.Context(), "insert into erased (person) values ($1)", gone); err != nil {
		t.Fatal(err)
	}
	if err := book.KeepNames(t.Context(), map[uuid.UUID]string{gone: "Wang", there: "Li"}, "school"); err != nil {
		t.Fatal(err)
	}
	if names, err := book.Names(t.Context(), "school", []uuid.UUID{gone, there}); err != nil || len(names) != 1 || names[there] != "Li" {
		t.Errorf("%v, %v", names, err)
	}
}

func TestANameIsReadAroundWhereItWasGiven(t *testing.T) {
	t.Parallel()
	book, id := open(t), uuid.New()
	for _, kept := range []struct{ org, name string }{{"acme", "A"}, {"acme/math/7", "Seven"}, {"acme/art", "Art"}, {"other", "X"}} {
		if err := book.KeepNames(t.Context(), map[uuid.UUID]string{id: kept.name}, kept.org); err != nil {
			t.Fatal(err)
		}
	}
	for org, want := range map[string]string{
		"acme": "A", "acme/art": "Art", "acme/art/1": "Art", "acme/math": "A", "acme/math/7": "Seven", "acme/math/7/b": "Seven",
		"other": "X", "other/math": "X", "acm": "", "acme2": "", "third": "", "": "",
	} {
		if names, err := book.Names(t.Context(), org, []uuid.UUID{id}); err != nil || names[id] != want {
			t.Errorf("in %q: %q, %v; want %q", org, names[id], err, want)
		}
	}
}

// The name is that of the nearest organisation around, of several as near the first that gave one; others' names are never read.
func TestTheNearestOrganisationNames(t *testing.T) {
	t.Parallel()
	book := open(t)
	orgs := []string{"a", "a/b", "a/b/c", "a/d", "a/d/e", "ab", "x", "x/b"}
	steps := func(org string) int { return strings.Count(org, "/") }
	rapid.Check(t, func(t *rapid.T) {
		id := uuid.New()
		givers := rapid.SliceOfDistinct(rapid.SampledFrom(orgs), func(org string) string { return org }).Draw(t, "givers")
		for _, org := range givers {
			if err := book.KeepNames(context.Background(), map[uuid.UUID]string{id: "of " + org}, org); err != nil {
				t.Fatal(err)
			}
		}
		reader, want, far := rapid.SampledFrom(orgs).Draw(t, "reader"), "", 0
		for _, org := range givers {
			away := steps(org) - steps(reader)
			if away = max(away, -away); access.Related(org, reader) && (want == "" || away < far) {
				want, far = "of "+org, away
			}
		}
		if names, err := book.Names(context.Background(), reader, []uuid.UUID{id}); err != nil || names[id] != want {
			t.Fatalf("%s reads %q of %v, %v; want %q", reader, names[id], givers, err, want)
		}
	})
}

func open(t *testing.T) *people.Book {
	t.Helper()
	book, err := people.New(pgtest.New(t))
	if err != nil {
		t.Fatal(err)
	}
	return book
}

package devices_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"qbank/domain/access"
	"qbank/domain/roster"
	"qbank/internal/devices"
	"qbank/internal/pgtest"
)

var (
	noon = time.UnixMicro(1_750_000_000_000_000)
	prod = access.Scope{Org: "acme/math", Environment: "prod"}
	ann  = roster.PersonOf("ann")
)

// book is one on a database of its own.
type book struct {
	testing.TB
	*devices.Book
}

func open(t *testing.T) book {
	t.Helper()
	b, err := devices.New(pgtest.New(t), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return book{t, b}
}

// on is a student whose device says where it is.
func on(subject, region string, scope access.Scope) access.Actor {
	return access.Actor{ID: subject, Roles: []access.Role{access.Student}, Scope: scope, Device: access.Device{Platform: "ios", Region: region}}
}

func (b book) flush() {
	b.Helper()
	if err := b.Flush(context.Background()); err != nil {
		b.Fatal(err)
	}
}

// region is where a person's device was last, and when; "" where nothing is known.
func (b book) region(scope access.Scope, person uuid.UUID) (string, int64) {
	b.Helper()
	seen, known, err := b.Last(context.Background(), scope, person)
	if err != nil || known != (seen.Subject != "") {
		b.Fatalf("%+v, %t, %v", seen, known, err)
	}
	return seen.Device.Region, seen.At
}

func TestADeviceIsFoundInItsEnvironmentAndFromAbove(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.Note(on("ann", "north", prod), noon)
	b.Note(on("ann", "south", access.Scope{Org: "acme/math", Environment: "test"}), noon)
	b.Note(on("ann", "east", access.Scope{Org: "acme/art", Environment: "prod"}), noon.Add(time.Second))
	b.flush()
	for scope, want := range map[access.Scope]string{
		prod:                                      "north",
		{Org: "acme", Environment: "prod"}:        "east", // said last
		{Org: "acme/math", Environment: "test"}:   "south",
		{Org: "acme/mat", Environment: "prod"}:    "",
		{Org: "acme/math/7", Environment: "prod"}: "",
		{Org: "acme/math"}:                        "",
	} {
		if got, _ := b.region(scope, ann); got != want {
			t.Errorf("%+v: %q, want %q", scope, got, want)
		}
	}
	homes, err := b.HomesOf(t.Context(), ann)
	if slices.Sort(homes); err != nil || !slices.Equal(homes, []string{"acme/art", "acme/math"}) {
		t.Errorf("homes: %v, %v", homes, err)
	}
	if homes, err := b.HomesOf(t.Context(), roster.PersonOf("bo")); err != nil || len(homes) != 0 {
		t.Errorf("of somebody else: %v, %v", homes, err)
	}
}

func TestOnlyStudentsThemselvesAreNoted(t *testing.T) {
	t.Parallel()
	b := open(t)
	borrowed, teacher, both := on("ann", "north", prod), on("ann", "north", prod), on("ann", "north", prod)
	borrowed.ActingFor, teacher.Roles, both.Roles = "ann", []access.Role{access.Teacher}, []access.Role{access.Student, access.Support}
	for _, a := range []access.Actor{borrowed, teacher, both} {
		b.Note(a, noon)
	}
	b.flush()
	if region, _ := b.region(prod, ann); region != "" {
		t.Errorf("ann is known in %q", region)
	}
}

func TestTheSameIsWrittenAgainAfterAnHour(t *testing.T) {
	t.Parallel()
	b := open(t)
	for _, c := range []struct {
		after time.Duration
		want  int64 // microseconds after noon
	}{{0, 0}, {59 * time.Minute, 0}, {time.Hour, time.Hour.Microseconds()}} {
		b.Note(on("ann", "north", prod), noon.Add(c.after))
		b.flush()
		if _, at := b.region(prod, ann); at != noon.UnixMicro()+c.want {
			t.Errorf("after %s it was seen %d µs after noon, want %d", c.after, at-noon.UnixMicro(), c.want)
		}
	}
}

// Another node may have written what came later.
func TestWhatWasSaidLaterStays(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	for _, said := range []struct {
		region string
		at     time.Time
	}{{"south", noon.Add(time.Minute)}, {"north", noon}} {
		b, err := devices.New(pool, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		b.Note(on("ann", said.region, prod), said.at)
		book{t, b}.flush()
		if region, _ := (book{t, b}).region(prod, ann); region != "south" {
			t.Errorf("after %s was said: %s", said.region, region)
		}
	}
}

func TestAnErasedPersonIsForgotten(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.Note(on("ann", "north", prod), noon)
	b.Note(on("bo", "west", prod), noon)
	b.flush()
	b.Note(on("ann", "south", prod), noon.Add(time.Minute)) // not written yet
	n, err := b.Erase(t.Context(), ann)
	b.flush()
	if region, _ := b.region(prod, ann); n != 1 || err != nil || region != "" {
		t.Errorf("%d rows, %v; ann is known in %q", n, err, region)
	}
	if region, _ := b.region(prod, roster.PersonOf("bo")); region != "west" {
		t.Errorf("bo is known in %q", region)
	}
	b.Note(on("ann", "south", prod), noon.Add(2*time.Minute)) // whoever comes back is not taken for known
	b.flush()
	if region, _ := b.region(prod, ann); region != "south" {
		t.Errorf("ann is known in %q", region)
	}
}

func TestTheRestIsWrittenAtTheEnd(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.Note(on("ann", "north", prod), noon)
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := b.Run(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("run: %v", err)
	}
	if region, _ := b.region(prod, ann); region != "north" {
		t.Errorf("ann is known in %q", region)
	}
}

// However often it is written, what was said last is what is known.
func TestTheLastWordCounts(t *testing.T) {
	t.Parallel()
	b := open(t)
	now := noon
	rapid.Check(t, func(rt *rapid.T) {
		last := map[string]string{}
		for range rapid.IntRange(1, 12).Draw(rt, "notes") {
			who := rapid.SampledFrom([]string{"ann", "bo"}).Draw(rt, "who")
			last[who] = rapid.SampledFrom([]string{"north", "south"}).Draw(rt, "region")
			now = now.Add(time.Second)
			b.Note(on(who, last[who], prod), now)
			if rapid.Bool().Draw(rt, "flush") {
				b.flush()
			}
		}
		b.flush()
		for who, want := range last {
			if got, _ := b.region(prod, roster.PersonOf(who)); got != want {
				rt.Fatalf("%s is known in %q, want %q", who, got, want)
			}
		}
	})
}

package preview_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/xml"
	"image/png"
	"net/http"
	"strings"
	"testing"
	"time"

	door "qbank/delivery/preview"
	"qbank/domain/access"
	"qbank/internal/library"
	"qbank/internal/preview"
	"qbank/internal/ratelimit"
	"qbank/internal/token"
)

func TestTicketsThatAreRefused(t *testing.T) {
	t.Parallel()
	h := open(t)
	q := h.create(choiceType, choice("2+2?", "b"))
	ticket := h.ticket(preview.Ask{Question: q})
	parts := strings.Split(ticket, ".")
	otherKey := preview.Tickets{Keys: preview.Key(ed25519.NewKeyFromSeed(make([]byte, 32))), Now: h.tickets.Now}
	foreign, _, err := otherKey.Issue(preview.Pins{Org: "school", Question: q, Revision: 1, Solutions: true})
	if err != nil {
		t.Fatal(err)
	}
	login, err := h.tickets.Keys.Signer().Mint(admin, time.Now(), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string]string{
		"nothing": "x", "half": ticket[:len(ticket)/2], "another signature": parts[0] + "." + parts[1] + "." + strings.Split(foreign, ".")[2],
		"other claims": parts[0] + "." + strings.Split(foreign, ".")[1] + "." + parts[2], "another key": foreign, "a login": login, "no algorithm": "eyJhbGciOiJub25lIn0." + parts[1] + ".",
		"a well of letters": strings.Repeat("a", 20_000),
	} {
		h.send("GET", "/preview/"+bad, "").refused(404, "preview.invalid")
		if name == "a login" {
			h.send("POST", "/preview/"+bad+"/answers", `{"answers": []}`).refused(404, "preview.invalid")
		}
	}
	// A ticket is no login.
	verifier, err := token.NewVerifier(h.tickets.Keys.Signer().Public(), nil)
	if err != nil {
		t.Fatal(err)
	}
	link, err := h.tickets.Share(t.Context(), admin, preview.Pins{Org: "school", Question: q, Revision: 1}, time.Hour, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{ticket, link.Ticket} {
		if actor, err := verifier.Verify(text); err == nil {
			t.Errorf("a ticket logs in as %+v", actor)
		}
	}
	h.now = h.now.Add(3 * time.Hour)
	h.send("GET", "/preview/"+ticket, "").refused(404, "preview.expired")
	h.send("GET", "/preview/"+link.Ticket, "").refused(404, "preview.expired")
}

func TestALinkLeadsUntilItEndsOrIsRevoked(t *testing.T) {
	t.Parallel()
	h := open(t)
	q := h.create(choiceType, choice("2+2?", "b"))
	pins, err := h.stage.Pin(t.Context(), admin, preview.Ask{Question: q})
	if err != nil {
		t.Fatal(err)
	}
	for _, life := range []time.Duration{0, time.Second, 5*time.Minute - 1, 31 * 24 * time.Hour} {
		if _, err := h.tickets.Share(t.Context(), admin, pins, life, ""); err == nil || !strings.HasPrefix(err.Error(), "preview.lifetime") {
			t.Errorf("%s: %v", life, err)
		}
	}
	link, err := h.tickets.Share(t.Context(), admin, pins, 30*24*time.Hour, "for the parents")
	if err != nil {
		t.Fatal(err)
	}
	if v := h.show(link.Ticket); stemOf(v, 0) != "2+2?" {
		t.Errorf("%+v", v)
	}
	picture := h.send("GET", "/preview/"+link.Ticket+"/qr.png", "")
	if drawn, err := png.Decode(bytes.NewReader(picture.body)); err != nil || drawn.Bounds().Dx() != 512 || picture.header.Get("Content-Type") != "image/png" {
		t.Errorf("%d, %v", picture.status, err)
	}
	if svg := h.send("GET", "/preview/"+link.Ticket+"/qr.svg", ""); svg.status != 200 || xml.Unmarshal(svg.body, new(struct{})) != nil || !bytes.Contains(svg.body, []byte("<path")) {
		t.Errorf("%d %s", svg.status, svg.body)
	}
	// What is stored cannot be changed under a link.
	if _, err := h.Pool.Exec(t.Context(), `update preview_links set pins = replace(pins::text, '"revision":1', '"solutions":true,"revision":1')::json`); err != nil {
		t.Fatal(err)
	}
	h.send("GET", "/preview/"+link.Ticket, "").refused(404, "preview.invalid")
	second, err := h.tickets.Share(t.Context(), admin, pins, time.Hour, "")
	if err != nil {
		t.Fatal(err)
	}
	stranger, colleague := as("other", access.Admin), as("school", access.Author)
	stranger.ID, colleague.ID = "li", "zhang"
	for _, actor := range []access.Actor{stranger, colleague} {
		if _, err := h.tickets.Revoke(t.Context(), actor, second.ID); err == nil || !strings.HasPrefix(err.Error(), "preview.link_not_found") {
			t.Errorf("%s: %v", actor.ID, err)
		}
	}
	h.show(second.Ticket)
	if revoked, err := h.tickets.Revoke(t.Context(), admin, second.ID); err != nil || revoked.RevokedAt == nil {
		t.Fatalf("%+v, %v", revoked, err)
	}
	h.send("GET", "/preview/"+second.Ticket, "").refused(404, "preview.revoked")
	h.send("POST", "/preview/"+second.Ticket+"/answers", `{"answers": []}`).refused(404, "preview.revoked")
	links, err := h.tickets.Links(t.Context(), admin)
	if err != nil || len(links) != 2 || links[0].ID != second.ID || links[0].Ticket != "" {
		t.Errorf("%+v, %v", links, err)
	}
}

func TestAPreviewServesTheFilesItNames(t *testing.T) {
	t.Parallel()
	h := open(t)
	keep := func(file string) string {
		kept, err := h.Library.Take(t.Context(), admin, library.Upload{Body: strings.NewReader(file)})
		if err != nil {
			t.Fatal(err)
		}
		return string(kept.Hash)
	}
	shown, hidden, other := keep("%PDF-shown"), keep("%PDF-hidden"), keep("%PDF-other")
	doc := choice("![](/v1/blobs/"+shown+")", "a")
	doc["explanation"] = text(hidden)
	q := h.create(choiceType, doc)
	for _, c := range []struct {
		solutions bool
		hash      string
		want      int
	}{{false, shown, 200}, {false, hidden, 404}, {true, hidden, 200}, {true, other, 404}, {true, "../x", 404}} {
		ticket := h.ticket(preview.Ask{Question: q, Solutions: c.solutions})
		if r := h.send("GET", "/preview/"+ticket+"/blobs/"+c.hash, ""); r.status != c.want && !(c.hash == "../x" && r.status >= 300) {
			t.Errorf("%+v: %d %s", c, r.status, r.body)
		}
	}
	ticket := h.ticket(preview.Ask{Question: q})
	if part := h.send("GET", "/preview/"+ticket+"/blobs/"+shown, "", "Range", "bytes=5-"); part.status != 206 || string(part.body) != "shown" {
		t.Errorf("%d %s", part.status, part.body)
	}
	h.send("GET", "/preview/"+ticket+"/blobs/"+shown, "", "Range", "bytes=99-").refused(416, "blob.range")
}

func TestBadAnswers(t *testing.T) {
	t.Parallel()
	h := open(t)
	ticket := h.ticket(preview.Ask{Question: h.create(choiceType, choice("2+2?", "b"))})
	for body, want := range map[string]struct {
		status int
		code   string
	}{
		`nonsense`: {400, "json.syntax"}, `[]`: {400, "request.shape"}, `{"answers": {}}`: {400, "request.shape"}, `{"answers": [7]}`: {400, "request.shape"},
		`{"answers": [{"slot": "x"}]}`:                                            {422, "preview.slot"},
		`{"answers": [{"slot": "q"}, {"slot": "q"}]}`:                             {422, "preview.slot"},
		`{"answers": [` + strings.Repeat(`{"slot":"q"},`, 501) + `{"slot":"q"}]}`: {400, "request.shape"},
		strings.Repeat(" ", 1<<20+1):                                              {413, "json.too_large"},
		strings.Repeat("[", 100) + strings.Repeat("]", 100):                       {400, "json.too_deep"},
	} {
		h.send("POST", "/preview/"+ticket+"/answers", body).refused(want.status, want.code)
	}
	if r := h.send("GET", "/preview/"+ticket, ""); r.header.Get("Cache-Control") != "no-store" || r.header.Get("Referrer-Policy") != "no-referrer" || r.header.Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("%v", r.header)
	}
	if r := h.send("OPTIONS", "/preview/"+ticket, ""); r.status != http.StatusNoContent {
		t.Errorf("%d", r.status)
	}
	if r := h.send("DELETE", "/preview/"+ticket, ""); r.status != http.StatusMethodNotAllowed {
		t.Errorf("%d", r.status)
	}
}

// Whoever has a ticket need not be known, so it is counted where they come from.
func TestPreviewsAreCountedByAddress(t *testing.T) {
	t.Parallel()
	h := open(t)
	limits, err := ratelimit.New(ratelimit.Options{Limits: map[ratelimit.Class]ratelimit.Limit{ratelimit.Open: {PerSecond: 0.001, Burst: 2}}})
	if err != nil {
		t.Fatal(err)
	}
	h.door = (&door.Door{Stage: h.stage, Tickets: h.tickets, Limits: limits, Logger: h.Logger}).Handler()
	ticket := h.ticket(preview.Ask{Question: h.create(choiceType, choice("2+2?", "b"))})
	if got := h.send("GET", "/preview/"+ticket, ""); got.status != http.StatusOK {
		t.Errorf("the first request got %d", got.status)
	}
	h.send("GET", "/preview/x", "").refused(404, "preview.invalid")
	if got := h.send("GET", "/preview/"+ticket, ""); got.status != http.StatusTooManyRequests {
		t.Errorf("the third request got %d", got.status)
	}
}

package preview_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"image/png"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"qbank/commands"
	door "qbank/delivery/preview"
	"qbank/domain/access"
	"qbank/domain/content"
	"qbank/domain/lesson"
	"qbank/domain/qtype"
	"qbank/domain/qtype/typetest"
	"qbank/domain/question"
	"qbank/domain/scoring"
	"qbank/internal/library"
	"qbank/internal/pgtest"
	"qbank/internal/preview"
	"qbank/internal/stack"
	"qbank/internal/token"
	"qbank/schemas"
)

// house is a qbank with the preview door.
type house struct {
	*stack.Stack
	t       testing.TB
	door    http.Handler
	stage   *preview.Stage
	tickets preview.Tickets
	now     time.Time
}

func open(t testing.TB) *house {
	t.Helper()
	st, err := stack.Open(context.Background(), pgtest.New(t), stack.Options{Logger: slog.New(slog.DiscardHandler), Files: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- st.Run(ctx) }()
	t.Cleanup(func() { stop(); <-ended; st.Close() })
	h := &house{Stack: st, t: t, now: time.Now()}
	if h.stage, err = preview.NewStage(st.Commands, st.Store.Head); err != nil {
		t.Fatal(err)
	}
	h.tickets = preview.Tickets{Key: ed25519.NewKeyFromSeed([]byte("a key for tests, of 32 bytes....")[:32]), Pool: st.Pool, Now: func() time.Time { return h.now }}
	h.door = (&door.Door{Stage: h.stage, Tickets: h.tickets, Files: st.Library, Logger: st.Logger}).Handler()
	return h
}

func as(org string, roles ...access.Role) access.Actor {
	return access.Actor{ID: "wang", Roles: roles, Scope: access.Scope{Org: org, Environment: "dev"}}
}

var admin = as("school", access.Admin)

func (h *house) do(c commands.Command) commands.Done {
	h.t.Helper()
	done, err := h.Commands.Do(context.Background(), admin, c)
	if err != nil {
		h.t.Fatalf("%T: %v", c, err)
	}
	return done
}

func text(s string) map[string]any { return map[string]any{"format": "plain", "text": s} }

func choice(stem, key string) map[string]any {
	options := []any{}
	for _, id := range []string{"a", "b", "c"} {
		options = append(options, map[string]any{"id": id, "text": text("option " + id), "feedback": text("because " + id)})
	}
	return map[string]any{"stem": text(stem), "options": options, "shuffle": true, "key": key}
}

var (
	choiceType = qtype.Ref{ID: "single-choice", Version: "1.0.0"}
	essayType  = qtype.Ref{ID: "essay", Version: "1.0.0"}
)

func (h *house) create(typ qtype.Ref, doc any) question.ID {
	h.t.Helper()
	return h.do(commands.CreateQuestion{Type: typ, Content: doc}).ID
}

func (h *house) publish(id question.ID, doc any) {
	h.t.Helper()
	h.do(commands.SubmitQuestion{Question: id, Revision: commands.Anything})
	h.do(commands.ApproveQuestion{Question: id, Revision: commands.Anything, Hash: content.HashOf(doc)})
	h.do(commands.PublishQuestion{Question: id, Revision: commands.Anything, Kind: question.Revision})
}

// ticket previews as the admin.
func (h *house) ticket(ask preview.Ask) string {
	h.t.Helper()
	pins, err := h.stage.Pin(context.Background(), admin, ask)
	if err != nil {
		h.t.Fatal(err)
	}
	ticket, _, err := h.tickets.Issue(pins)
	if err != nil {
		h.t.Fatal(err)
	}
	return ticket
}

type reply struct {
	t      testing.TB
	status int
	header http.Header
	body   []byte
}

func (h *house) send(method, path, body string, headers ...string) reply {
	h.t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.door.ServeHTTP(w, r)
	return reply{h.t, w.Code, w.Header(), w.Body.Bytes()}
}

func (h *house) show(ticket string) preview.View {
	h.t.Helper()
	return decode[preview.View](h.send("GET", "/preview/"+ticket, ""))
}

func (h *house) score(ticket string, answers ...any) preview.Result {
	h.t.Helper()
	body, err := json.Marshal(map[string]any{"answers": answers})
	if err != nil {
		h.t.Fatal(err)
	}
	return decode[preview.Result](h.send("POST", "/preview/"+ticket+"/answers", string(body)))
}

func answer(slot string, response any) any { return map[string]any{"slot": slot, "response": response} }

func decode[T any](r reply) (v T) {
	r.t.Helper()
	if err := json.Unmarshal(r.body, &v); err != nil || r.status != 200 {
		r.t.Fatalf("%d %s, %v", r.status, r.body, err)
	}
	return v
}

func (r reply) refused(status int, code string) {
	r.t.Helper()
	if r.status != status || !bytes.Contains(r.body, []byte(`"code":"`+code+`"`)) || r.header.Get("Content-Type") != "application/problem+json" {
		r.t.Errorf("%d %s, want %d %s", r.status, r.body, status, code)
	}
}

func stemOf(v preview.View, i int) string {
	var view struct{ Stem struct{ Text string } }
	_ = json.Unmarshal(v.Items[i].View, &view)
	return view.Stem.Text
}

func TestAQuestionIsShownAsItStoodAtAnyPoint(t *testing.T) {
	t.Parallel()
	h := open(t)
	q := h.create(choiceType, choice("first", "a"))
	h.publish(q, choice("first", "a"))
	moment := time.Now().UnixMicro()
	time.Sleep(2 * time.Millisecond)
	h.do(commands.EditQuestion{Question: q, Revision: 4, Content: choice("second", "b")})
	for name, c := range map[string]struct {
		ask      preview.Ask
		stem     string
		version  int
		revision int
	}{
		"now": {preview.Ask{}, "second", 0, 5}, "a revision": {preview.Ask{Revision: 1}, "first", 0, 1}, "a version": {preview.Ask{Version: 1}, "first", 1, 4},
		"a moment": {preview.Ask{Moment: moment}, "first", 0, 4},
	} {
		c.ask.Question = q
		v := h.show(h.ticket(c.ask))
		if stemOf(v, 0) != c.stem || v.Items[0].Version != c.version || v.Revision != c.revision || v.Items[0].Public != string(content.HashBytes(v.Items[0].View)) {
			t.Errorf("%s: %+v", name, v)
		}
	}
	// A ticket goes on to show what it showed.
	old := h.ticket(preview.Ask{Question: q, Seed: 7})
	before := h.send("GET", "/preview/"+old, "")
	h.do(commands.EditQuestion{Question: q, Revision: 5, Content: choice("third", "c")})
	if after := h.send("GET", "/preview/"+old, ""); !bytes.Equal(before.body, after.body) {
		t.Errorf("%s became %s", before.body, after.body)
	}
	for _, ask := range []preview.Ask{{Question: q, Revision: 99}, {Question: q, Version: 2}, {Question: q, Moment: 1}, {Lesson: q}, {Question: uuid.New()}, {}, {Question: q, Lesson: q},
		{Question: q, Revision: 1, Version: 1}, {Question: q, Live: true}, {Question: q, Locale: strings.Repeat("x", 65)}} {
		if pins, err := h.stage.Pin(t.Context(), admin, ask); err == nil {
			t.Errorf("%+v is pinned as %+v", ask, pins)
		}
	}
}

func TestWhoMayPreviewWhat(t *testing.T) {
	t.Parallel()
	h := open(t)
	q := h.create(choiceType, choice("first", "a"))
	for name, c := range map[string]struct {
		actor access.Actor
		want  string
	}{
		"an author": {as("school", access.Author), ""}, "one above": {as("school", access.Reviewer), ""}, "a teacher": {as("school", access.Teacher), "access.denied"},
		"another school": {as("other", access.Admin), "question.not_found"}, "a part": {as("school/maths", access.Admin), "question.not_found"},
		"a student": {as("school", access.Student), "access.denied"}, "nobody": {access.Actor{}, "access.no_token"}, "nowhere": {as("", access.Admin), "question.not_found"},
	} {
		_, err := h.stage.Pin(t.Context(), c.actor, preview.Ask{Question: q})
		if (err == nil) != (c.want == "") || err != nil && !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// lessonOf makes a lesson of a published choice, an essay draft and a choice that has a newer draft.
func (h *house) lessonOf() (lesson.ID, [3]question.ID) {
	h.t.Helper()
	q := [3]question.ID{h.create(choiceType, choice("2+2?", "b")), h.create(essayType, map[string]any{"stem": text("Why?")}), h.create(choiceType, choice("2+3?", "c"))}
	h.publish(q[0], choice("2+2?", "b"))
	h.publish(q[2], choice("2+3?", "c"))
	h.do(commands.EditQuestion{Question: q[2], Revision: 4, Content: choice("a draft", "a")})
	plan := lesson.Plan{Title: "Sums", Shuffle: true, Items: []lesson.Item{{Slot: "a", Question: q[0], Max: 2 * scoring.OneMark},
		{Slot: "b", Question: q[1], Max: 3 * scoring.OneMark}, {Slot: "c", Question: q[2], Version: 1, Max: scoring.OneMark}}}
	return h.do(commands.CreateLesson{Plan: plan}).ID, q
}

func TestALessonIsShownAndMarkedWithReasons(t *testing.T) {
	t.Parallel()
	h := open(t)
	l, q := h.lessonOf()
	ticket := h.ticket(preview.Ask{Lesson: l, Seed: 3, Locale: "zh-CN", Device: preview.Device{Platform: "ios"}, Start: preview.Start{At: 90_000}})
	v := h.show(ticket)
	if v.Title != "Sums" || v.Device.Platform != "ios" || v.Start.At != 90_000 || v.Environment != "dev" || len(v.Items) != 3 || stemOf(v, 2) != "2+3?" || v.Items[1].Version != 0 || v.Items[0].Version != 1 {
		t.Fatalf("%+v", v)
	}
	// The order is the one that an attempt with this seed has.
	typ, err := h.Commands.Types.Type(t.Context(), choiceType)
	if err != nil {
		t.Fatal(err)
	}
	public, _ := typ.Split(choice("2+2?", "b"))
	if want := commands.ShownOrders(typ, public, 3, 0)["/options"]; !slices.Equal(v.Items[0].Orders["/options"], want) {
		t.Errorf("shown as %v, want %v", v.Items[0].Orders, want)
	}
	before := h.trace()
	r := h.score(ticket, answer("a", map[string]any{"choice": "b"}), answer("b", map[string]any{"text": "so"}), answer("c", map[string]any{"choice": "a"}))
	if r.Total != 2 || r.Max != 6 || r.Pending != 1 || r.Items[0].Status != "scored" || r.Items[0].Mark != 2 || r.Items[1].Status != "pending" || r.Items[2].Mark != 0 {
		t.Errorf("%+v", r)
	}
	for i, want := range []string{"“option b” 正确，得 100%。", "该答案由人工批阅后给分。", "“option a” 错误，不得分。"} {
		if len(r.Items[i].Reasons) != 1 || r.Items[i].Reasons[0].Text != want || r.Items[i].Reasons[0].ZH != want || r.Items[i].Reasons[0].EN == "" {
			t.Errorf("%+v, want %s", r.Items[i].Reasons, want)
		}
	}
	if right := r.Items[0].Reasons[0].Right; right == nil || !*right || r.Items[0].Reasons[0].Item != "b" {
		t.Errorf("%+v", r.Items[0].Reasons[0])
	}
	r = h.score(ticket, answer("a", map[string]any{"choice": "z"}), answer("c", nil))
	if r.Items[0].Status != "refused" || r.Items[0].Problems[0].Code != "ref.unknown" || r.Items[1].Status != "omitted" || r.Items[2].Status != "omitted" || r.Total != 0 {
		t.Errorf("%+v", r)
	}
	if after := h.trace(); after != before {
		t.Errorf("a preview left a trace: %s, before %s", after, before)
	}
	// Once its questions are published, the lesson can be; the version shows what it names.
	h.publish(q[1], map[string]any{"stem": text("Why?")})
	h.do(commands.PublishLesson{Lesson: l, Revision: 1})
	if v := h.show(h.ticket(preview.Ask{Lesson: l, Version: 1})); v.Version != 1 || v.Items[1].Version != 1 {
		t.Errorf("%+v", v)
	}
	if v := h.show(ticket); v.Items[1].Version != 0 {
		t.Error("the ticket shows what came later")
	}
	if _, err := h.stage.Pin(t.Context(), admin, preview.Ask{Lesson: l, Start: preview.Start{Stage: "nowhere"}}); err == nil || !strings.HasPrefix(err.Error(), "preview.stage_unknown") {
		t.Errorf("got %v", err)
	}
	released := h.do(commands.ReleaseLesson{Environment: "dev", Lesson: l})
	if err := h.Engine.Wait(t.Context(), "delivery", released.Position); err != nil {
		t.Fatal(err)
	}
	time.Sleep(250 * time.Millisecond) // what is live may be that old
	if v := h.show(h.ticket(preview.Ask{Lesson: l, Live: true})); v.Version != 1 || v.Items[2].Version != 1 {
		t.Errorf("%+v", v)
	}
}

// trace is all that is stored: the head of the log, and how many rows there are.
func (h *house) trace() string {
	h.t.Helper()
	var rows string
	err := h.Pool.QueryRow(context.Background(), `select (select count(*) from events) || ' ' || (select count(*) from jobs) || ' ' || (select count(*) from preview_links)`).Scan(&rows)
	if err != nil {
		h.t.Fatal(err)
	}
	return rows
}

func TestADraftThatIsNotReadyIsShownButNotMarked(t *testing.T) {
	t.Parallel()
	h := open(t)
	doc := choice("no key", "a")
	delete(doc, "key")
	q := h.create(choiceType, doc)
	r := h.score(h.ticket(preview.Ask{Question: q}), answer("q", map[string]any{"choice": "a"}))
	if r.Items[0].Status != "incomplete" || len(r.Items[0].Problems) > 0 || r.Total != 0 {
		t.Errorf("%+v", r)
	}
	r = h.score(h.ticket(preview.Ask{Question: q, Solutions: true}), answer("q", map[string]any{"choice": "a"}))
	if len(r.Items[0].Problems) == 0 || r.Items[0].Problems[0].Pointer != "/key" {
		t.Errorf("%+v", r)
	}
}

func TestSolutionsAreShownWhereTheyMayBe(t *testing.T) {
	t.Parallel()
	h := open(t)
	q := h.create(choiceType, choice("2+2?", "b"))
	for _, allowed := range []bool{true, false} {
		ticket := h.ticket(preview.Ask{Question: q, Solutions: allowed})
		for _, r := range []reply{h.send("GET", "/preview/"+ticket, ""), h.send("POST", "/preview/"+ticket+"/answers", `{"answers": [{"slot": "q", "response": {"choice": "a"}}]}`)} {
			if r.status != 200 || bytes.Contains(r.body, []byte(`"key":"b"`)) != allowed || bytes.Contains(r.body, []byte("because")) != allowed {
				t.Errorf("allowed %v: %d %s", allowed, r.status, r.body)
			}
		}
	}
}

// Two contents that differ in secrets only are shown by the same bytes; the ticket carries nothing of them.
func TestAPreviewTellsNoSecret(t *testing.T) {
	t.Parallel()
	builtIn, err := schemas.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	worlds := []*house{open(t), open(t)}
	for i, q := range builtIn {
		pairs := rapid.Custom(func(t *rapid.T) [2]any {
			doc := typetest.Content(t, q)
			return [2]any{doc, typetest.OtherSecrets(t, q, doc)}
		})
		for n := range 4 {
			pair := pairs.Example(n)
			id := uuid.NewSHA1(uuid.NameSpaceOID, fmt.Append(nil, i, " ", n))
			var said [2][]byte
			var pinned [2]preview.Pins
			for side, h := range worlds {
				h.do(commands.CreateQuestion{ID: id, Type: q.Ref(), Content: pair[side]})
				pins, err := h.stage.Pin(t.Context(), admin, preview.Ask{Question: id, Seed: 5})
				if err != nil {
					t.Fatal(err)
				}
				ticket, _, err := h.tickets.Issue(pins)
				if err != nil {
					t.Fatal(err)
				}
				said[side], pinned[side] = h.send("GET", "/preview/"+ticket, "").body, pins
			}
			if !bytes.Equal(said[0], said[1]) || len(said[0]) < 50 {
				t.Errorf("%s: two contents can be told apart:\n%s\n%s", q.Ref(), said[0], said[1])
			}
			pinned[1].Position = pinned[0].Position
			if fmt.Sprint(pinned[0]) != fmt.Sprint(pinned[1]) {
				t.Errorf("the pins differ: %+v %+v", pinned[0], pinned[1])
			}
		}
	}
}

func TestTicketsThatAreRefused(t *testing.T) {
	t.Parallel()
	h := open(t)
	q := h.create(choiceType, choice("2+2?", "b"))
	ticket := h.ticket(preview.Ask{Question: q})
	parts := strings.Split(ticket, ".")
	otherKey := preview.Tickets{Key: ed25519.NewKeyFromSeed(make([]byte, 32)), Now: h.tickets.Now}
	foreign, _, err := otherKey.Issue(preview.Pins{Org: "school", Question: q, Revision: 1, Solutions: true})
	if err != nil {
		t.Fatal(err)
	}
	login, err := token.Signer{Key: h.tickets.Key}.Mint(admin, time.Now(), time.Hour)
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
	verifier, err := token.NewVerifier(h.tickets.Key.Public().(ed25519.PublicKey), nil)
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
	for _, life := range []time.Duration{0, time.Second, 31 * 24 * time.Hour} {
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

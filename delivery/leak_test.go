package delivery_test

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"qbank/delivery"
	"qbank/domain/content"
	"qbank/domain/lesson"
	"qbank/domain/qtype"
	"qbank/domain/qtype/typetest"
	"qbank/domain/scoring"
	"qbank/schemas"
)

// world is one of two that differ in nothing but the secrets of their questions.
type world struct {
	*node
	lesson lesson.ID
}

// pair is two contents of one type that differ in secrets only, and responses to try on both.
type pair struct {
	typ       qtype.Ref
	contents  [2]any
	responses []any
}

// pairsOf draws pairs of one type. Every one is drawn by a fixed seed: a failure repeats.
func pairsOf(q *qtype.Type, count int) (pairs []pair) {
	draw := rapid.Custom(func(t *rapid.T) pair {
		doc := pictured(typetest.Content(t, q))
		for range 50 {
			other := pictured(typetest.OtherSecrets(t, q, doc))
			if len(q.Check(other)) > 0 || (q.Scored() && content.Equal(doc, other)) {
				continue
			}
			p := pair{typ: q.Ref(), contents: [2]any{doc, other}}
			public, _ := q.Split(doc)
			for range 3 {
				if q.HasResponse() {
					good := typetest.Response(t, q, public)
					p.responses = append(p.responses, good, typetest.Spoilt(t, good))
				}
			}
			p.responses = append(p.responses, nil, "x", map[string]any{}, map[string]any{"value": "1e999 furlongs"}, map[string]any{"text": "*"})
			return p
		}
		t.Skip("no other secrets")
		return pair{}
	})
	for i := range count {
		pairs = append(pairs, draw.Example(i))
	}
	return pairs
}

// TestNothingTellsTheSecretsBeforeReveal: two worlds are given the same clock, the same ids and the same requests; their
// questions differ in secrets only. Every response is the same, byte for byte, until the end of a lesson that reveals nothing.
func TestNothingTellsTheSecretsBeforeReveal(t *testing.T) {
	t.Parallel()
	builtIn, err := schemas.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	var pairs []pair
	for _, q := range builtIn {
		drawn := pairsOf(q, 3)
		if q.Scored() && slices.ContainsFunc(drawn, func(p pair) bool { return content.Equal(p.contents[0], p.contents[1]) }) {
			t.Errorf("%s: two contents do not differ", q.Ref())
		}
		pairs = append(pairs, drawn...)
	}
	for _, reveal := range []lesson.Reveal{lesson.Never, lesson.AfterFinish} {
		t.Run(string(reveal), func(t *testing.T) {
			t.Parallel()
			one, other := newWorld(t, pairs, 0, reveal).tell(pairs), newWorld(t, pairs, 1, reveal).tell(pairs)
			if len(one) != len(other) || len(one) < 10*len(pairs) {
				t.Fatalf("%d responses and %d", len(one), len(other))
			}
			for i := range one {
				if one[i] != other[i] {
					t.Errorf("two worlds can be told apart:\n%s\n%s", one[i], other[i])
				}
			}
		})
	}
}

// picture is the file that all contents name: what they name must be there.
const picture = "%PDF-picture"

// pictured makes a content name the picture wherever it names a file.
func pictured(doc any) any {
	for _, item := range listOf(doc, "media") {
		item.(map[string]any)["resource"] = string(content.HashBytes([]byte(picture)))
	}
	return doc
}

func listOf(doc any, name string) []any {
	object, _ := doc.(map[string]any)
	list, _ := object[name].([]any)
	return list
}

func newWorld(t *testing.T, pairs []pair, side int, reveal lesson.Reveal) world {
	t.Helper()
	w := world{node: freshNode(t, &fixed{now: time.Date(2026, 9, 1, 8, 0, 0, 0, time.UTC), seed: 42})}
	w.keep(school, picture)
	plan := lesson.Plan{Title: "Secrets", Reveal: reveal, Shuffle: true}
	for i, p := range pairs {
		id := uuid.NewSHA1(uuid.NameSpaceOID, fmt.Append(nil, i))
		w.publish(id, p.typ, p.contents[side])
		plan.Items = append(plan.Items, lesson.Item{Slot: lesson.Slot(fmt.Sprint("q", i)), Question: id, Max: 3 * scoring.OneMark})
	}
	w.lesson = w.release(uuid.NewSHA1(uuid.NameSpaceOID, []byte("lesson")), plan)
	return w
}

// tell does what a curious student can do before reveal, and writes down every response.
func (w world) tell(pairs []pair) (seen []string) {
	w.t.Helper()
	curious := w.student("curious").with("X-Request-Id", "curious") // else each request is told an id that is drawn
	note := func(r reply) reply {
		header := ""
		for _, name := range slices.Sorted(maps.Keys(r.header)) {
			header += fmt.Sprintf("%s: %s\n", name, r.header[name])
		}
		seen = append(seen, fmt.Sprintf("%d\n%s\n%s", r.status, header, r.body))
		return r
	}
	m := decode[manifest](note(curious.get(manifestPath(w.lesson))).is(200))
	for _, item := range m.Items {
		note(curious.get(item.Source))
		note(curious.with("Accept-Encoding", "gzip").get(item.Source))
	}
	around := func() {
		for _, at := range []string{"/v1/config", "/v1/tombstones", "/v1/me/pseudo-logins"} {
			note(curious.get(at).is(200))
		}
		note(curious.post(flagsPath, of("curious")).is(200))
		note(curious.post(flagsPath+"/lesson."+w.lesson.String(), of("curious")).is(200))
		note(curious.post("/v1/telemetry", told(m, "ready:1", "failed:1")).is(202))
		note(curious.post("/v1/me/receipts", map[string]any{"receipts": []any{map[string]any{"reissue": m.Release, "stage": "running"}}}).is(200))
	}
	around()
	a := decode[delivery.Attempt](note(curious.post("/v1/attempts", map[string]any{"lesson": w.lesson})).is(201))
	var batch []any
	for i, p := range pairs {
		slot := fmt.Sprint("q", i)
		for k, response := range p.responses {
			key := fmt.Sprint(slot, "-", k)
			note(curious.answer(a.ID, key, slot, response))
			note(curious.answer(a.ID, key, slot, response))
			note(curious.answer(a.ID, key, slot, "another"))
			batch = append(batch, map[string]any{"key": "b" + key, "slot": slot, "response": response})
		}
	}
	for chunk := range slices.Chunk(batch, 150) {
		note(curious.post(path(a.ID, "answers"), map[string]any{"answers": chunk}).is(200))
	}
	note(curious.get(path(a.ID, "")))
	note(curious.result(a.ID))
	note(curious.post("/v1/attempts", map[string]any{"lesson": w.lesson}))
	around()
	finished := note(curious.finish(a.ID).is(200))
	if bytes.Contains(finished.body, []byte(`"mark"`)) {
		w.t.Errorf("finishing tells marks: %s", finished.body)
	}
	note(curious.send(http.MethodHead, path(a.ID, ""), nil))
	if w.reveals(a.ID, curious) {
		return seen // the result is the reveal
	}
	note(curious.result(a.ID))
	return seen
}

func (w world) reveals(id uuid.UUID, c client) bool {
	return decode[delivery.Result](c.result(id).is(200)).Revealed
}

package delivery_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"

	"qbank/commands"
	"qbank/delivery"
	"qbank/domain/access"
	"qbank/domain/attempt"
	"qbank/domain/content"
	"qbank/domain/fault"
	"qbank/domain/hotconfig"
	"qbank/eventstore"
	"qbank/internal/token"
	"qbank/projections/pseudo"
)

// protected are the operations that need a token; paths of attempts are asked for one that is there.
func protected(id, lesson uuid.UUID) [][2]string {
	return [][2]string{
		{"GET", manifestPath(lesson)}, {"GET", "/v1/blobs/" + strings.Repeat("0", 64)}, {"POST", "/v1/attempts"}, {"GET", path(id, "")},
		{"POST", path(id, "answers")}, {"POST", path(id, "finish")}, {"GET", path(id, "result")},
		{"GET", "/v1/tombstones"}, {"GET", "/v1/me/events"}, {"POST", "/v1/me/receipts"}, {"GET", "/v1/config"}, {"GET", "/v1/me/pseudo-logins"},
	}
}

// tokened are all operations that need a token: those, and the ones that need a body of their own before anything can break.
func tokened(id, lesson uuid.UUID) [][2]string {
	return append(protected(id, lesson), [][2]string{{"POST", "/v1/telemetry"}, {"POST", flagsPath}, {"POST", flagsPath + "/lesson." + lesson.String()}}...)
}

func TestWhoMayNotPass(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	id := s.student("wang").start(s.lesson).ID
	wang := as("wang", access.Student)
	nowhere := wang
	nowhere.Scope.Environment = ""
	now := time.Now()
	_, otherKey, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	mint := func(key ed25519.PrivateKey, at time.Time) string {
		minted, err := token.Signer{Key: key}.Mint(wang, at, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		return minted
	}
	sign := func(method jwt.SigningMethod, key any, change func(jwt.MapClaims)) string {
		claims := jwt.MapClaims{"iss": token.Issuer, "aud": token.Audience, "sub": "wang", "roles": []string{"student"}, "org": school, "env": env,
			"iat": now.Unix(), "exp": now.Add(time.Hour).Unix()}
		change(claims)
		signed, err := jwt.NewWithClaims(method, claims).SignedString(key)
		if err != nil {
			t.Fatal(err)
		}
		return signed
	}
	same := func(jwt.MapClaims) {}
	good := s.mint(wang)
	head, rest, _ := strings.Cut(good, ".")
	claims, signature, _ := strings.Cut(rest, ".")
	for _, c := range []struct {
		name, token string
		status      int
		code        string
	}{
		{"no token", "", 401, "access.no_token"},
		{"garbage", "garbage", 401, "token.invalid"},
		{"very long", strings.Repeat("x", 9000), 401, "token.invalid"},
		{"expired", mint(s.signer.Key, now.Add(-2*time.Hour)), 401, "token.expired"},
		{"of the future", mint(s.signer.Key, now.Add(2*time.Hour)), 401, "token.invalid"},
		{"another key", mint(otherKey, now), 401, "token.invalid"},
		{"alg none", sign(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, same), 401, "token.invalid"},
		{"our public key as a shared secret", sign(jwt.SigningMethodHS256, []byte(s.signer.Public()), same), 401, "token.invalid"},
		{"another audience", sign(jwt.SigningMethodEdDSA, s.signer.Key, func(c jwt.MapClaims) { c["aud"] = "elsewhere" }), 401, "token.invalid"},
		{"another issuer", sign(jwt.SigningMethodEdDSA, s.signer.Key, func(c jwt.MapClaims) { c["iss"] = "elsewhere" }), 401, "token.invalid"},
		{"no expiry", sign(jwt.SigningMethodEdDSA, s.signer.Key, func(c jwt.MapClaims) { delete(c, "exp") }), 401, "token.invalid"},
		{"no subject", sign(jwt.SigningMethodEdDSA, s.signer.Key, func(c jwt.MapClaims) { delete(c, "sub") }), 401, "token.invalid"},
		{"roles that are no list", sign(jwt.SigningMethodEdDSA, s.signer.Key, func(c jwt.MapClaims) { c["roles"] = 7 }), 401, "token.invalid"},
		{"no roles", sign(jwt.SigningMethodEdDSA, s.signer.Key, func(c jwt.MapClaims) { delete(c, "roles") }), 403, "access.denied"},
		{"other claims under the signature", head + "." + base64.RawURLEncoding.EncodeToString([]byte(`{"sub":"li"}`)) + "." + signature, 401, "token.invalid"},
		{"cut short", head + "." + claims + ".", 401, "token.invalid"},
		{"an author", s.mint(author), 403, "access.denied"},
		{"no environment", s.mint(nowhere), 403, "access.no_environment"},
	} {
		for _, at := range tokened(id, s.lesson) {
			stranger := client{n: s.node, t: t, token: c.token}
			p := stranger.send(at[0], at[1], nil).refused(c.status, c.code)
			if strings.Contains(p.Detail, "signature") || len(p.Facts) > 1 {
				t.Errorf("%s: a forger is told too much: %+v", c.name, p)
			}
		}
	}
	if basic := (client{n: s.node, t: t, headers: []string{"Authorization", "Basic d2FuZzp3YW5n"}}); basic.get(path(id, "")).refused(401, "access.no_token").Code == "" {
		t.Error("Basic passes")
	}
	(client{n: s.node, t: t, headers: []string{"Authorization", "bearer " + good}}).get(path(id, "")).is(200)
}

// TestBadInput gives the door what no good client sends. Each gets its documented code, and the process lives on.
func TestBadInput(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	wang := s.student("wang")
	id, others := wang.start(s.lesson).ID, s.student("li").start(s.lesson).ID
	done := s.student("zhao").start(s.lesson).ID
	s.student("zhao").finish(done).is(200)
	answers := path(id, "answers")
	for _, c := range []struct {
		name, to string // to "": both places that read a body
		body     string
		headers  []string
		status   int
		code     string
	}{
		{"no body", "", "", nil, 400, "json.syntax"},
		{"not JSON", "", "hello", nil, 400, "json.syntax"},
		{"two documents", "", "{}{}", nil, 400, "json.syntax"},
		{"half a document", "", `{"key":"k"`, nil, 400, "json.syntax"},
		{"a list", "", `[]`, nil, 400, "request.shape"},
		{"null", "", `null`, nil, 400, "request.shape"},
		{"an oversized body", "", `{"key":"` + strings.Repeat("x", 1<<20) + `"}`, nil, 413, "json.too_large"},
		{"deeply nested", "", `{"response":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `}`, nil, 400, "json.too_deep"},
		{"nested beyond every stack", "", strings.Repeat(`{"a":`, 150_000), nil, 400, "json.too_deep"},
		{"too many values", "", `{"response":[0` + strings.Repeat(",0", 30_000) + `]}`, nil, 400, "json.too_many"},
		{"invalid UTF-8", "", "{\"key\":\"\xff\"}", nil, 400, "json.utf8"},
		{"a lone surrogate", "", `{"key":"\ud800"}`, nil, 400, "json.character"},
		{"surrogates the wrong way round", "", `{"key":"\udc00\ud800"}`, nil, 400, "json.character"},
		{"NUL", "", `{"key":"\u0000"}`, nil, 400, "json.character"},
		{"NUL in a name", "", `{"\u0000":1}`, nil, 400, "json.character"},
		{"NUL as it is", "", "{\"key\":\"\x00\"}", nil, 400, "json.character"},
		{"a number beyond float64", "", `{"response":1e999}`, nil, 400, "json.number"},
		{"a number that float64 rounds", "", `{"response":9007199254740993}`, nil, 400, "json.number"},
		{"a name twice", "", `{"key":"a","key":"b"}`, nil, 400, "json.duplicate_name"},
		{"no content type", "", `{}`, []string{"Content-Type", ""}, 415, "request.not_json"},
		{"plain text", "", `{}`, []string{"Content-Type", "text/plain"}, 415, "request.not_json"},
		{"a form", "", `key=1`, []string{"Content-Type", "application/x-www-form-urlencoded"}, 415, "request.not_json"},
		{"another charset", "", `{}`, []string{"Content-Type", "application/json; charset=gbk"}, 415, "request.not_json"},
		{"a content type that is none", "", `{}`, []string{"Content-Type", "application/json; ="}, 415, "request.not_json"},

		{"no lesson", "/v1/attempts", `{}`, nil, 400, "request.shape"},
		{"a lesson that is no id", "/v1/attempts", `{"lesson":"x"}`, nil, 400, "request.shape"},
		{"a lesson that is a number", "/v1/attempts", `{"lesson":7}`, nil, 400, "request.shape"},
		{"an unknown lesson", "/v1/attempts", `{"lesson":"` + uuid.NewString() + `"}`, nil, 404, "lesson.not_live"},

		{"no key", answers, `{"slot":"q1","response":{"choice":"a"}}`, nil, 400, "answer.key_missing"},
		{"an empty key", answers, `{"key":"","slot":"q1","response":{"choice":"a"}}`, nil, 400, "answer.key_missing"},
		{"a key that is a number", answers, `{"key":7,"slot":"q1","response":{"choice":"a"}}`, nil, 400, "request.shape"},
		{"a long key", answers, `{"key":"` + strings.Repeat("k", 65) + `","slot":"q1","response":{"choice":"a"}}`, nil, 400, "answer.key_invalid"},
		{"a key of Chinese", answers, `{"key":"键","slot":"q1","response":{"choice":"a"}}`, nil, 400, "answer.key_invalid"},
		{"a key with a space", answers, `{"key":"a b","slot":"q1","response":{"choice":"a"}}`, nil, 400, "answer.key_invalid"},
		{"no slot", answers, `{"key":"k","response":{"choice":"a"}}`, nil, 400, "request.shape"},
		{"no response", answers, `{"key":"k","slot":"q1"}`, nil, 400, "request.shape"},
		{"a clock that is a string", answers, `{"key":"k","slot":"q1","response":{"choice":"a"},"event_mono":"1"}`, nil, 400, "request.shape"},
		{"another clock that is a string", answers, `{"key":"k","slot":"q1","response":{"choice":"a"},"sent_mono":null}`, nil, 400, "request.shape"},
		{"a question that is not in the attempt", answers, `{"key":"k","slot":"q4","response":{"choice":"a"}}`, nil, 404, "attempt.no_such_slot"},
		{"no such option", answers, `{"key":"k","slot":"q1","response":{"choice":"e"}}`, nil, 422, "answer.invalid"},
		{"a response of the wrong type", answers, `{"key":"k","slot":"q1","response":{"choice":1}}`, nil, 422, "answer.invalid"},
		{"another type's response", answers, `{"key":"k","slot":"q1","response":{"text":"a"}}`, nil, 422, "answer.invalid"},
		{"null for a response", answers, `{"key":"k","slot":"q1","response":null}`, nil, 422, "answer.invalid"},
		{"an essay without end", answers, `{"key":"k","slot":"q3","response":{"text":"` + strings.Repeat("x", 20_001) + `"}}`, nil, 422, "answer.invalid"},
		{"no answers", answers, `{"answers":[]}`, nil, 400, "request.shape"},
		{"answers that are no list", answers, `{"answers":{}}`, nil, 400, "request.shape"},
		{"answers that are no objects", answers, `{"answers":[1]}`, nil, 400, "request.shape"},
		{"too many answers", answers, `{"answers":[{}` + strings.Repeat(",{}", 200) + `]}`, nil, 400, "request.shape"},
		{"a key that was used", answers, `{"key":"used","slot":"q1","response":{"choice":"d"}}`, nil, 422, "answer.key_reused"},
		{"other people's attempt", path(others, "answers"), `{"key":"k","slot":"q1","response":{"choice":"a"}}`, nil, 404, "attempt.not_found"},
		{"an attempt of another's that is finished", path(done, "answers"), `{"key":"k","slot":"q1","response":{"choice":"a"}}`, nil, 404, "attempt.not_found"},
		{"an unknown attempt", path(uuid.New(), "answers"), `{"key":"k","slot":"q1","response":{"choice":"a"}}`, nil, 404, "attempt.not_found"},
		{"a hash that is none", answers, `{"key":"k","slot":"q1","response":{"choice":"a"},"sha256":7}`, nil, 400, "request.shape"},
		{"a hash of something else", answers, `{"key":"k","slot":"q1","response":{"choice":"a"},"sha256":"x"}`, nil, 409, "answer.version_changed"},
		{"no receipts", "/v1/me/receipts", `{"receipts":[]}`, nil, 400, "request.shape"},
		{"too many receipts", "/v1/me/receipts", `{"receipts":[{}` + strings.Repeat(",{}", 100) + `]}`, nil, 400, "request.shape"},
		{"a receipt of nothing", "/v1/me/receipts", `{"receipts":[{"stage":"running"}]}`, nil, 400, "request.shape"},
		{"a receipt that says nothing", "/v1/me/receipts", `{"receipts":[{"reissue":"` + uuid.NewString() + `","stage":"told"}]}`, nil, 400, "request.shape"},
		{"an attempt that is no id", "/v1/attempts/1;drop/answers", `{}`, nil, 404, "request.id"},
		{"an attempt that is no id", "/v1/attempts/x/finish", ``, nil, 404, "request.id"},
	} {
		places := []string{c.to}
		if c.to == "" {
			places = []string{"/v1/attempts", answers, "/v1/telemetry", "/v1/me/receipts"}
		}
		wang.answer(id, "used", "q1", pick("a")).is(200)
		for _, place := range places {
			t.Run(c.name, func(t *testing.T) {
				here := wang
				here.t = t
				if p := here.with(c.headers...).post(place, []byte(c.body)).refused(c.status, c.code); p.Detail == "" {
					t.Errorf("%+v", p)
				}
				chinese := here.with("Accept-Language", "zh-CN,zh;q=0.9").with(c.headers...).post(place, []byte(c.body)).refused(c.status, c.code)
				if !strings.ContainsFunc(chinese.Detail, func(r rune) bool { return r >= 0x4e00 && r < 0xa000 }) {
					t.Errorf("in Chinese: %s", chinese.Detail)
				}
			})
		}
	}
	for _, at := range []string{"/v1/lessons/x/manifest", "/v1/attempts/x", "/v1/attempts/x/result"} {
		wang.get(at).refused(404, "request.id")
	}
	wang.get("/v1/tombstones?since=yesterday").refused(400, "request.shape")
	wang.get("/v1/tombstones?since=-1").refused(400, "request.shape")
	wang.with("Last-Event-ID", "x").get("/v1/me/events").refused(400, "request.shape")
	wang.get("/v1/nothing").refused(404, "request.no_such_route")
	wang.get("/v1/attempts/"+id.String()+"/nothing").refused(404, "request.no_such_route")
	for path, methods := range contractOf(t).doc.Paths {
		for _, method := range []string{"GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "x"} {
			if _, known := methods[strings.ToLower(method)]; known {
				continue
			}
			r := wang.send(method, strings.NewReplacer("{id}", id.String(), "{sha256}", "0").Replace(path), nil)
			if r.refused(405, "request.method"); r.header.Get("Allow") == "" {
				t.Errorf("%s %s does not say what is allowed", method, path)
			}
		}
	}
	wang.answer(id, "after-all-that", "q1", pick("a")).is(200)
}

func TestAnAttemptTakesSoManyAnswersAndNoMore(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	wang := s.student("wang")
	id := wang.start(s.lesson).ID
	for i := range 26 { // 70 more than there may be
		batch := make([]any, 195)
		for k := range batch {
			batch[k] = map[string]any{"key": fmt.Sprint(i, "-", k), "slot": "q1", "response": pick("a")}
		}
		r := wang.post(path(id, "answers"), map[string]any{"answers": batch}).is(200)
		if full := bytes.Count(r.body, []byte(`"attempt.too_many_answers"`)); full != max(0, (i+1)*len(batch)-attempt.MaxAnswers) {
			t.Fatalf("%d of batch %d are too many", full, i)
		}
	}
	wang.answer(id, "one-more", "q1", pick("a")).refused(422, "attempt.too_many_answers")
	wang.answer(id, "0-0", "q1", pick("a")).is(200)
}

// trouble is a log that does not do what it is asked.
type trouble struct {
	commands.Log
	read, write error
	conflicts   bool
}

func (l trouble) ReadStream(ctx context.Context, id uuid.UUID, r eventstore.Range) ([]eventstore.Recorded, error) {
	if l.read != nil {
		return nil, l.read
	}
	return l.Log.ReadStream(ctx, id, r)
}

func (l trouble) Append(_ context.Context, appends ...eventstore.Append) ([]eventstore.Outcome, error) {
	if l.conflicts {
		return slices.Repeat([]eventstore.Outcome{{Status: eventstore.Conflicted}}, len(appends)), nil
	}
	return nil, l.write
}

type noViews struct{ error }

func (v noViews) Public(context.Context, access.Scope, content.Hash) ([]byte, error) {
	return nil, v.error
}

type noLive struct {
	commands.Live
	error
}

func (l noLive) Lesson(context.Context, access.Scope, uuid.UUID) (*commands.LiveLesson, error) {
	return nil, l.error
}

func (l noLive) UnderWay(context.Context, access.Scope) ([]uuid.UUID, error) { return nil, l.error }

type noOverrides struct{ error }

func (o noOverrides) InForce(context.Context, string) (commands.InForce, error) { return nil, o.error }

type noLooks struct{ error }

func (l noLooks) Looks(context.Context, string, uuid.UUID) ([]pseudo.Ticket, error) {
	return nil, l.error
}

type noConfigs struct {
	commands.Configs
	error
}

func (c noConfigs) Snapshot(context.Context, access.Scope) (*hotconfig.Snapshot, error) {
	return nil, c.error
}

// troubled is the node with another log behind another door.
func (n *node) troubled(log trouble, change ...func(*delivery.Door)) *node {
	n.t.Helper()
	log.Log = n.Store
	b := &commands.Bus{Log: log, Codec: n.Commands.Codec, Types: n.Commands.Types, Numbers: n.Commands.Numbers, Judges: n.Commands.Judges,
		Live: n.Commands.Live, Classes: n.Commands.Classes, People: n.People, Logger: quiet}
	if err := b.Start(); err != nil {
		n.t.Fatal(err)
	}
	door := *n.open
	door.Bus = b
	for _, f := range change {
		f(&door)
	}
	handler, err := door.Handler()
	if err != nil {
		n.t.Fatal(err)
	}
	other := *n
	other.door, other.open = handler, &door
	return &other
}

func TestWhatIsNotTheClientsFault(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	wang := s.student("wang")
	id := wang.start(s.lesson).ID
	start := func(c client) reply { return c.post("/v1/attempts", map[string]any{"lesson": s.lesson}) }
	answer := func(c client) reply { return c.answer(id, "k", "q1", pick("a")) }
	finish := func(c client) reply { return c.finish(id) }
	li := s.student("li")

	overloaded := s.troubled(trouble{write: fault.Refuse(fault.Unavailable, "store.overloaded", fault.Say("too much", "太多"))})
	busy := s.troubled(trouble{conflicts: true})
	for code, n := range map[string]*node{"store.overloaded": overloaded, "busy": busy} {
		start(client{n: n, t: t, token: li.token}).refused(503, code)
		answer(client{n: n, t: t, token: wang.token}).refused(503, code)
		finish(client{n: n, t: t, token: wang.token}).refused(503, code)
	}

	secret := errors.New("password=hunter2 at 10.0.0.7")
	for code, cause := range map[string]error{"internal": secret, "busy": fmt.Errorf("%w: %w", secret, context.DeadlineExceeded)} {
		broken := s.troubled(trouble{read: cause}, func(d *delivery.Door) {
			d.Views, d.Bus.Live, d.Bus.Overrides, d.Bus.Configs = noViews{cause}, noLive{error: cause}, noOverrides{cause}, noConfigs{error: cause}
			d.Looks = noLooks{cause}
		})
		for _, at := range protected(id, s.lesson) {
			body := fmt.Sprintf(`{"lesson":%q,"key":"k","slot":"q1","response":{"choice":"a"},"receipts":[{"reissue":%q,"stage":"running"}]}`, s.lesson, id)
			r := client{n: broken, t: t, token: wang.token}.send(at[0], at[1], []byte(body))
			p := r.refused(map[string]int{"internal": 500, "busy": 503}[code], code)
			if (code == "internal") != (p.Reference != "") || strings.Contains(string(r.body), "hunter2") {
				t.Errorf("%s %s tells %s", at[0], at[1], r.body)
			}
		}
	}
}

func TestBorrowedEyesOnlyLook(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	wang := s.student("wang")
	id := wang.start(s.lesson).ID
	eyes := s.eyes(s.lends(support, "wang", false))
	eyes.get(path(id, "")).is(http.StatusOK)
	eyes.post("/v1/attempts", map[string]any{"lesson": s.lesson}).refused(403, "access.read_only")
	eyes.answer(id, "k", "q1", pick("a")).refused(403, "access.read_only")
	eyes.finish(id).refused(403, "access.read_only")
}

// FuzzAnswerBody: whatever is sent as an answer gets a documented response, and never that of a defect.
func FuzzAnswerBody(f *testing.F) {
	s := newScene(f)
	id := s.student("wang").start(s.lesson).ID
	minted := s.mint(as("wang", access.Student))
	for _, seed := range []string{
		`{"key":"k","slot":"q1","response":{"choice":"a"},"event_mono":1,"sent_mono":2}`, `{"key":"k","slot":"q3","response":{"text":"a"}}`,
		`{"answers":[{"key":"a","slot":"q1","response":{"choice":"b"}},{"key":"a","slot":"q1","response":null}],"sent_mono":1e308}`, `{}`, `[]`, `{"answers":[{}]}`,
		`{"key":"k","slot":"\ud800","response":{"choice":"a"}}`, `{"key":"~","slot":"q1","response":{"choice":["a"]},"event_mono":-1e308,"sent_mono":1e308}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if body == nil {
			body = []byte{}
		}
		r := client{n: s.node, t: t, token: minted}.send(http.MethodPost, path(id, "answers"), body)
		if r.status >= 500 {
			t.Fatalf("%q: %d %s", body, r.status, r.body)
		}
	})
}

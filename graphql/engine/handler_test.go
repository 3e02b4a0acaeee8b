package engine

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	gql "github.com/graphql-go/graphql"

	"qbank/domain/fault"
)

type call struct {
	name, method, target, body string
	header                     map[string]string
	status                     int
	code                       string // "" for an answer without errors
	allow                      string
}

const jsonHeader = "application/json"

func post(name, body string, status int, code string) call {
	return call{name: name, method: "POST", target: "/", body: body, status: status, code: code,
		header: map[string]string{"Content-Type": jsonHeader}}
}

func (c call) with(header, value string) call {
	h := map[string]string{}
	for k, v := range c.header {
		h[k] = v
	}
	h[header] = value
	c.header = h
	return c
}

func TestHTTP(t *testing.T) {
	t.Parallel()
	tags := `{"query":"{ tags }"}`
	persisted := Hash("{ long }")
	calls := []call{
		post("a query", tags, 200, ""),
		post("in UTF-8", tags, 200, "").with("Content-Type", "application/json; charset=UTF-8"),
		post("in Latin-1", tags, 415, CodeMediaType).with("Content-Type", "application/json; charset=latin1"),
		post("as text", tags, 415, CodeMediaType).with("Content-Type", "text/plain"),
		post("as a form", "query={tags}", 415, CodeMediaType).with("Content-Type", "application/x-www-form-urlencoded"),
		post("as multipart", tags, 415, CodeMediaType).with("Content-Type", "multipart/form-data; boundary=x"),
		post("as nothing", tags, 415, CodeMediaType).with("Content-Type", ""),
		post("as graphql", "{ tags }", 415, CodeMediaType).with("Content-Type", "application/graphql"),
		post("compressed", "\x1f\x8b", 415, CodeMediaType).with("Content-Encoding", "gzip"),
		post("a mutation", `{"query":"mutation { next }"}`, 200, ""),
		post("too large", `{"query":"{ tags }","x":"`+strings.Repeat("x", 3<<20)+`"}`, 413, CodeTooLarge),
		post("a batch", "["+tags+","+tags+"]", 400, CodeBatch),
		post("10,000 brackets", `{"query":"{ tags }","variables":{"a":`+strings.Repeat("[", 10_000)+strings.Repeat("]", 10_000)+`}}`, 400, CodeTooDeep),
		post("10,000 open brackets", strings.Repeat(`{"variables":`, 10_000), 400, CodeTooDeep),
		post("not UTF-8", "{\"query\":\"{ tags } # \xff\"}", 400, CodeBadText),
		post("a raw NUL", "{\"query\":\"{ tags } \x00\"}", 400, CodeBadRequest),
		post("NUL", `{"query":"{ tags }","variables":{"a":"\u0000"}}`, 400, CodeBadText),
		post("an escaped backslash", `{"query":"query($a: String) { find(text: $a) }","variables":{"a":"\\u0000"}}`, 200, ""),
		post("half a pair", `{"query":"{ tags }","variables":{"a":"\ud83d!"}}`, 400, CodeBadText),
		post("the other half", `{"query":"{ tags }","variables":{"a":"\ude00"}}`, 400, CodeBadText),
		post("a pair", `{"query":"query($a: String) { find(text: $a) }","variables":{"a":"\ud83d\ude00"}}`, 200, ""),
		post("a number beyond float64", `{"query":"{ tags }","variables":{"a":[1e999]}}`, 400, CodeBadVariable),
		post("a huge integer", `{"query":"query($a: Long) { find(long: $a) }","variables":{"a":99999999999999999999}}`, 200, CodeBadVariable),
		post("a wrong variable", `{"query":"query($a: Int) { find(n: $a) }","variables":{"a":"1"}}`, 200, CodeBadVariable),
		post("a wrong variable, strictly", `{"query":"query($a: Int) { find(n: $a) }","variables":{"a":"1"}}`, 400, CodeBadVariable).with("Accept", responseType),
		post("a failed field, strictly", `{"query":"{ denied tags }"}`, 200, "toy.refused").with("Accept", responseType),
		post("unknown operation", `{"query":"query A { tags }","operationName":"B"}`, 200, CodeOperation),
		post("no query", `{}`, 400, CodeBadRequest),
		post("nothing", ``, 400, CodeBadRequest),
		post("a string", `"{ tags }"`, 400, CodeBadRequest),
		post("two values", tags+tags, 400, CodeBadRequest),
		post("no acceptable type", tags, 406, CodeNotAcceptable).with("Accept", "text/html"),
		post("nothing acceptable", tags, 406, CodeNotAcceptable).with("Accept", "application/json;q=0"),
		post("any application type", tags, 200, "").with("Accept", "text/html, application/*;q=0.1"),
		post("from another site", tags, 403, CodeCrossOrigin).with("Sec-Fetch-Site", "cross-site"),
		post("from another origin", tags, 403, CodeCrossOrigin).with("Origin", "https://evil.example"),
		post("from a trusted origin", tags, 200, "").with("Origin", "https://console.example"),
		post("a bad token", tags, 401, "auth.bad").with("Authorization", "bad"),
		post("a broken context", tags, 500, CodeInternal).with("Authorization", "broken"),
		post("a persisted document", `{"documentId":"sha256:`+persisted+`"}`, 200, ""),
		post("a persisted document, Apollo's way", `{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"`+persisted+`"}}}`, 200, ""),
		post("its hash and its text", `{"query":"{ long }","documentId":"`+persisted+`"}`, 200, ""),
		post("its hash and another text", `{"query":"{ tags }","documentId":"`+persisted+`"}`, 400, CodeHashMismatch),
		post("an unknown hash", `{"documentId":"`+Hash("?")+`"}`, 200, CodeNotPersisted),
		post("no hash", `{"documentId":"../../etc/passwd"}`, 200, CodeNotPersisted),
		{name: "GET", method: "GET", target: "/?query=" + url.QueryEscape("{ tags }"), status: 200},
		{name: "GET of a persisted document", method: "GET", target: "/?documentId=" + persisted, status: 200},
		{name: "GET from another site", method: "GET", target: "/?query={tags}", header: map[string]string{"Sec-Fetch-Site": "cross-site"}, status: 200},
		{name: "a mutation by GET", method: "GET", target: "/?query=mutation{next}", status: 405, code: CodeMethod, allow: "POST"},
		{name: "a mutation by GET among queries", method: "GET", target: "/?operationName=M&query=" + url.QueryEscape("query Q { tags } mutation M { next }"), status: 405, code: CodeMethod, allow: "POST"},
		{name: "GET of nothing", method: "GET", target: "/", status: 400, code: CodeBadRequest},
		{name: "GET with odd variables", method: "GET", target: "/?query={tags}&variables={", status: 400, code: CodeBadRequest},
		{name: "GET with a list of variables", method: "GET", target: "/?query={tags}&variables=[]", status: 400, code: CodeBadRequest},
		{name: "GET badly encoded", method: "GET", target: "/?query=%zz", status: 400, code: CodeBadRequest},
		{name: "PUT", method: "PUT", target: "/", body: tags, status: 405, code: CodeMethod, allow: "GET, POST"},
		{name: "DELETE", method: "DELETE", target: "/?query={tags}", status: 405, code: CodeMethod, allow: "GET, POST"},
	}
	e := toy(t, func(c *Config) {
		c.TrustedOrigins = []string{"https://console.example"}
		c.Persisted = PersistedDocuments{Hash("{ long }"): "{ long }"}
		c.Context = func(r *http.Request) (context.Context, error) {
			switch r.Header.Get("Authorization") {
			case "bad":
				return nil, fault.Refuse(fault.Unauthenticated, "auth.bad", fault.Say("bad token", "令牌无效"))
			case "broken":
				return nil, errDefect
			}
			return r.Context(), nil
		}
	})
	for _, c := range calls {
		t.Run(c.name, func(t *testing.T) {
			r := httptest.NewRequest(c.method, c.target, strings.NewReader(c.body))
			for k, v := range c.header {
				r.Header.Set(k, v)
			}
			w := httptest.NewRecorder()
			e.ServeHTTP(w, r)
			got := decode(t, w.Body.Bytes())
			if w.Code != c.status || got.code() != c.code || w.Header().Get("Allow") != c.allow {
				t.Errorf("got %d %q Allow %q: %.300s", w.Code, got.code(), w.Header().Get("Allow"), w.Body)
			}
			want := "application/json; charset=utf-8"
			if c.header["Accept"] == responseType {
				want = responseType + "; charset=utf-8"
			}
			if w.Header().Get("Content-Type") != want {
				t.Errorf("Content-Type %q", w.Header().Get("Content-Type"))
			}
			if strings.Contains(w.Body.String(), "12345") {
				t.Errorf("a defect's text reached the client: %s", w.Body)
			}
		})
	}
	if r := ask(t, e, Request{Query: "mutation { next }"}); r.Data.(map[string]any)["next"] != 2.0 {
		t.Errorf("a refused request ran a mutation: %v", r.Data)
	}
}

func TestMessagesAreInTheLanguageOfTheReader(t *testing.T) {
	t.Parallel()
	e := toy(t)
	for header, want := range map[string]string{
		"": "no", "zh-CN,zh;q=0.9,en;q=0.8": "不行", "en-US,zh;q=0.5": "no", "fr, zh-TW;q=0.3": "不行", "zh;q=0, en": "no", "*": "no",
	} {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(`{"query":"{ denied }"}`))
		r.Header.Set("Content-Type", jsonHeader)
		r.Header.Set("Accept-Language", header)
		w := httptest.NewRecorder()
		e.ServeHTTP(w, r)
		if got := decode(t, w.Body.Bytes()).Errors[0].Message; got != want {
			t.Errorf("%q: got %q", header, got)
		}
	}
}

func TestARequestEndsInTime(t *testing.T) {
	t.Parallel()
	wait := &gql.Field{Type: gql.String, Resolve: func(p gql.ResolveParams) (any, error) {
		<-p.Context.Done()
		return nil, p.Context.Err()
	}}
	called := false
	after := &gql.Field{Type: gql.String, Resolve: func(gql.ResolveParams) (any, error) {
		return func() (any, error) { called = true; return "", nil }, nil
	}}
	schema, err := gql.NewSchema(gql.SchemaConfig{Query: gql.NewObject(gql.ObjectConfig{Name: "Query", Fields: gql.Fields{"wait": wait, "after": after}})})
	if err != nil {
		t.Fatal(err)
	}
	e, err := New(Config{Schema: schema, Timeout: 20 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(e)
	defer server.Close()
	res, err := http.Post(server.URL, jsonHeader, strings.NewReader(`{"query":"{ wait after }"}`))
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(res.Body)
	if err := errors.Join(err, res.Body.Close()); err != nil {
		t.Fatal(err)
	}
	r := decode(t, body)
	if r.code() != CodeCancelled || r.Data != nil || called {
		t.Errorf("%s, thunk called: %v", body, called)
	}
}

// FuzzBody wants a JSON answer with a fitting status to whatever is posted.
func FuzzBody(f *testing.F) {
	for _, body := range []string{
		`{"query":"{ tags }"}`, `{"query":"query($a: JSON) { find(any: $a) }","variables":{"a":[1,2.5,null,{"b":"\ud83d\ude00"}]}}`,
		`[{}]`, `{"extensions":{"persistedQuery":{"sha256Hash":"00"}}}`, `{"query":"mutation { next }","operationName":null}`, "",
	} {
		f.Add(body)
	}
	e := toy(f)
	f.Fuzz(func(t *testing.T, body string) {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
		r.Header.Set("Content-Type", jsonHeader)
		w := httptest.NewRecorder()
		e.ServeHTTP(w, r)
		got := decode(t, w.Body.Bytes())
		if w.Code >= 500 || w.Code != 200 && got.code() == "" {
			t.Errorf("%q: %d %s", body, w.Code, w.Body)
		}
	})
}

package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"

	previewdoor "qbank/delivery/preview"
	"qbank/domain/access"
	"qbank/graphql/files"
	"qbank/internal/pgtest"
	"qbank/internal/signin"
	"qbank/internal/stack"
	"qbank/internal/stack/stacktest"
	"qbank/internal/token"
)

// site is the whole program's doors, opened in the test, with a school in which a lesson was released.
type site struct {
	t       *testing.T
	http    *httptest.Server
	doors   *doors
	stack   *stack.Stack
	signer  token.Signer
	lesson  uuid.UUID
	attempt string // of the student
	view    string // hash of a public view that the student was given
	file    string // hash
	batch   string
	ticket  string // of a preview
	key     string // API key of an author
}

// openDoors opens all doors with the given limits; nil are the defaults.
func openDoors(t *testing.T, limit map[string]string, proxies ...string) *site {
	t.Helper()
	config, err := pgxpool.ParseConfig(pgtest.URL(t))
	if err != nil {
		t.Fatal(err)
	}
	config.MaxConns = 24 // each read model and process keeps one
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	st, err := stack.Open(t.Context(), pool, stack.Options{MaxWait: stacktest.MaxWait, Logger: log, Files: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	stacktest.Run(t, st, st.Run)
	ring, err := Settings{DataDir: t.TempDir()}.ring()
	if err != nil {
		t.Fatal(err)
	}
	s := &site{t: t, stack: st, signer: ring.Signer()}
	s.http = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.doors.ServeHTTP(w, r) }))
	c := &ServeCmd{DevOrg: "school", DevEnv: "dev", SignInFlags: SignInFlags{SessionIdle: time.Hour, SessionLife: time.Hour}, Limit: limit, TrustedProxy: proxies}
	at, err := c.place(s.http.Listener.Addr(), log)
	if err != nil {
		t.Fatal(err)
	}
	if s.doors, err = c.doors(st, ring, at, prometheus.NewRegistry(), log); err != nil {
		t.Fatal(err)
	}
	s.http.Start()
	t.Cleanup(s.http.Close)
	s.http.Client().CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	eventually(t, "the doors are ready", func() bool { status, _, _ := s.send("GET", "/readyz", "", nil); return status == http.StatusOK })
	return s
}

func (s *site) token(id, org, env string, role access.Role) string {
	s.t.Helper()
	minted, err := s.signer.Mint(access.Actor{ID: id, Roles: []access.Role{role}, Scope: access.Scope{Org: org, Environment: env}}, time.Now(), time.Hour)
	if err != nil {
		s.t.Fatal(err)
	}
	return minted
}

// send makes a request and reads at most the beginning of the answer; headers come in pairs.
func (s *site) send(method, path, token string, body any, headers ...string) (int, string, http.Header) {
	s.t.Helper()
	var sent []byte
	kind := "application/json"
	switch b := body.(type) {
	case nil:
	case string:
		sent, kind = []byte(b), "application/octet-stream"
	default:
		sent, _ = json.Marshal(b)
	}
	ctx, cancel := context.WithTimeout(s.t.Context(), time.Minute)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, s.http.URL+path, bytes.NewReader(sent))
	if err != nil {
		s.t.Error(err)
		return 0, "", nil
	}
	if body != nil {
		r.Header.Set("Content-Type", kind)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	res, err := s.http.Client().Do(r)
	if err != nil {
		s.t.Error(err)
		return 0, "", nil
	}
	defer res.Body.Close()
	if strings.HasPrefix(res.Header.Get("Content-Type"), "text/event-stream") {
		return res.StatusCode, "", res.Header // it has no end
	}
	text, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Error(err)
	}
	return res.StatusCode, string(text), res.Header
}

// must sends what has to go well, and reads the answer into v.
func (s *site) must(method, path, token string, body, v any) {
	s.t.Helper()
	status, text, _ := s.send(method, path, token, body)
	if err := json.Unmarshal([]byte(text), v); err != nil || status >= 300 || strings.HasPrefix(path, "/graphql") && strings.Contains(text, `"errors":`) {
		s.t.Fatalf("%s %s: %d %s", method, path, status, text)
	}
}

const aFile = "%PDF-1.4 of the school"

func sha256Of(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// fill lets a student begin the released lesson, and authors work.
func (s *site) fill() {
	s.t.Helper()
	s.lesson, _ = publishLesson(s.t, s.stack, "matrix")
	head, err := s.stack.Store.Head(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	for _, model := range []string{"delivery", "catalog", "lessons"} {
		if err := s.stack.Engine.Wait(s.t.Context(), model, head); err != nil {
			s.t.Fatal(err)
		}
	}
	student, author, admin := s.token("school-student", "school", "dev", access.Student), s.token("school-author", "school", "dev", access.Author), s.token("school-admin", "school", "dev", access.Admin)
	var started struct{ ID string }
	s.must("POST", "/v1/attempts", student, map[string]any{"lesson": s.lesson}, &started)
	s.attempt = started.ID
	_, manifest, _ := s.send("GET", "/v1/lessons/"+s.lesson.String()+"/manifest", student, nil)
	if _, rest, found := strings.Cut(manifest, `/v1/blobs/`); found {
		s.view = rest[:64]
	} else if i := strings.Index(manifest, `"sha256":"`); i >= 0 {
		s.view = manifest[i+10 : i+74]
	} else {
		s.t.Fatal(manifest)
	}
	s.file = sha256Of(aFile)
	s.must("PUT", "/files/blobs/"+s.file, author, aFile, new(any))
	var job struct{ Job string }
	s.must("POST", "/files/imports?format=gift&name=q.gift", author, threeQuestions, &job)
	s.batch = job.Job
	var made struct {
		Data struct {
			CreateAPIKey struct{ Secret string } `json:"createApiKey"`
		}
	}
	s.must("POST", "/graphql", admin, map[string]any{"query": `mutation { createApiKey(input: {title: "matrix", roles: [AUTHOR], environments: ["dev"], days: 1}) { secret } }`}, &made)
	s.key = made.Data.CreateAPIKey.Secret
	var link struct {
		Data struct {
			CreatePreviewLink struct{ Link struct{ Path string } }
		}
	}
	s.must("POST", "/graphql", author, map[string]any{"query": `mutation($l: ID!) { createPreviewLink(input: {lesson: $l, expiresInHours: 1}) { link { path } } }`,
		"variables": map[string]any{"l": s.lesson}}, &link)
	s.ticket = strings.TrimPrefix(link.Data.CreatePreviewLink.Link.Path, "/preview/")
}

// try is how a route is asked for something of the school.
type try struct {
	path string
	body any
}

// tries has one for every route. Rows are asked one after the other, and what a row changes, it changes for those alone who own it.
func (s *site) tries() map[string]try {
	zero := strings.Repeat("0", 64)
	type object = map[string]any
	return map[string]try{
		"GET /v1/lessons/{id}/manifest":  {"/v1/lessons/" + s.lesson.String() + "/manifest", nil},
		"GET /v1/blobs/{sha256}":         {"/v1/blobs/" + s.view, nil},
		"POST /v1/attempts":              {"/v1/attempts", object{"lesson": s.lesson}},
		"GET /v1/attempts/{id}":          {"/v1/attempts/" + s.attempt, nil},
		"POST /v1/attempts/{id}/answers": {"/v1/attempts/" + s.attempt + "/answers", object{"answers": []any{object{"key": "k1", "slot": "q1", "response": object{"choice": "x"}}}}},
		"POST /v1/attempts/{id}/finish":  {"/v1/attempts/" + s.attempt + "/finish", object{}},
		"GET /v1/attempts/{id}/result":   {"/v1/attempts/" + s.attempt + "/result", nil},
		"POST /v1/telemetry":             {"/v1/telemetry", object{"reports": []any{}}},
		"GET /v1/tombstones":             {"/v1/tombstones", nil},
		"GET /v1/config":                 {"/v1/config", nil},
		"GET /v1/me/pseudo-logins":       {"/v1/me/pseudo-logins", nil},
		"GET /v1/me/events":              {"/v1/me/events", nil},
		"POST /v1/me/receipts":           {"/v1/me/receipts", object{"receipts": []any{}}},
		"GET /v1/time":                   {"/v1/time", nil},

		"POST /ofrep/v1/evaluate/flags/{key}": {"/ofrep/v1/evaluate/flags/" + s.lesson.String(), object{"context": object{"targetingKey": "school-student"}}},
		"POST /ofrep/v1/evaluate/flags":       {"/ofrep/v1/evaluate/flags", object{"context": object{"targetingKey": "school-student"}}},
		"GET /v1/openapi.json":                {"/v1/openapi.json", nil},

		"POST /files/imports":               {"/files/imports?format=gift&name=q.gift", threeQuestions},
		"GET /files/imports/{id}/marked":    {"/files/imports/" + s.batch + "/marked", nil},
		"GET /files/template.xlsx":          {"/files/template.xlsx", nil},
		"GET /files/audit.csv":              {"/files/audit.csv", nil},
		"GET /files/audit.jsonl":            {"/files/audit.jsonl", nil},
		"POST /files/roster":                {"/files/roster", object{"classes": []any{}}},
		"POST /files/subtitles":             {"/files/subtitles?lesson=" + s.lesson.String() + "&stage=s&revision=1&format=srt", ""},
		"GET /files/subtitles":              {"/files/subtitles?lesson=" + s.lesson.String() + "&stage=s&format=srt", nil},
		"PUT /files/blobs/{sha256}":         {"/files/blobs/" + s.file, aFile},
		"POST /files/blobs":                 {"/files/blobs", aFile + " again"},
		"GET /files/blobs/{sha256}":         {"/files/blobs/" + s.file, nil},
		"GET /files/forms/{type}/{version}": {"/files/forms/single-choice/1.0.0", nil},

		"GET /preview/{ticket}":                {"/preview/" + s.ticket, nil},
		"POST /preview/{ticket}/answers":       {"/preview/" + s.ticket + "/answers", object{"answers": []any{}}},
		"GET /preview/{ticket}/blobs/{sha256}": {"/preview/" + s.ticket + "/blobs/" + zero, nil},
		"GET /preview/{ticket}/qr.svg":         {"/preview/" + s.ticket + "/qr.svg", nil},
		"GET /preview/{ticket}/qr.png":         {"/preview/" + s.ticket + "/qr.png", nil},

		"GET /auth/login": {"/auth/login", nil}, "GET /auth/callback": {"/auth/callback?code=x&state=y", nil}, "POST /auth/logout": {"/auth/logout", nil}, "GET /auth/me": {"/auth/me", nil},

		"GET /.well-known/jwks.json": {"/.well-known/jwks.json", nil}, "GET /metrics": {"/metrics", nil}, "GET /healthz": {"/healthz", nil}, "GET /readyz": {"/readyz", nil},
	}
}

// routes are those of all doors but GraphQL's, as the program has them, and the development issuer's, which asks nobody who they are.
func (s *site) routes() []string {
	var list []string
	for _, pattern := range s.doors.patterns {
		switch pattern {
		case "/graphql", issuerPath + "/":
		case "/v1/":
			list = append(list, s.described()...)
		case "/ofrep/": // described there, too
		case "/files/":
			list = append(list, files.Routes()...)
		case "/preview/":
			list = append(list, previewdoor.Routes()...)
		case "/auth/":
			list = append(list, signin.Routes()...)
		default:
			list = append(list, pattern)
		}
	}
	slices.SortFunc(list, func(a, b string) int {
		_, x, _ := strings.Cut(a, " ")
		_, y, _ := strings.Cut(b, " ")
		return strings.Compare(x+a, y+b)
	})
	return list
}

// described are the routes of the student door, as it describes itself.
func (s *site) described() []string {
	var document struct {
		Paths map[string]map[string]json.RawMessage
	}
	s.must("GET", "/v1/openapi.json", "", nil, &document)
	var list []string
	for path, methods := range document.Paths {
		for method := range methods {
			if method = strings.ToUpper(method); slices.Contains([]string{"GET", "POST", "PUT", "PATCH", "DELETE"}, method) {
				list = append(list, method+" "+path)
			}
		}
	}
	return list
}

const restLegend = `# Who gets what of a school in the environment dev, at the doors beside GraphQL; written by go test ./cmd/qbank -run Matrix -update.
#
#   o  what was asked for
#   r  refused for what was asked, not for who asks
#   n  there is no such thing
#   d  denied: the permission or the environment is missing
#   u  it has to be said who asks
#
# The student owns what is asked for; the classmate is another one of the same school. The key is an author's.
# Letters stand for roles, in this order: `

// The authorisation matrix of the doors beside GraphQL: every route, asked by everybody.
func TestMatrixOfTheOtherDoors(t *testing.T) {
	t.Parallel()
	s := openDoors(t, map[string]string{"all": "off"})
	s.fill()
	type column struct {
		name   string
		tokens []string
	}
	columns := []column{{"nobody", []string{""}}, {"forged", []string{s.token("school-student", "school", "dev", access.Student) + "x"}}}
	for _, place := range []struct{ name, org, env string }{
		{"own", "school", "dev"}, {"own/prod", "school", "prod"}, {"own/no-env", "school", ""}, {"below", "school/math", "dev"}, {"other", "other", "dev"},
	} {
		c := column{name: place.name}
		for _, role := range access.Roles {
			id := strings.ReplaceAll(place.org, "/", "-") + "-" + string(role) // as a token says it, whatever the environment
			c.tokens = append(c.tokens, s.token(id, place.org, place.env, role))
		}
		columns = append(columns, c)
	}
	columns = append(columns, column{"classmate", []string{s.token("classmate", "school", "dev", access.Student)}}, column{"key", []string{s.key}})

	got := restLegend + fmt.Sprintln(access.Roles) + fmt.Sprintf("\n%-37s", "")
	for _, c := range columns {
		got += fmt.Sprintf(" %-*s", max(len(c.tokens), len(c.name)), c.name)
	}
	got += "\n"
	tries := s.tries()
	for _, route := range s.routes() {
		try, known := tries[route]
		if !known {
			t.Errorf("nobody tries the route %s: say in tries how it is asked for something of the school, then go test ./cmd/qbank -run Matrix -update", route)
			continue
		}
		method, _, _ := strings.Cut(route, " ")
		letters := make([][]byte, len(columns))
		var asking sync.WaitGroup
		for i, c := range columns {
			letters[i] = make([]byte, len(c.tokens))
			for j, token := range c.tokens {
				asking.Go(func() {
					status, text, _ := s.send(method, try.path, token, try.body)
					letters[i][j] = letterOf(status)
					if letters[i][j] == '?' {
						t.Errorf("%s: %d %s", route, status, text)
					}
				})
			}
		}
		asking.Wait()
		line := fmt.Sprintf("%-37s", route)
		for i, c := range columns {
			line += fmt.Sprintf(" %-*s", max(len(c.tokens), len(c.name)), letters[i])
		}
		got += strings.TrimRight(line, " ") + "\n"
	}
	path := filepath.Join("testdata", "matrix.golden")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	is, was := strings.Split(got, "\n"), strings.Split(string(want), "\n")
	for _, line := range is {
		if !slices.Contains(was, line) {
			t.Errorf("this is new in %s; if it is meant, go test ./cmd/qbank -run Matrix -update\n%s", path, line)
		}
	}
	for _, line := range was {
		if !slices.Contains(is, line) {
			t.Errorf("this is %s no more; if that is meant, go test ./cmd/qbank -run Matrix -update\n%s", path, line)
		}
	}
}

func letterOf(status int) byte {
	switch status {
	case http.StatusUnauthorized:
		return 'u'
	case http.StatusForbidden:
		return 'd'
	case http.StatusNotFound:
		return 'n'
	case http.StatusBadRequest, http.StatusConflict, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity:
		return 'r'
	}
	if status >= 200 && status < 400 {
		return 'o'
	}
	return '?'
}

// Whoever guesses is stopped by address; what X-Forwarded-For says of that address is believed of trusted proxies alone; and a class that
// sits behind the address is not hit.
func TestGuessingIsBoundedByAddress(t *testing.T) {
	t.Parallel()
	s := openDoors(t, map[string]string{"failed": "0.01/20"})
	const attempt = "/v1/attempts/00000000-0000-7000-8000-000000000000"
	guesses := []struct{ method, path, token string }{
		{"GET", attempt, "forged"}, {"GET", attempt, ""}, {"GET", attempt, "qbk_aaaaaaaa_" + strings.Repeat("a", 43)}, {"GET", "/files/template.xlsx", "forged"},
		{"GET", "/graphql?query=%7B__typename%7D", "forged"},
	}
	for i := range 20 {
		g := guesses[i%len(guesses)]
		if status, text, _ := s.send(g.method, g.path, g.token, nil); status != http.StatusUnauthorized {
			t.Fatalf("guess %d, %s: %d %s", i, g.path, status, text)
		}
	}
	for i, g := range guesses {
		status, text, header := s.send(g.method, g.path, g.token, nil, "X-Forwarded-For", fmt.Sprintf("203.0.113.%d", i))
		if status != http.StatusTooManyRequests || header.Get("Retry-After") == "" || !strings.Contains(text, "rate.limited") {
			t.Errorf("%s %q: %d %s", g.path, g.token, status, text)
		}
	}
	var class sync.WaitGroup
	for i := range 60 {
		token := s.token(fmt.Sprintf("student-%d", i), "school", "dev", access.Student)
		class.Go(func() {
			for range 5 {
				if status, text, _ := s.send("GET", attempt, token, nil); status != http.StatusNotFound {
					t.Errorf("a student of the class: %d %s", status, text)
				}
			}
		})
	}
	class.Wait()
}

func TestATrustedProxySaysWhereRequestsComeFrom(t *testing.T) {
	t.Parallel()
	s := openDoors(t, map[string]string{"failed": "0.01/3"}, "127.0.0.0/8")
	for _, c := range []struct {
		from string
		want int
	}{{"203.0.113.1", 401}, {"203.0.113.1", 401}, {"203.0.113.1", 401}, {"203.0.113.1", 429}, {"203.0.113.2", 401}, {"198.51.100.9, 203.0.113.1", 429}} {
		if status, text, _ := s.send("GET", "/files/template.xlsx", "forged", nil, "X-Forwarded-For", c.from); status != c.want {
			t.Errorf("from %s: %d %s, want %d", c.from, status, text, c.want)
		}
	}
}

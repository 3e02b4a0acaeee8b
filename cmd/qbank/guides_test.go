package main

import (
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"qbank/internal/guides"
	"qbank/internal/pgtest"
)

const guidesFolder = "../../docs/guides"

// linked finds the pages that the guides' index leads to; they are one story, told in its order.
var linked = regexp.MustCompile(`(?m)^- \[[^\]]+\]\(([a-z]+\.md)\)`)

// The guides show what happens: every request in them is made, of the program as it is served, and answered as they say.
func TestTheGuidesAreRight(t *testing.T) {
	t.Parallel()
	const index = "README.md"
	read := func(page string) string {
		text, err := os.ReadFile(filepath.Join(guidesFolder, page))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	pages := []string{index}
	for _, m := range linked.FindAllStringSubmatch(read(index), -1) {
		pages = append(pages, m[1])
	}
	if there, err := filepath.Glob(filepath.Join(guidesFolder, "*.md")); err != nil || len(there) != len(pages) {
		t.Fatalf("the index leads to %v, there are %v, %v", pages[1:], there, err)
	}
	r := newReader(t)
	for _, page := range pages {
		steps, err := guides.Parse(read(page))
		if err != nil {
			t.Fatalf("%s: %v", page, err)
		}
		if page == index {
			r.shell = steps[0].Text // what every later block of sh goes by
		}
		for _, step := range steps {
			got, err := r.do(step)
			if err != nil {
				t.Fatalf("%s:%d: %v\n%s", page, step.Line, err, got)
			}
			t.Logf("%s:%d\n%s", page, step.Line, got)
		}
	}
}

// reader does what the guides say.
type reader struct {
	*server
	env    []string          // of the shell
	desk   string            // working directory
	tokens map[string]string // by what qbank token was told
	names  guides.Names
	shell  string
}

func newReader(t *testing.T) *reader {
	t.Helper()
	data, database := t.TempDir(), pgtest.URL(t)
	s := serve(t, "--listen", "127.0.0.1:0", "--data-dir", data, "--database-url", database)
	s.awaitReady()
	return &reader{server: s, env: []string{"QBANK_DATA_DIR=" + data, "QBANK_DATABASE_URL=" + database}, desk: t.TempDir(), tokens: map[string]string{}, names: guides.Names{}}
}

// do makes a request and returns what came back, with what is wrong about it. A query is made again for a while: some of what the guides
// look at is the work of processes, which comes a moment later.
func (r *reader) do(step guides.Step) (got string, err error) {
	reads := step.Lang == "graphql" && !strings.Contains(step.Text, "mutation")
	for end := time.Now().Add(lateness); ; time.Sleep(50 * time.Millisecond) {
		learnt := maps.Clone(r.names)
		if got, err = r.graphqlOrShell(step); err == nil {
			err = matches(learnt, step, got)
		}
		r.caughtUp()
		if err == nil || !reads || time.Now().After(end) {
			r.names = learnt
			return got, err
		}
	}
}

// lateness is how long a process may take until its work is seen: the guard of releases looks every ten seconds.
const lateness = 30 * time.Second

func matches(names guides.Names, step guides.Step, got string) error {
	switch {
	case step.Answer == "":
		return nil
	case step.AnswerIn == "json":
		return names.MatchJSON(step.Answer, []byte(got))
	}
	return names.MatchText(step.Answer, got)
}

func (r *reader) graphqlOrShell(step guides.Step) (string, error) {
	if step.Lang == "sh" {
		return r.run(step.Text)
	}
	request := map[string]any{"query": r.names.Fill(step.Text)}
	if step.Variables != "" {
		request["variables"] = json.RawMessage(r.names.Fill(step.Variables))
	}
	body, err := json.Marshal(request)
	if err != nil {
		return "", err
	}
	token, err := r.token(step.As)
	if err != nil {
		return "", err
	}
	return r.post(token, string(body))
}

// token is a token of whoever asks, as "releaser --env prod".
func (r *reader) token(who string) (string, error) {
	if token, known := r.tokens[who]; known {
		return token, nil
	}
	out, err := r.run("qbank token " + who)
	if err == nil {
		r.tokens[who] = strings.TrimSpace(out)
	}
	return r.tokens[who], err
}

func (r *reader) post(token, body string) (string, error) {
	request, err := http.NewRequestWithContext(r.t.Context(), http.MethodPost, r.base+"/graphql", strings.NewReader(body))
	if err != nil {
		return "", err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer "+token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return string(text), err
}

// run has a shell do what a block says, at the address and with the data directory of this server.
func (r *reader) run(script string) (string, error) {
	c := exec.CommandContext(r.t.Context(), "bash", "-e", "-c", strings.ReplaceAll(r.shell+script, "localhost:8080", r.at()))
	c.Dir = r.desk
	c.Env = variables(r.env...)
	c.Env[0] = "PATH=" + filepath.Dir(binary) + ":" + os.Getenv("PATH")
	for name, value := range r.names {
		c.Env = append(c.Env, name+"="+value)
	}
	out, err := c.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return string(out) + string(exit.Stderr), err
	}
	return string(out), err
}

// at is the host and the port of the server.
func (r *reader) at() string {
	u, err := url.Parse(r.base)
	if err != nil {
		r.t.Fatal(err)
	}
	return u.Host
}

// caughtUp waits until every read model has seen what was done: people take longer than that for their next request.
func (r *reader) caughtUp() {
	r.t.Helper()
	admin, err := r.token("admin")
	if err != nil {
		r.t.Fatal(err)
	}
	eventually(r.t, "every read model has caught up", func() bool {
		text, err := r.post(admin, `{"query": "{ projections { lag } }"}`)
		return err == nil && strings.Contains(text, `"lag":0`) && !behind.MatchString(text)
	})
}

var behind = regexp.MustCompile(`"lag":[^0]`)

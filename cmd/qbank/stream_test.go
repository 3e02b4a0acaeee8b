package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"qbank/internal/documents"
	"qbank/internal/pgtest"
)

// graphql posts a document and returns the answer's body, which the caller closes.
func (s *server) graphql(token, accept, body string) io.ReadCloser {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.base+"/graphql", strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", accept)
	r.Header.Set("Authorization", "Bearer "+token)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	if res.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(res.Body)
		s.t.Fatalf("%s: %s", res.Status, text)
	}
	return res.Body
}

// ask posts a query and returns what data.<field> holds.
func (s *server) ask(token, field, query string) map[string]any {
	s.t.Helper()
	body, err := json.Marshal(map[string]string{"query": query})
	if err != nil {
		s.t.Fatal(err)
	}
	answer := s.graphql(token, "application/json", string(body))
	defer answer.Close()
	var got struct {
		Data   map[string]map[string]any
		Errors any
	}
	if err := json.NewDecoder(answer).Decode(&got); err != nil || got.Errors != nil {
		s.t.Fatalf("%s: %v %v", query, got.Errors, err)
	}
	return got.Data[field]
}

// devTokens are those that a server prints at its start, by role.
func (s *server) devTokens() map[string]string {
	tokens := map[string]string{}
	for _, m := range devToken.FindAllStringSubmatch(s.out.String(), -1) {
		tokens[m[1]] = m[2]
	}
	return tokens
}

// What happens on one node is told on the other, and a node that stops lets its listeners go in good order.
func TestTwoNodesTellWhatHappens(t *testing.T) {
	t.Parallel()
	url, folder := pgtest.URL(t), t.TempDir()
	const shipped = "subscription Here($s: ID!) { presence(subject: $s) { id } }"
	if err := os.WriteFile(filepath.Join(folder, "here.graphql"), []byte(shipped), 0o600); err != nil {
		t.Fatal(err)
	}
	one := serve(t, "--listen", "127.0.0.1:0", "--data-dir", t.TempDir(), "--database-url", url, "--documents", folder)
	two := serve(t, "--listen", "127.0.0.1:0", "--data-dir", t.TempDir(), "--database-url", url)
	one.awaitReady()
	two.awaitReady()
	here, there := one.devTokens()["author"], two.devTokens()["author"]

	made := two.ask(there, "createQuestion", `mutation { createQuestion(input: {type: "essay@1.0.0", content: {}}) { position question { id revision } } }`)
	question := made["question"].(map[string]any)
	id, position := question["id"].(string), fmt.Sprint(int64(made["position"].(float64)))
	one.ask(here, "question", `{ question(id: "`+id+`", at: `+position+`) { id } }`)

	listen := func(body string) (next func() string, rest func() string) {
		stream := one.graphql(here, "text/event-stream", body)
		t.Cleanup(func() { stream.Close() })
		buffer, read := "", make([]byte, 4096)
		next = func() string {
			t.Helper()
			for {
				if event, more, whole := strings.Cut(buffer, "\n\n"); whole {
					buffer = more
					if strings.HasPrefix(event, "event:") {
						return event
					}
					continue
				}
				n, err := stream.Read(read)
				if buffer += string(read[:n]); err != nil {
					t.Fatalf("%v after %q", err, buffer)
				}
			}
		}
		return next, func() string { text, _ := io.ReadAll(stream); return buffer + string(text) }
	}
	changes, changesEnd := listen(`{"query": "subscription { questionChanged(id: \"` + id + `\") { question { revision title } } }"}`)
	people, peopleEnd := listen(fmt.Sprintf(`{"documentId": "sha256:%s", "variables": {"s": %q}}`, documents.Hash(shipped), id))
	if first := people(); !strings.Contains(first, `"presence":[]`) {
		t.Error(first)
	}
	two.ask(there, "editQuestion", `mutation { editQuestion(input: {question: "`+id+`", revision: 1, content: {stem: {format: "plain", text: "Why?"}}}) { position } }`)
	if told := changes(); !strings.Contains(told, `"revision":2`) {
		t.Error(told)
	}
	two.ask(there, "announcePresence", `mutation { announcePresence(input: {subject: "`+id+`"}) { position } }`)
	if told := people(); !strings.Contains(told, `"id":"dev-author"`) {
		t.Error(told)
	}
	if code := one.stop(syscall.SIGTERM); code != exitOK {
		t.Errorf("it ends with %d\n%s", code, one.err)
	}
	for name, rest := range map[string]func() string{"changes": changesEnd, "people": peopleEnd} {
		if text := rest(); !strings.HasSuffix(text, "event: complete\ndata: \n\n") {
			t.Errorf("the stream of %s ends with %q", name, text)
		}
	}
}

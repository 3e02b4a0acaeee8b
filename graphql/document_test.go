package graphql_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"qbank/domain/access"
	"qbank/graphql"
	"qbank/graphql/engine"
	"qbank/internal/documents"
)

// named asks for a document by its hash, in either of the two ways that are usual.
func (c caller) named(hash string) answer {
	c.t.Helper()
	var last answer
	for _, body := range []map[string]any{{"documentId": "sha256:" + hash}, {"extensions": map[string]any{"persistedQuery": map[string]any{"version": 1, "sha256Hash": hash}}}} {
		raw, err := json.Marshal(body)
		if err != nil {
			c.t.Fatal(err)
		}
		last = c.post(raw)
	}
	return last
}

func TestDocumentsAreNamedByTheirHash(t *testing.T) {
	t.Parallel()
	h := open(t)
	const text = "query Who { viewer { org } }"
	const register = `mutation($i: RegisterDocumentsInput!) { registerDocuments(input: $i) { hashes } }`
	hash, admin := engine.Hash(text), h.as(t, access.Admin)
	admin.ask(text, nil) // that it was sent once registers nothing
	admin.named(hash).refused("graphql.not_persisted")
	for range 2 {
		admin.ask(register, vars{"i": vars{"documents": []vars{{"document": text, "name": "who"}}}}).is(map[string]any{"registerDocuments.hashes.0": hash})
	}
	for org, known := range map[string]bool{"school": true, "school/math": true, "other": false, "schoolyard": false} {
		a := h.from(t, org, "test", access.Author).named(hash)
		if known {
			a.is(map[string]any{"viewer.org": org})
		} else {
			a.refused("graphql.not_persisted")
		}
	}
	caller{house: h, t: t}.named(hash).refused("graphql.not_persisted")

	// What a part registers is the part's alone.
	const own = "query Mine { viewer { id org } }"
	maths := h.from(t, "school/math", "test", access.Admin)
	maths.ask(register, vars{"i": vars{"documents": []vars{{"document": own}}}})
	maths.named(engine.Hash(own)).is(map[string]any{"viewer.org": "school/math"})
	for _, org := range []string{"school", "school/art", "school/mathematics", "other"} {
		h.from(t, org, "test", access.Admin).named(engine.Hash(own)).refused("graphql.not_persisted")
	}

	refused := admin.say(register, vars{"i": vars{"documents": []vars{{"document": "{ viewer { id } }"}, {"document": "{ nothing }"}, {"document": "{"}}}}).refused("documents.invalid")
	if p := refused.Errors[0].Extensions.Problems; len(p) != 2 || p[0].Pointer != "/documents/1/document" || p[0].Code != "graphql.validation" || p[1].Code != "graphql.syntax" {
		t.Errorf("%+v", p)
	}
	admin.named(engine.Hash("{ viewer { id } }")).refused("graphql.not_persisted") // all or none
	admin.say(register, vars{"i": vars{"documents": []vars{}}}).refused("documents.count")
	h.as(t, access.Releaser).say(register, vars{"i": vars{"documents": []vars{{"document": text}}}}).refused("access.denied")
}

func TestOnlyRegisteredDocumentsAreServed(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	const shipped = "subscription Follow($id: ID!) { lessonChanged(id: $id) { position } }"
	const who = "query Who { viewer { org } }"
	write := func(name, text string) {
		t.Helper()
		path := filepath.Join(folder, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	write("follow.graphql", shipped)
	write("people/who.graphql", who)
	write("README.md", "{ nothing }")
	read, err := documents.Folder(folder)
	if err != nil || len(read) != 2 || read[1].Name != "people/who" {
		t.Fatalf("%+v, %v", read, err)
	}
	first := open(t)
	h := first.reopened(t, func(d *graphql.Door) { d.Documents, d.PersistedOnly = read, true })
	author := h.as(t, access.Author)
	author.say("{ viewer { id } }", nil).refused("query.not_persisted")
	author.ask(who, nil).is(map[string]any{"viewer.org": "school"}) // the text of a registered one will do
	author.named(engine.Hash(who)).is(map[string]any{"viewer.org": "school"})
	author.listen("subscription($id: ID!) { lessonChanged(id: $id) { position } }", vars{"id": "x"}).next().refused("query.not_persisted")
	author.listen(shipped, vars{"id": "01890a5d-ac96-774b-bcce-b302099a8057"}).next().refused("lesson.not_found")
	h.as(t, access.Admin).ask("{ viewer { id } }", nil)
	author.named(engine.Hash("{ viewer { id } }")).refused("graphql.not_persisted") // although the administrator's is remembered
	caller{house: h, t: t}.say("{ __typename }", nil).refused("query.not_persisted")

	door := &graphql.Door{Stack: first.Stack, Documents: []documents.Document{{Name: "bad", Text: "{ nothing }"}}}
	if _, err := door.Handler(); err == nil || !strings.Contains(err.Error(), "bad") {
		t.Errorf("a document for another schema: %v", err)
	}
}

func TestWhatMayBeSpent(t *testing.T) {
	t.Parallel()
	h := open(t).reopened(t, func(d *graphql.Door) { d.CostPerMinute = 100 })
	author := h.as(t, access.Author)
	a := author.say(`{ questions(first: 20) { nodes { id code } } }`, nil, engine.CostHeader, "1")
	for _, part := range []string{`"extensions":{"cost":{"cost":`, `"perMinute":100,"left":`} {
		if !strings.Contains(a.raw, part) {
			t.Errorf("%s is not in %s", part, a.raw)
		}
	}
	if strings.Contains(author.say(`{ viewer { id } }`, nil).raw, "extensions") {
		t.Error("the cost is told to who did not ask")
	}
	for range 20 {
		if a = author.say(`{ questions(first: 20) { nodes { id code } } }`, nil); len(a.Errors) > 0 {
			break
		}
	}
	d := a.refused("query.cost").Errors[0].Extensions.Details
	if d["per_minute"] != 100.0 || d["cost"] == nil || d["left"] == nil || d["retry_after"].(float64) < 1 {
		t.Errorf("%v", d)
	}
	h.person(t, "another", access.Author).ask(`{ viewer { id } }`, nil)
	caller{house: h, t: t}.ask(`{ __typename }`, nil)
}

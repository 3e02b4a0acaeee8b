package graphql_test

import (
	"strings"
	"testing"

	"qbank/domain/access"
	"qbank/internal/library"
)

// upload keeps a file as the caller.
func (c caller) upload(file, title string) library.Kept {
	c.t.Helper()
	kept, err := c.Library.Take(c.t.Context(), c.actor, library.Upload{Body: strings.NewReader(file), Title: title})
	if err != nil {
		c.t.Fatal(err)
	}
	return kept
}

// pictured is single with a file beside its stem.
func pictured(stem, hash string) vars {
	doc := single(stem, 1)
	doc["media"] = []any{vars{"id": "m", "resource": hash, "alt": "a bridge"}}
	return doc
}

func TestFilesAreFoundNamedAndTagged(t *testing.T) {
	t.Parallel()
	h := open(t)
	author := h.as(t, access.Author)
	bridge := author.upload("%PDF-bridge", "Bridge.pdf")
	author.upload("<p onclick='x()'>A page</p>", "page")
	created := author.ask(`mutation($i: CreateQuestionInput!) { createQuestion(input: $i) { position question { id } } }`,
		vars{"i": vars{"type": "single-choice@1.0.0", "content": pictured("Which?", string(bridge.Hash))}})
	id, position := created.text("createQuestion.question.id"), created.number("createQuestion.position")
	found := author.ask(`query($at: Long) { resources(at: $at, title: "bridge") { totalCount nodes { id sha256 type size title tags kept unusedSince removed
		uses { nodes { version places question { id } lesson { id } } } } } unused: resources(unused: true) { nodes { title unusedSince removed } } }`, vars{"at": position})
	found.is(map[string]any{"resources.totalCount": 1, "resources.nodes.0.sha256": bridge.Hash, "resources.nodes.0.type": "application/pdf", "resources.nodes.0.size": 11,
		"resources.nodes.0.unusedSince": nil, "resources.nodes.0.uses.nodes": []any{vars{"version": nil, "places": 1, "question": vars{"id": id}, "lesson": nil}},
		"resources.nodes.0.kept": true, "unused.nodes.0.title": "page", "unused.nodes.0.removed": []any{`"p onclick" ×1`}})
	if found.at("unused.nodes.0.unusedSince") == nil || len(found.list("unused.nodes")) != 1 {
		t.Error(found.raw)
	}
	file := found.text("resources.nodes.0.id")
	change := func(c caller, name string, input vars) answer {
		input["resource"] = file
		return c.say(`mutation($i: `+strings.ToUpper(name[:1])+name[1:]+`Input!) { `+name+`(input: $i) { revision resource { title tags revision } } }`, vars{"i": input})
	}
	change(author, "renameResource", vars{"revision": 1, "title": "桥"}).is(map[string]any{"renameResource.resource.title": "桥", "renameResource.resource.revision": 2})
	change(author, "tagResource", vars{"revision": 2, "tags": []any{"b", "a", "b"}}).is(map[string]any{"tagResource.resource.tags": []any{"a", "b"}})
	change(author, "tagResource", vars{"revision": 2, "tags": []any{}}).refused("revision.stale")
	change(author, "renameResource", vars{"revision": 3, "title": ""}).refused("resource.title")
	change(h.from(t, "other", "test", access.Author), "renameResource", vars{"revision": 3, "title": "x"}).refused("resource.not_found")
	change(h.as(t, access.Reviewer), "renameResource", vars{"revision": 3, "title": "x"}).refused("access.denied")
	author.ask(`query($id: ID!) { node(id: $id) { ... on Resource { title } } resource(id: $id) { title } }`, vars{"id": file}).
		is(map[string]any{"node.title": "桥", "resource.title": "桥"})
	stranger := h.from(t, "other", "test", access.Author)
	stranger.ask(`query($id: ID!) { node(id: $id) { id } resources { nodes { id } } }`, vars{"id": file}).is(map[string]any{"node": nil, "resources.nodes": []any{}})
	stranger.say(`query($id: ID!) { resource(id: $id) { id } }`, vars{"id": file}).refused("resource.not_found")
	h.as(t, access.Teacher).say(`{ resources { nodes { id } } }`, nil).refused("access.denied")
}

func TestAQuestionIsSubmittedOnceItsFilesAreThere(t *testing.T) {
	t.Parallel()
	h := open(t)
	author := h.as(t, access.Author)
	draft := func(hash string) (string, int) {
		created := author.ask(`mutation($i: CreateQuestionInput!) { createQuestion(input: $i) { question { id revision } } }`,
			vars{"i": vars{"type": "single-choice@1.0.0", "content": pictured("Which?", hash)}})
		return created.text("createQuestion.question.id"), created.number("createQuestion.question.revision")
	}
	submit := func(id string, revision int) answer {
		return author.say(`mutation($i: SubmitQuestionInput!) { submitQuestion(input: $i) { question { state } } }`, vars{"i": vars{"question": id, "revision": revision}})
	}
	file := h.from(t, "other", "test", access.Author).upload("%PDF-1", "theirs")
	for _, name := range []string{string(file.Hash), "bridge.png"} {
		refused := submit(draft(name)).refused("question.asset_missing")
		if p := refused.Errors[0].Extensions.Problems; len(p) != 1 || p[0].Pointer != "/media/0/resource" || p[0].Code != "asset.missing" {
			t.Errorf("%+v", p)
		}
	}
	author.upload("%PDF-1", "ours")
	submit(draft(string(file.Hash))).is(map[string]any{"submitQuestion.question.state": "IN_REVIEW"})
}

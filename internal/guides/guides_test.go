package guides_test

import (
	"strings"
	"testing"

	"qbank/internal/guides"
)

func TestAPageIsReadAsSteps(t *testing.T) {
	t.Parallel()
	page := "# A page\n\n```graphql\n# author --env prod\nquery($id: ID!) { node(id: $id) { id } }\n```\n```json\n{\"id\": \"$question\"}\n```\n\nand back comes\n\n" +
		"```json\n{\"data\": {}}\n```\n\n```sh\necho one\n```\n```text\none\n```\n"
	steps, err := guides.Parse(page)
	if err != nil || len(steps) != 2 {
		t.Fatalf("%+v, %v", steps, err)
	}
	first, second := steps[0], steps[1]
	if first.Line != 3 || first.As != "author --env prod" || first.Variables != "{\"id\": \"$question\"}\n" || first.Answer != "{\"data\": {}}\n" || first.AnswerIn != "json" {
		t.Errorf("%+v", first)
	}
	if second.Lang != "sh" || second.Text != "echo one\n" || second.Answer != "one\n" || second.AnswerIn != "text" {
		t.Errorf("%+v", second)
	}
}

func TestWhatIsNoStepIsRefused(t *testing.T) {
	t.Parallel()
	for says, page := range map[string]string{
		"line 1: this json answers nothing":            "```json\n{}\n```\n",
		"line 1: the block does not end":               "```sh\n",
		"line 2: a block begins inside":                "```sh\n```sh\n```\n",
		"line 1: the first line says who asks":         "```graphql\n{ viewer { id } }\n```\n",
		"line 1: the request has no answer":            "```graphql\n# author\n{ viewer { id } }\n```\n",
		"line 1: a block is graphql, sh, json or text": "```\nx\n```\n",
		"line 4: graphql is answered in json":          "```graphql\n# a\n```\n```text\nx\n```\n",
		"line 4: unexpected end of JSON":               "```graphql\n# a\n```\n```json\n{\n```\n",
		"line 7: the answer has neither data":          "```graphql\n# a\n```\n```json\n{}\n```\n```json\n{}\n```\n",
	} {
		if _, err := guides.Parse(page); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v, want %q", page, err, says)
		}
	}
}

func TestAnAnswerHasAtLeastWhatIsShown(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ shown, got, says string }{
		"more members":       {`{"a": {"b": 1}}`, `{"a": {"b": 1, "c": 2}, "d": 3}`, ""},
		"a member less":      {`{"a": {"b": 1}}`, `{"a": {}}`, "/a has no b"},
		"another value":      {`{"a": [1, 2]}`, `{"a": [1, 3]}`, "/a/1 is 3, not 2"},
		"a longer list":      {`[1]`, `[1, 2]`, "has 2 entries, not 1"},
		"further entries":    {`[1, "…"]`, `[1, 2, 3]`, ""},
		"no entry of them":   {`[1, "…"]`, `[]`, "has 0 entries"},
		"any text":           {`{"a": "x…z"}`, `{"a": "xyz"}`, ""},
		"another text":       {`{"a": "x…z"}`, `{"a": "xy"}`, `/a is "xy"`},
		"text is no number":  {`{"a": "…"}`, `{"a": 1}`, "/a is 1"},
		"nothing is no text": {`{"a": "…"}`, `{"a": null}`, "/a is null"},
		"nothing is no name": {`{"a": "$new"}`, `{"a": null}`, "/a is null"},
		"nothing":            {`{"a": null}`, `{"a": 1}`, "/a is 1, not null"},
		"a known name":       {`{"a": "$known"}`, `{"a": "7"}`, ""},
		"a name's number":    {`{"a": "$known"}`, `{"a": 7}`, ""},
		"another than named": {`{"a": "$known"}`, `{"a": "8"}`, `/a is "8", not "7"`},
		"the same name":      {`{"a": "$new", "b": ["$new"]}`, `{"a": "x", "b": ["y"]}`, `not`},
		"no object":          {`{"a": 1}`, `[1]`, "no object"},
		"no JSON":            {`{}`, `<html>`, "no JSON"},
	} {
		err := guides.Names{"known": "7"}.MatchJSON(c.shown, []byte(c.got))
		if (c.says == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", name, err, c.says)
		}
	}
}

func TestAnswersGiveNames(t *testing.T) {
	t.Parallel()
	names := guides.Names{}
	if err := names.MatchJSON(`{"id": "$question", "position": "$position"}`, []byte(`{"id": "Q1", "position": 9007199254740993}`)); err != nil {
		t.Fatal(err)
	}
	if got := names.Fill(`query($i: I) { a(id: "$question", at: $position, in: $i) }`); got != `query($i: I) { a(id: "Q1", at: 9007199254740993, in: $i) }` {
		t.Error(got)
	}
	if err := names.MatchText("key … signs $question\nend", "begin\nkey 5 signs Q1\nmore\nend\n"); err != nil {
		t.Error(err)
	}
	if err := names.MatchText("end\nbegin", "begin\nend\n"); err == nil {
		t.Error("the order does not matter")
	}
}

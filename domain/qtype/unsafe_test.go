package qtype_test

import (
	"testing"

	"qbank/domain/content"
)

// HTML of authors holds nothing that runs, in what students see at once and in what they see after.
func TestRichTextHoldsNothingThatRuns(t *testing.T) {
	t.Parallel()
	byFormat := `{"type": "object", "additionalProperties": false, "x-text": "by-format", "x-secret": "feedback",
		"properties": {"format": {"type": "string"}, "text": {"type": "string"}}}`
	q := compile(t, string(with(t, "/content/properties/explanation", byFormat)))
	for _, c := range []struct{ document, problem string }{
		{`{"stem": "<p>2 + 2?</p>", "options": [{"id": "a"}], "key": "a", "explanation": {"format": "html", "text": "<b>4</b>"}}`, ""},
		{`{"stem": "<script>x()</script>", "options": [{"id": "a"}], "key": "a"}`, "html.unsafe at /stem"},
		{`{"stem": "<p onclick=x()>t</p>", "options": [{"id": "a"}], "key": "a"}`, "html.unsafe at /stem"},
		{`{"options": [{"id": "a"}], "key": "a", "explanation": {"format": "html", "text": "<a href='javascript:x()'>t</a>"}}`, "html.unsafe at /explanation/text"},
		{`{"options": [{"id": "a"}], "key": "a", "explanation": {"format": "moodle", "text": "<iframe>"}}`, "html.unsafe at /explanation/text"},
		{`{"options": [{"id": "a"}], "key": "a", "explanation": {"format": "markdown", "text": "<script>"}}`, ""},
		{`{"options": [{"id": "a", "text": "<script>", "note": "<script>"}], "key": "a"}`, ""},
	} {
		problems := q.Check(decode(c.document))
		got := ""
		if len(problems) > 0 {
			got = problems[0].Code + " at " + problems[0].Pointer
			if _, there := content.At(decode(c.document), problems[0].Pointer); !there {
				t.Errorf("%s: nothing stands at %s", c.document, problems[0].Pointer)
			}
		}
		if got != c.problem {
			t.Errorf("%s: got %q (%+v), want %q", c.document, got, problems, c.problem)
		}
	}
}

package text_test

import (
	"strings"
	"testing"

	"qbank/domain/fault"
	"qbank/domain/text"
)

func TestALineIsTextWithinBounds(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ line, code string }{
		{"", "required"}, {"a", ""}, {"三个字", ""}, {"四个字了", "max_length"}, {"a\x00", "text"}, {"\xff", "text"},
	} {
		problems := text.Check("/title", c.line, 1, 3)
		if (c.code == "") != (len(problems) == 0) {
			t.Fatalf("%q: got %+v, want %q", c.line, problems, c.code)
		}
		if c.code != "" && (problems[0].Code != c.code || problems[0].Pointer != "/title" || problems[0].Message.ZH == "") {
			t.Errorf("%q: got %+v, want %s", c.line, problems[0], c.code)
		}
	}
}

func TestAReasonIsNeededAndANoteIsNot(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("长", text.Note+1)
	if err := text.CheckReason(""); !fault.Is(err, "reason.missing") || fault.Of(err).Problems[0].Pointer != "/reason" {
		t.Errorf("got %v", err)
	}
	if err := text.CheckNote("/note", ""); err != nil {
		t.Error(err)
	}
	for _, err := range []error{text.CheckReason(long), text.CheckNote("/note", long), text.CheckReason("\x00"), text.CheckNote("/note", "\xff")} {
		if !fault.Is(err, "note.invalid") {
			t.Errorf("got %v", err)
		}
	}
	if err := text.CheckReason(long[:len(long)-len("长")]); err != nil {
		t.Error(err)
	}
}

package eventstore

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestCheckJSON(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat(`{"a":[`, MaxDepth/2) + "1" + strings.Repeat("]}", MaxDepth/2)
	tests := []struct {
		text string
		at   int
		why  *flaw
	}{
		{`{"a": [1, -0.5e+10, true, false, null, "\n\"\\\/\u00e9😀"], "": {}}`, 0, nil},
		{" [ ] ", 0, nil},
		{`"\ud83d\ude00"`, 0, nil},
		{"\"\u2028\x7f\"", 0, nil},
		{`"\\u0000"`, 0, nil}, // a backslash and "u0000"
		{deep, 0, nil},
		{"[" + deep + "]", MaxDepth / 2 * 6, tooDeep},
		{``, 0, notJSON},
		{`{} {}`, 3, notJSON},
		{`[1,]`, 3, notJSON},
		{`{"a":1,}`, 7, notJSON},
		{`{a:1}`, 1, notJSON},
		{`{"a" 1}`, 5, notJSON},
		{`01`, 1, notJSON},
		{`1.`, 2, notJSON},
		{`-`, 1, notJSON},
		{`1e`, 2, notJSON},
		{`+1`, 0, notJSON},
		{`nul`, 0, notJSON},
		{`"a`, 2, notJSON},
		{"\"\n\"", 1, notJSON},
		{`"\x"`, 1, notJSON},
		{`"\u12"`, 1, notJSON},
		{`"\u12G4"`, 1, notJSON},
		{"[1]\x00", 3, notJSON},
		{"\"a\xff\"", 2, notUTF8},
		{"\"\xed\xa0\x80\"", 1, notUTF8}, // a surrogate, encoded
		{`["a", "b\u0000"]`, 8, hasNUL},
		{`{"\u0000": 1}`, 2, hasNUL},
		{`"\ud800"`, 1, loneSurrogate},
		{`"\udc00\ud800"`, 1, loneSurrogate},
		{`"\ud83d\u0041"`, 1, loneSurrogate},
		{`"\ud83d`, 1, loneSurrogate},
	}
	for _, tt := range tests {
		at, why := checkJSON([]byte(tt.text))
		if why != tt.why || why != nil && at != tt.at {
			t.Errorf("%.60q: got %v at %d, want %v at %d", tt.text, why, at, tt.why, tt.at)
		}
	}
}

func TestCheckJSONAllocatesNothing(t *testing.T) {
	text := []byte(`{"a": [1, -0.5e+10, true, "\ud83d\ude00 text"], "b": {"c": null}}`)
	if n := testing.AllocsPerRun(100, func() { checkJSON(text) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// What passes is what the standard library calls valid, less what the log does not take; and reading it back loses nothing.
func FuzzCheckJSON(f *testing.F) {
	for _, seed := range []string{`{"a":[1,-0.5e+10,true,false,null,"\n\u00e9😀"]}`, `"\ud83d\ude00"`, `"\u0000"`, `"\ud800"`, "\"\xff\"", `[[[]]]`, `01`, `{"a":1,}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		at, why := checkJSON(text)
		if why == nil && (!json.Valid(text) || !utf8.Valid(text)) {
			t.Fatalf("%q passes", text)
		}
		if why == notJSON && json.Valid(text) {
			t.Fatalf("%q is JSON, but refused at %d", text, at)
		}
		if why != nil && (at < 0 || at > len(text)) {
			t.Fatalf("%q: flaw at %d", text, at)
		}
		var s string
		if why == nil && json.Unmarshal(text, &s) == nil && strings.ContainsRune(s, 0) {
			t.Fatalf("%q holds NUL", text)
		}
		if why == hasNUL && !strings.Contains(string(text), `\u0000`) || why == loneSurrogate && !strings.Contains(strings.ToLower(string(text)), `\ud`) {
			t.Fatalf("%q: %v at %d", text, *why, at)
		}
	})
}

func BenchmarkCheckJSON(b *testing.B) {
	text := []byte(`{"text":"` + strings.Repeat("x", 289) + `"}`)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		checkJSON(text)
	}
}

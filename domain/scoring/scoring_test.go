package scoring_test

import (
	"fmt"
	"math/big"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"qbank/domain/content"
	"qbank/domain/fault"
	"qbank/domain/scoring"
)

func decode(t testing.TB, text string) any {
	t.Helper()
	v, err := content.Decode([]byte(text), content.Limits{})
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

func scorer(t testing.TB, rule, document string) scoring.Scorer {
	t.Helper()
	r, problems := scoring.Compile(decode(t, rule))
	if len(problems) > 0 {
		t.Fatalf("%s: %+v", rule, problems)
	}
	s, err := r.Prepare(decode(t, document))
	if err != nil {
		t.Fatalf("%s: %v", document, err)
	}
	return s
}

type scores struct {
	response string
	want     scoring.Fraction
}

func check(t *testing.T, rule, document string, cases []scores) {
	t.Helper()
	s := scorer(t, rule, document)
	for _, c := range cases {
		got, err := s.Score(decode(t, c.response))
		if err != nil || got.Fraction != c.want || got.Status != scoring.Scored {
			t.Errorf("%s to %s: %+v (%v), want %d", c.response, document, got, err, c.want)
		}
	}
}

func TestMatchCorrect(t *testing.T) {
	t.Parallel()
	rule := `{"template":"match_correct@1","params":{"response":"/r","key":"/k"}}`
	check(t, rule, `{"k":"a"}`, []scores{{`{"r":"a"}`, 1e6}, {`{"r":"b"}`, 0}, {`null`, 0}})
	check(t, rule, `{"k":["a","b"]}`, []scores{{`{"r":["b","a"]}`, 1e6}, {`{"r":["a"]}`, 0}, {`{"r":["a","b","c"]}`, 0}, {`{"r":"a"}`, 0}})
	check(t, rule, `{"k":false}`, []scores{{`{"r":false}`, 1e6}, {`{"r":true}`, 0}})
	ordered := `{"template":"match_correct@1","params":{"response":"/r","key":"/k","ordered":true}}`
	check(t, ordered, `{"k":["a","b"]}`, []scores{{`{"r":["b","a"]}`, 0}, {`{"r":["a","b"]}`, 1e6}})
}

func TestMapResponse(t *testing.T) {
	t.Parallel()
	rule := `{"template":"map_response@1","params":{"response":"/r","options":"/o","key":"/k","rule":"/g"}}`
	three := `"o":[{"id":"a"},{"id":"b"},{"id":"c"},{"id":"d"}],"k":["a","b","c"]`
	check(t, rule, `{`+three+`}`, []scores{{`{"r":["a"]}`, 333333}, {`{"r":["a","b"]}`, 666667}, {`{"r":["a","b","c"]}`, 1e6}, {`{"r":["a","d"]}`, 333333}, {`{"r":[]}`, 0}})
	check(t, rule, `{"g":{"mode":"all"},`+three+`}`, []scores{{`{"r":["c","b","a"]}`, 1e6}, {`{"r":["a","b"]}`, 0}, {`{"r":["a","b","c","d"]}`, 0}})
	check(t, rule, `{"g":{"mode":"subset"},`+three+`}`, []scores{{`{"r":["c"]}`, 5e5}, {`{"r":["a","d"]}`, 0}, {`{"r":[]}`, 0}, {`{"r":["a","b","c"]}`, 1e6}})
	check(t, rule, `{"g":{"mode":"subset","partial":33.33333},`+three+`}`, []scores{{`{"r":["c"]}`, 333333}})
	check(t, rule, `{"g":{"mode":"share"},`+three+`}`, []scores{{`{"r":["c"]}`, 333333}, {`{"r":["c","a"]}`, 666667}, {`{"r":["c","d"]}`, 0}})
	weights := `"o":[{"id":"a","percent":33.33333},{"id":"b","percent":33.33333},{"id":"c","percent":33.33333},{"id":"d","percent":-50}],"k":["a","b","c"]`
	check(t, rule, `{`+weights+`}`, []scores{{`{"r":["a","b","c"]}`, 1e6}, {`{"r":["a","b","c","d"]}`, 5e5}, {`{"r":["d"]}`, 0}, {`{"r":["a","b"]}`, 666667}})
	check(t, rule, `{"g":{"mode":"weights","minimum":-100},`+weights+`}`, []scores{{`{"r":["d"]}`, -5e5}})
	single := `{"template":"map_response@1","params":{"response":"/r","options":"/o","key":"/k","minimum":-100}}`
	check(t, single, `{"o":[{"id":"a"},{"id":"b","percent":-12.5},{"id":"c"}],"k":"a"}`, []scores{{`{"r":"a"}`, 1e6}, {`{"r":"b"}`, -125000}, {`{"r":"c"}`, 0}})

	s := scorer(t, rule, `{`+three+`}`)
	for _, response := range []string{`{"r":["z"]}`, `{"r":["a","a"]}`, `{"r":7}`, `{}`} {
		if _, err := s.Score(decode(t, response)); !fault.Is(err, "scoring.response") {
			t.Errorf("%s: %v", response, err)
		}
	}
}

// TestElevenRightOptionsMakeAWhole: a hundred divided by eleven does not lose the last millionth.
func TestElevenRightOptionsMakeAWhole(t *testing.T) {
	t.Parallel()
	for n := 1; n <= 50; n++ {
		options, ids := []any{}, []any{}
		for i := range n {
			options = append(options, map[string]any{"id": fmt.Sprint(i)})
			ids = append(ids, fmt.Sprint(i))
		}
		r, _ := scoring.Compile(decode(t, `{"template":"map_response@1","params":{"response":"/r","options":"/o","key":"/k"}}`))
		s, err := r.Prepare(map[string]any{"o": options, "k": ids})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := s.Score(map[string]any{"r": ids}); err != nil || got.Fraction != scoring.Full {
			t.Errorf("%d options: %+v, %v", n, got.Fraction, err)
		}
	}
}

func TestMatchPairs(t *testing.T) {
	t.Parallel()
	rule := `{"template":"match_pairs@1","params":{"response":"/p","key":"/p"}}`
	pairs := func(list ...string) string {
		var items []string
		for _, pair := range list {
			items = append(items, fmt.Sprintf(`{"premise":%q,"target":%q}`, pair[:1], pair[1:]))
		}
		return `{"p":[` + strings.Join(items, ",") + `]}`
	}
	check(t, rule, pairs("a1", "b2", "c3"), []scores{
		{pairs("a1", "b2", "c3"), 1e6}, {pairs("a1"), 333333}, {pairs("a1", "b2"), 666667}, {pairs("a2", "b1"), 0}, {pairs(), 0},
		{pairs("a1", "a2", "a3"), 0},         // everything is no answer
		{pairs("a1", "a2", "b2"), 333333},    // and costs only its own premise
		{pairs("a1", "b2", "c3", "d4"), 1e6}, // a premise without a pair earns and costs nothing
	})
	check(t, rule, pairs("a1", "a2"), []scores{{pairs("a1", "a2"), 1e6}, {pairs("a1"), 5e5}, {pairs("a1", "a2", "a3"), 5e5}})
	if _, err := scorer(t, rule, pairs("a1")).Score(decode(t, pairs("a1", "a1"))); !fault.Is(err, "scoring.response") {
		t.Errorf("a pair twice: %v", err)
	}
}

func TestTextMatch(t *testing.T) {
	t.Parallel()
	rule := `{"template":"text_match@1","params":{"response":"/t","answers":"/a","matchCase":"/c"}}`
	text := func(s string) string { return fmt.Sprintf(`{"t":%q}`, s) }
	check(t, rule, `{"a":[{"text":"New  York"},{"text":"NY","percent":50}]}`, []scores{
		{text(" new york\t"), 1e6}, {text("ＮＥＷ　ＹＯＲＫ"), 1e6}, {text("ny"), 5e5}, {text("newyork"), 0}, {text(""), 0}})
	check(t, rule, `{"c":true,"a":[{"text":"New York"}]}`, []scores{{text("new york"), 0}, {text("New York"), 1e6}})
	check(t, rule, `{"a":[{"text":"*"},{"text":"right"}]}`, []scores{{text("right"), 1e6}, {text(""), 1e6}})
	check(t, rule, `{"a":[{"text":"*","percent":0},{"text":"right"}]}`, []scores{{text("right"), 1e6}, {text("else"), 0}})
	check(t, rule, `{"a":[{"text":"a*c"}]}`, []scores{{text("abc"), 1e6}, {text("ac"), 1e6}, {text("a b c"), 1e6}, {text("abcd"), 0}, {text("c"), 0}})
	check(t, rule, `{"a":[{"text":"the * of *s"}]}`, []scores{{text("The house of cards"), 1e6}, {text("the of cards"), 0}, {text("the x of s"), 1e6}})
	check(t, rule, `{"a":[{"text":"2 \\* 3"}]}`, []scores{{text("2 * 3"), 1e6}, {text("2 x 3"), 0}})
	check(t, rule, `{"a":[{"text":"ab*ba"}]}`, []scores{{text("aba"), 0}, {text("abba"), 1e6}})
	check(t, rule, `{"a":[{"text":"straße"}]}`, []scores{{text("STRASSE"), 1e6}})
	check(t, rule, `{"a":[{"text":"①㎏"}]}`, []scores{{text("1kg"), 1e6}})
	check(t, rule, `{"a":[{"text":"鲁迅"}]}`, []scores{{text("鲁迅 "), 1e6}, {text("魯迅"), 0}})
}

func TestWildcardsMatchLikeRegularExpressions(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		letters := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c", "*"}), 1, 8).Draw(t, "pattern")
		text := strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c"}), 0, 10).Draw(t, "text"), "")
		pattern := strings.Join(letters, "")
		want := regexp.MustCompile("^" + strings.ReplaceAll(pattern, "*", ".*") + "$").MatchString(text)
		r, _ := scoring.Compile(map[string]any{"template": "text_match@1", "params": map[string]any{"response": "/t", "answers": "/a"}})
		s, err := r.Prepare(map[string]any{"a": []any{map[string]any{"text": pattern}}})
		if err != nil {
			t.Fatal(err)
		}
		got, err := s.Score(map[string]any{"t": text})
		if err != nil || (got.Fraction == scoring.Full) != want {
			t.Fatalf("%q by %q: %+v, %v", text, pattern, got, err)
		}
	})
}

func FuzzFold(f *testing.F) {
	for _, seed := range []string{"", " a  B ", "ＡＢＣ１２３", "Straße İı ſ ǆ", "ﬁ①㎏", "ͅα", "ᾳΐ", "한글", "\u00a0x\u2003", "e\u0301\u0345"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 2000 {
			t.Skip()
		}
		for _, matchCase := range []bool{false, true} {
			once := scoring.Fold(text, matchCase)
			if twice := scoring.Fold(once, matchCase); twice != once {
				t.Fatalf("%q folds to %q, and that to %q", text, once, twice)
			}
			if strings.TrimSpace(once) != once || strings.Contains(once, "  ") {
				t.Fatalf("%q keeps space in %q", text, once)
			}
		}
	})
}

func TestParseNumber(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, want string }{
		{"3", "3"}, {" 3.50 ", "7/2"}, {".5", "1/2"}, {"5.", "5"}, {"-0", "0"}, {"+1", "1"}, {"−2", "-2"}, {"- 2", "-2"},
		{"３．１４", "157/50"}, {"－１", "-1"}, {"0.1", "1/10"},
		{"1,5", "3/2"}, {"1,500", "1500"}, {"0,500", "1/2"}, {"1,50", "3/2"}, {"1,2345", "2469/2000"}, {"1234,567", "1234567/1000"}, {",5", "1/2"},
		{"1,234,567", "1234567"}, {"1.234.567,5", "2469135/2"}, {"1,234.5", "2469/2"}, {"1.234,5", "2469/2"}, {"1 234 567", "1234567"}, {"1 234,5", "2469/2"},
		{"1'234.5", "2469/2"}, {"1，500", "1500"},
		{"1e3", "1000"}, {"1E-3", "1/1000"}, {"1.5e+2", "150"}, {"1.5×10^3", "1500"}, {"1.5 × 10³", "1500"}, {"2x10^-2", "1/50"}, {"3*10^2", "300"}, {"2·10⁻²", "1/50"},
		{"1e400", "1" + strings.Repeat("0", 400)},
	} {
		got, ok := scoring.ParseNumber(c.text)
		if !ok || got.RatString() != c.want {
			t.Errorf("%q is %v (%v), want %s", c.text, got, ok, c.want)
		}
	}
	for _, text := range []string{"", " ", ".", ",", "-", "abc", "1a", "1..2", "1.2.3", "1,23,4", "12,34,567", "1e", "1e401", "e5", "1e5e5", "--1", "+-1", "1 2", "10⁵", "0x10", "1_000",
		"Inf", "NaN", "1/3", "1e99999999999", strings.Repeat("1", 201), "1,234 567", "٣"} {
		if got, ok := scoring.ParseNumber(text); ok {
			t.Errorf("%q is %v", text, got)
		}
	}
}

func FuzzParseNumber(f *testing.F) {
	for _, seed := range []string{"3.14", "1,234,567.89", "1.5×10⁻³", "３，５", "-1e-400", "1 000", "−7", "1'000", "x10^", "9e", "⁵", "1e+-5"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		number, ok := scoring.ParseNumber(text)
		if !ok {
			return
		}
		if size := number.Num().BitLen() + number.Denom().BitLen(); size > 6000 {
			t.Fatalf("%q takes %d bits", text, size)
		}
		negative, ok := scoring.ParseNumber("-" + text)
		if ok && negative.Cmp(new(big.Rat).Neg(number)) != 0 {
			t.Fatalf("-%q is %v", text, negative)
		}
		if plain := regexp.MustCompile(`^[0-9]+(\.[0-9]+)?$`); plain.MatchString(text) {
			if want, _ := new(big.Rat).SetString(text); want.Cmp(number) != 0 {
				t.Fatalf("%q is %v", text, number)
			}
		}
	})
}

func TestNumericMatch(t *testing.T) {
	t.Parallel()
	rule := `{"template":"numeric_match@1","params":{"response":"/v","answers":"/a","unit":"/u"}}`
	number := func(s string) string { return fmt.Sprintf(`{"v":%q}`, s) }
	check(t, rule, `{"a":[{"value":"0.3","tolerance":"0.1"}]}`, []scores{{number("0.2"), 1e6}, {number("0.4"), 1e6}, {number("0.4000000000000000001"), 0}, {number("0.19999"), 0}})
	check(t, rule, `{"a":[{"value":"-200","tolerance":"0.05","relative":true}]}`, []scores{{number("-210"), 1e6}, {number("-190"), 1e6}, {number("-189.99"), 0}, {number("200"), 0}})
	check(t, rule, `{"a":[{"min":"1","max":"2"},{"min":"0","percent":10}]}`, []scores{{number("1"), 1e6}, {number("2.0"), 1e6}, {number("2.1"), 1e5}, {number("-1"), 0}})
	check(t, rule, `{"u":"m/s²","a":[{"value":"9.8"}]}`, []scores{{number("9.8"), 1e6}, {number("9.8 m/s²"), 1e6}, {number("9,8m/s²"), 1e6}, {number("9.8 m"), 0}})
	check(t, rule, `{"a":[{"value":"100"}]}`, []scores{{number("1e2"), 1e6}, {number("１００"), 1e6}, {number("hundred"), 0}, {number(""), 0}})
	for _, document := range []string{`{}`, `{"a":[]}`, `{"a":[{}]}`, `{"a":[{"value":"x"}]}`, `{"a":[{"value":"1","tolerance":"x"}]}`} {
		r, _ := scoring.Compile(decode(t, rule))
		if _, err := r.Prepare(decode(t, document)); !fault.Is(err, "scoring.content") {
			t.Errorf("%s: %v", document, err)
		}
	}
}

func TestByHandAndNone(t *testing.T) {
	t.Parallel()
	hand, none := scorer(t, `{"template":"by_hand@1"}`, `{}`), scorer(t, `{"template":"none@1"}`, `{}`)
	for _, c := range []struct {
		scorer   scoring.Scorer
		response any
		want     scoring.Status
	}{{hand, "x", scoring.Pending}, {hand, nil, scoring.Scored}, {none, "x", scoring.Unscored}, {none, nil, scoring.Unscored}} {
		if got, err := c.scorer.Score(c.response); err != nil || got.Status != c.want || got.Fraction != 0 {
			t.Errorf("%v: %+v, %v", c.response, got, err)
		}
	}
}

func TestRulesThatAreRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ rule, code, pointer string }{
		{`{"template":"guess@1"}`, "scoring.template", "/template"},
		{`null`, "scoring.template", "/template"},
		{`{"template":"match_correct@1","params":{"key":"/k"}}`, "scoring.param", "/params/response"},
		{`{"template":"match_correct@1","params":{"key":"k","response":"/r"}}`, "scoring.param", "/params/key"},
		{`{"template":"match_correct@1","params":{"key":"/k","response":"/r","orderd":true}}`, "scoring.param", "/params/orderd"},
		{`{"template":"map_response@1","params":{"key":"/k","response":"/r","options":"/o","minimum":-101}}`, "scoring.param", "/params/minimum"},
		{`{"template":"by_hand@1","params":{"by":"whom"}}`, "scoring.param", "/params/by"},
		{`{"cel":"1 +"}`, "cel.syntax", "/cel"},
		{`{"cel":"secret == 1"}`, "cel.syntax", "/cel"},
		{`{"cel":"now()"}`, "cel.syntax", "/cel"},
		{`{"cel":"content.a.all(x, content.a.all(y, content.a.all(z, content.a.all(w, w == x))))"}`, "cel.cost", "/cel"},
	} {
		_, problems := scoring.Compile(decode(t, c.rule))
		if len(problems) != 1 || problems[0].Code != c.code || problems[0].Pointer != c.pointer || problems[0].Message.ZH == "" {
			t.Errorf("%s: %+v", c.rule, problems)
		}
	}
	if _, problems := scoring.Compile(map[string]any{"cel": strings.Repeat("1+", 3000) + "1"}); len(problems) != 1 || problems[0].Code != "cel.too_long" {
		t.Errorf("a long expression: %+v", problems)
	}
}

func TestExpressions(t *testing.T) {
	t.Parallel()
	rule := func(cel string) string { return fmt.Sprintf(`{"cel":%q}`, cel) }
	check(t, rule(`response.v == content.k ? 1.0 : 0.25`), `{"k":"a"}`, []scores{{`{"v":"a"}`, 1e6}, {`{"v":"b"}`, 250000}, {`null`, 0}})
	check(t, rule(`response.v == content.k`), `{"k":2}`, []scores{{`{"v":2}`, 1e6}, {`{"v":3}`, 0}})
	check(t, rule(`double(content.k.filter(x, x in response.v).size()) / double(content.k.size())`), `{"k":["a","b","c"]}`, []scores{{`{"v":["c","a"]}`, 666667}})
	check(t, rule(`-1`), `{}`, []scores{{`{}`, -1e6}})
	for _, c := range []struct{ cel, document, response string }{
		{`0.0/0.0`, `{}`, `{}`},
		{`1.0/0.0`, `{}`, `{}`},
		{`1.5`, `{}`, `{}`},
		{`"full"`, `{}`, `{}`},
		{`response.nothing`, `{}`, `{}`},
		{`response.v.all(x, response.v.all(y, x != y + 1.0)) ? 1 : 0`, `{}`, `{"v":[` + strings.Repeat("0,", 3000) + `0]}`}, // beyond the limit when it runs
	} {
		if got, err := scorer(t, rule(c.cel), c.document).Score(decode(t, c.response)); !fault.Is(err, "scoring.expression") {
			t.Errorf("%s: %+v, %v", c.cel, got, err)
		}
	}
}

func TestFractionOf(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		fraction scoring.Fraction
		max      scoring.Mark
		want     scoring.Mark
	}{
		{scoring.Full, 5 * scoring.OneMark, 5 * scoring.OneMark}, {500_000, 3, 2}, {-500_000, 3, -2}, {500_000, -3, -2}, {333_333, 3 * scoring.OneMark, 999_999},
		{0, 7, 0}, {scoring.Full, 1<<63 - 1, 1<<63 - 1}, {2 * scoring.Full, 1<<63 - 1, 1<<63 - 1}, {1, 499_999, 0}, {1, 500_000, 1}, {1<<63 - 1, 1<<63 - 1, 1<<63 - 1},
	} {
		if got := c.fraction.Of(c.max); got != c.want {
			t.Errorf("%d of %d is %d, want %d", c.fraction, c.max, got, c.want)
		}
	}
}

func TestFractionOfIsExactUntilItIsRounded(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		f, m := rapid.Int64Range(-2e6, 2e6).Draw(t, "fraction"), rapid.Int64Range(-1e15, 1e15).Draw(t, "max")
		got := int64(scoring.Fraction(f).Of(scoring.Mark(m)))
		product := new(big.Int).Mul(big.NewInt(f), big.NewInt(m))
		off := new(big.Int).Sub(new(big.Int).Mul(big.NewInt(got), big.NewInt(1e6)), product)
		if off.CmpAbs(big.NewInt(500_000)) > 0 {
			t.Fatalf("%d of %d is %d", f, m, got)
		}
		if off.CmpAbs(big.NewInt(500_000)) == 0 && off.Sign() != product.Sign() {
			t.Fatalf("%d of %d is %d: a half goes away from zero", f, m, got)
		}
	})
}

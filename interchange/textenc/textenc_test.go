package textenc_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	ucd "unicode"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"
	"pgregory.net/rapid"

	"qbank/domain/fault"
	"qbank/interchange/textenc"
)

var encodings = map[textenc.Name]encoding.Encoding{
	textenc.UTF8:    unicode.UTF8,
	textenc.GB18030: simplifiedchinese.GB18030,
	textenc.Big5:    traditionalchinese.Big5,
	textenc.UTF16LE: unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM),
	textenc.UTF16BE: unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM),
}

var marks = map[textenc.Name]string{
	textenc.UTF8: "\xef\xbb\xbf", textenc.GB18030: "\x84\x31\x95\x33", textenc.UTF16LE: "\xff\xfe", textenc.UTF16BE: "\xfe\xff",
}

var simplified = []string{
	"下列各组词语中，加点字的读音完全正确的一项是（　）。",
	"已知函数 f(x)=x²+2x+1，求它在区间 [0, 3] 上的最大值。",
	"题干,选项A,选项B,选项C,选项D,答案,解析",
	"小明骑自行车从家到学校需要十五分钟，速度是多少？",
	"关于细胞膜的叙述，错误的是：磷脂双分子层构成基本支架。",
	"秦始皇统一六国后，推行了哪些巩固统一的措施？",
	"::第一题:: 中国的首都是{=北京 ~上海 ~广州}",
}

var traditional = []string{
	"下列各組詞語中，加點字的讀音完全正確的一項是（　）。",
	"已知函數 f(x)=x+2，求它在區間 [0, 3] 上的最大值。",
	"題幹,選項A,選項B,選項C,選項D,答案,解析",
	"小明騎自行車從家裡到學校需要十五分鐘，速度是多少？",
	"關於細胞膜的敘述，何者錯誤？磷脂雙分子層構成基本支架。",
	"秦始皇統一六國後，推行了哪些鞏固統一的措施？",
	"::第一題:: 臺灣最高的山是{=玉山 ~雪山 ~合歡山}",
}

func encode(t interface{ Fatal(...any) }, name textenc.Name, text string) []byte {
	b, err := encodings[name].NewEncoder().Bytes([]byte(text))
	if err != nil {
		t.Fatal(name, err)
	}
	return b
}

func TestEachSentenceIsRecognised(t *testing.T) {
	t.Parallel()
	for name := range encodings {
		sentences := simplified
		if name == textenc.Big5 {
			sentences = traditional
		}
		for _, s := range sentences {
			checkRead(t, bytes.NewReader(encode(t, name, s)), s, name, false)
			checkRead(t, iotest.HalfReader(bytes.NewReader(encode(t, name, s+"\n"+s))), s+"\n"+s, name, false)
			if mark, has := marks[name]; has {
				checkRead(t, io.MultiReader(strings.NewReader(mark), bytes.NewReader(encode(t, name, s))), s, name, true)
			}
		}
	}
}

func checkRead(t interface {
	Helper()
	Fatalf(string, ...any)
}, src io.Reader, want string, name textenc.Name, marked bool) {
	t.Helper()
	r, err := textenc.NewReader(src)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	got, err := io.ReadAll(r)
	if err != nil || string(got) != want || r.Choice().Name != name || r.Choice().BOM != marked {
		t.Fatalf("%s: read as %+v, %v: %.80q; want %.80q", name, r.Choice(), err, got, want)
	}
}

func TestTextsAreRecognisedWhateverTheirLength(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom([]textenc.Name{textenc.UTF8, textenc.GB18030, textenc.Big5, textenc.UTF16LE, textenc.UTF16BE}).Draw(t, "encoding")
		sentences := simplified
		if name == textenc.Big5 {
			sentences = traditional
		}
		text := strings.Join(rapid.SliceOfN(rapid.SampledFrom(append(sentences, "Plain English.", "a = b")), 1, 30).Draw(t, "text"), "\r\n")
		text += sentences[0]
		times := rapid.SampledFrom([]int{1, 1, 1, 1, 100}).Draw(t, "times")
		text = strings.Repeat(text, times)
		checkRead(t, bytes.NewReader(encode(t, name, text)), text, name, false)
	})
}

func TestALongEnglishBeginningHidesNothing(t *testing.T) {
	t.Parallel()
	for _, length := range []int{textenc.Window - 1, textenc.Window, textenc.Window + 1, 3 * textenc.Window} {
		for _, c := range []struct {
			name textenc.Name
			text string
		}{{textenc.UTF8, simplified[0]}, {textenc.GB18030, simplified[0]}, {textenc.Big5, traditional[0]}} {
			text := strings.Repeat("x", length) + c.text + strings.Repeat("y", length)
			checkRead(t, bytes.NewReader(encode(t, c.name, text)), text, c.name, false)
		}
	}
	checkRead(t, strings.NewReader(strings.Repeat("x", 3*textenc.Window)), strings.Repeat("x", 3*textenc.Window), textenc.UTF8, false)
	checkRead(t, strings.NewReader(""), "", textenc.UTF8, false)
}

func TestInvalidBytesAreAFaultWithTheirOffset(t *testing.T) {
	t.Parallel()
	good := strings.Repeat(simplified[0]+"\n", 1000)
	line := len(simplified[0]) + 1
	for _, c := range []struct {
		name  string
		file  []byte
		until int // what precedes is read
	}{
		{"UTF-8 cut off", []byte(good + "\xe4\xb8"), len(good)},
		{"UTF-8 damaged", []byte(good + "\xff" + good), len(good)},
		{"UTF-8 damaged before the window ends", []byte(good[:20*line] + "\xff" + good), 20 * line},
		{"GB18030 damaged", append(encode(t, textenc.GB18030, good), "\xff rest"...), len(encode(t, textenc.GB18030, good))},
		{"GB18030 cut off", append(encode(t, textenc.GB18030, good), '\xb0'), len(encode(t, textenc.GB18030, good))},
		{"UTF-16 cut off", append(encode(t, textenc.UTF16LE, good), 'a'), len(encode(t, textenc.UTF16LE, good))},
		{"UTF-16 half a pair", append(encode(t, textenc.UTF16BE, good), "\xd8\x00\x00a"...), len(encode(t, textenc.UTF16BE, good))},
	} {
		for _, src := range []io.Reader{bytes.NewReader(c.file), iotest.OneByteReader(bytes.NewReader(c.file))} {
			r, err := textenc.NewReader(src)
			if err != nil {
				t.Fatal(c.name, err)
			}
			got, err := io.ReadAll(r)
			f := fault.Of(err)
			if f == nil {
				t.Errorf("%s (%+v): %v after %d bytes", c.name, r.Choice(), err, len(got))
				continue
			}
			if f.Code != "textenc.bytes" || f.Details["offset"] != int64(c.until) {
				t.Errorf("%s (%+v): %v %v; want offset %d", c.name, r.Choice(), err, f.Details, c.until)
			}
			if !strings.HasPrefix(good, string(got)) || len(got) == 0 {
				t.Errorf("%s: what was read before differs: %.40q", c.name, got)
			}
		}
	}
}

func TestTheReplacementCharacterItselfIsText(t *testing.T) {
	t.Parallel()
	for name := range encodings {
		if name == textenc.Big5 { // has none
			continue
		}
		want := simplified[0] + "\ufffd" + simplified[1]
		r, err := textenc.NewReaderFor(bytes.NewReader(encode(t, name, want)), name)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(r); err != nil || string(got) != want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

// assigned leaves out private use, which GB18030 tables do not agree about.
func assigned(r rune) bool { return !ucd.Is(ucd.Co, r) }

func TestANamedEncodingIsReadAsThat(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom([]textenc.Name{textenc.UTF8, textenc.GB18030, textenc.UTF16LE, textenc.UTF16BE}).Draw(t, "encoding")
		want := strings.TrimPrefix(rapid.StringOf(rapid.Rune().Filter(assigned)).Draw(t, "text"), "\ufeff")
		mark := rapid.SampledFrom([]string{"", marks[name]}).Draw(t, "mark")
		r, err := textenc.NewReaderFor(strings.NewReader(mark+string(encode(t, name, want))), name)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(r)
		if err != nil || string(got) != want {
			t.Fatalf("%q, %v", got, err)
		}
	})
	if _, err := textenc.NewReaderFor(strings.NewReader(""), "KOI8-R"); !fault.Is(err, "textenc.unknown") {
		t.Error(err)
	}
}

func TestASourceThatFails(t *testing.T) {
	t.Parallel()
	failing := errors.New("disk gone")
	if _, err := textenc.NewReader(iotest.ErrReader(failing)); !errors.Is(err, failing) {
		t.Error(err)
	}
	long := strings.Repeat(simplified[0], 5000)
	r, err := textenc.NewReader(io.MultiReader(strings.NewReader(long), iotest.ErrReader(failing)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(r); !errors.Is(err, failing) {
		t.Error(err)
	}
}

func FuzzReader(f *testing.F) {
	for name := range encodings {
		f.Add([]byte(marks[name]), true)
	}
	f.Add(encode(f, textenc.GB18030, simplified[0]), true)
	f.Add(encode(f, textenc.Big5, traditional[0]), false)
	f.Add(encode(f, textenc.UTF16BE, simplified[2]), false)
	f.Add([]byte("a\x81\x30\x81\x30\xff\xd8\x00"), false)
	f.Fuzz(func(t *testing.T, file []byte, slow bool) {
		var src io.Reader = bytes.NewReader(file)
		if slow {
			src = iotest.OneByteReader(src)
		}
		r, err := textenc.NewReader(src)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(r)
		if !bytes.Equal(got, bytes.ToValidUTF8(got, nil)) {
			t.Fatalf("%q is not UTF-8", got)
		}
		if again := textenc.Detect(file, true); again != r.Choice() {
			t.Fatalf("%+v when streamed, %+v at once", r.Choice(), again)
		}
		if err != nil {
			f := fault.Of(err)
			if at, ok := f.Details["offset"].(int64); !ok || at < 0 || at >= int64(len(file)) {
				t.Fatalf("%v in %d bytes", err, len(file))
			}
			return
		}
		// What is read without a fault is written back to the same bytes, for encodings that have one way to write a character.
		if name := r.Choice().Name; name != textenc.Big5 && name != textenc.GB18030 {
			back := encode(t, name, string(got))
			if r.Choice().BOM {
				back = append([]byte(marks[name]), back...)
			}
			if !bytes.Equal(back, file) {
				t.Fatalf("%s: %q came back as %q", name, file, back)
			}
		}
	})
}

func ExampleReader() {
	file, _ := simplifiedchinese.GBK.NewEncoder().String("题干：中国的首都是哪里？")
	r, err := textenc.NewReader(strings.NewReader(file))
	if err != nil {
		fmt.Println(err)
		return
	}
	text, err := io.ReadAll(r)
	fmt.Println(r.Choice().Name, string(text), err)
	// Output: GB18030 题干：中国的首都是哪里？ <nil>
}

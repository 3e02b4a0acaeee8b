package textenc

import (
	"bytes"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

// Window is how many bytes are looked at.
const Window = 64 << 10

// Choice is an encoding and why it was chosen.
type Choice struct {
	Name  Name `json:"name"`
	BOM   bool `json:"bom"`   // a byte order mark said so; it is not part of the text
	Guess bool `json:"guess"` // statistics said so; ask the author where much depends on it
}

// Detect chooses for the beginning of a text; whole says that it is all of it. Where no encoding fits, it chooses the one
// that fits best, and reading will say where it does not. ASCII is UTF-8.
func Detect(head []byte, whole bool) Choice {
	for _, c := range codecs {
		if c.mark != "" && bytes.HasPrefix(head, []byte(c.mark)) {
			return Choice{Name: c.name, BOM: true}
		}
	}
	return choose(head, whole, codecs)
}

// choose goes by validity, then by statistics.
func choose(head []byte, whole bool, candidates []codec) Choice {
	if len(head) > Window {
		head, whole = head[:Window], false
	}
	if bytes.IndexByte(head, 0) < 0 {
		if _, _, bad := codecs[0].decode(head, whole); bad < 0 {
			return Choice{Name: UTF8}
		}
	}
	best, top := Choice{}, 0.0
	for _, c := range candidates {
		text, bad := c.force(head, whole)
		s := score(text)
		if bad < 0 {
			s += forValidity
		}
		if best.Name == "" || s > top {
			best, top = Choice{Name: c.name, Guess: true}, s
		}
	}
	return best
}

// forValidity is what being valid throughout counts beside the score. It is not more, because bytes that make no sense are
// valid UTF-16 nearly always, and a file that is damaged in one place should still be known for what it is.
const forValidity = 0.1

// score is the mean, over the characters, of how likely people are to write them: 1 is text, below 0 is noise.
func score(text []byte) float64 {
	weights := hanWeights()
	sum, n := 0.0, 0
	for _, r := range string(text) {
		n++
		switch {
		case r == '\n' || r == '\r' || r == '\t' || ' ' <= r && r <= '~':
			sum++
		case 0x3000 <= r && r <= 0x303f, 0xff00 <= r && r <= 0xffef:
			sum++
		case weights[r] > 0:
			sum += weights[r]
		case unicode.Is(unicode.Han, r):
			sum += 0.1
		case unicode.In(r, unicode.Latin, unicode.Greek, unicode.Hiragana, unicode.Katakana), 0x2010 <= r && r <= 0x27bf:
			sum += 0.3
		default:
			sum--
		}
	}
	return sum / float64(max(n, 1))
}

// frequent are the commonest characters of Chinese prose and of exams, simplified and traditional: more than half of a text.
const frequent = "的一是不了在人有我他这這个個们們中来來上大为為和国國地到以说說时時要就出会會可也你对對生能而子那得于於着下自之年过過发發后後作里裡用道行所然家种種" +
	"事成方多经經么麼去法学學如都同现現当當没沒动動面起看定天分还還进進好小部其些主样樣理心她本前开開但因只从從想实實日军軍者意无無力它与與长長把机機十民第公此已工使情明性知全三又" +
	"关關点點正业業外将將两兩高间間由问問很最重并並物手应應战戰向头頭文体體政美相见見被利什二等产產或新己制身果加西斯月话話合回特代内內信表化老给給世位次度门門任常先海通教儿兒原东東声聲提立及比员員解水名真论論处處走义義各入" +
	"题題目答案选選项項列确確错錯误誤值数數函图圖读讀句词詞材料根据據空填判断斷简簡述阅閱"

// hanWeights are 1 for what is frequent and less for what national standards put into their first level: some 6,700
// characters of the 75,000 or so there are.
var hanWeights = sync.OnceValue(func() map[rune]float64 {
	weights := map[rune]float64{}
	add := func(e encoding.Encoding, from, to byte, trails string) {
		d := e.NewDecoder()
		for lead := int(from); lead <= int(to); lead++ {
			for _, trail := range []byte(trails) {
				if s, err := d.Bytes([]byte{byte(lead), trail}); err == nil {
					if r, _ := utf8.DecodeRune(s); unicode.Is(unicode.Han, r) {
						weights[r] = 0.7
					}
				}
			}
		}
	}
	add(simplifiedchinese.GBK, 0xb0, 0xd7, span(0xa1, 0xfe))
	add(traditionalchinese.Big5, 0xa4, 0xc6, span(0x40, 0x7e)+span(0xa1, 0xfe))
	for _, r := range frequent {
		weights[r] = 1
	}
	return weights
})

func span(from, to int) string {
	var b []byte
	for c := from; c <= to; c++ {
		b = append(b, byte(c))
	}
	return string(b)
}

package hotconfig

import (
	"encoding/json"
	"regexp"

	"github.com/google/uuid"

	"qbank/domain/content"
	"qbank/domain/fault"
	"qbank/domain/qtype"
	"qbank/domain/text"
)

// Key names a value to clients: "player.max_speed".
type Key string

const (
	// MaxKeys bounds the keys of one organisation: clients load all of them at once.
	MaxKeys   = 500
	maxKey    = 100 // bytes
	maxOwner  = 200
	maxSchema = 32 << 10 // bytes
	maxValue  = 8 << 10  // bytes
)

var (
	space      = uuid.MustParse("7d1c2b64-3c5e-5b0c-8d43-2f9f4f1f3a11")
	keyPattern = regexp.MustCompile(`^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$`)
)

// IDOf is the stream of an organisation's key.
func IDOf(org string, key Key) uuid.UUID {
	return uuid.NewSHA1(space, []byte(org+"\x00"+string(key)))
}

func (k Key) check() []fault.Problem {
	if len(k) <= maxKey && keyPattern.MatchString(string(k)) {
		return nil
	}
	return []fault.Problem{{Pointer: "/key", Code: "pattern", Message: fault.Say("words of a-z, 0-9 and _ with dots between, a letter first, at most %d",
		"由小写字母、数字和下划线组成的词，以点分隔，字母开头，最长 %d", maxKey)}}
}

// Spec says what a key is.
type Spec struct {
	Schema      json.RawMessage `json:"schema"`  // JSON Schema 2020-12 of the value
	Default     json.RawMessage `json:"default"` // what a client has whom no rule gives another value
	Owner       string          `json:"owner"`   // who answers for it
	Description fault.Text      `json:"description"`
	Expires     int64           `json:"expires,omitempty"` // microseconds since 1970 UTC, the default holds from then on; 0: never
}

// Same reports whether two specs say the same.
func (s Spec) Same(other Spec) bool {
	return string(s.Schema) == string(other.Schema) && string(s.Default) == string(other.Default) && s.Owner == other.Owner &&
		s.Description == other.Description && s.Expires == other.Expires
}

// tidy writes the documents in their canonical form and says what is wrong.
func (s Spec) tidy() (Spec, qtype.Schema, []fault.Problem) {
	problems := text.Check("/owner", s.Owner, 1, maxOwner)
	problems = append(problems, text.Check("/description/en", s.Description.EN, 1, text.Note)...)
	problems = append(problems, text.Check("/description/zh-CN", s.Description.ZH, 1, text.Note)...)
	if s.Expires < 0 {
		problems = append(problems, fault.Problem{Pointer: "/expires", Code: "range", Message: fault.Say("an instant after 1970", "应为 1970 年之后的时刻")})
	}
	schema, wrong := compileSchema(&s.Schema)
	if problems = append(problems, wrong...); len(wrong) > 0 {
		return s, schema, problems
	}
	return s, schema, append(problems, fits(schema, &s.Default, "/default")...)
}

func compileSchema(raw *json.RawMessage) (qtype.Schema, []fault.Problem) {
	decoded, problems := decode(raw, maxSchema, "/schema")
	if len(problems) > 0 {
		return qtype.Schema{}, problems
	}
	if _, object := decoded.(map[string]any); !object {
		return qtype.Schema{}, []fault.Problem{{Pointer: "/schema", Code: "type", Message: fault.Say("a JSON Schema object is expected", "应为 JSON Schema 对象")}}
	}
	schema, err := qtype.CompileSchema(decoded)
	if err != nil {
		return schema, []fault.Problem{{Pointer: "/schema", Code: "schema.compile", Message: fault.Say("the schema does not compile: %.300v", "模式无法编译：%.300v", err)}}
	}
	return schema, nil
}

// fits lists why a value is not what the schema asks for, and writes it in its canonical form.
func fits(schema qtype.Schema, value *json.RawMessage, at string) []fault.Problem {
	decoded, problems := decode(value, maxValue, at)
	if len(problems) > 0 {
		return problems
	}
	problems = schema.Problems(decoded)
	for i := range problems {
		problems[i].Pointer = at + problems[i].Pointer
	}
	return problems
}

// decode reads a document within bounds and writes it again in its canonical form.
func decode(raw *json.RawMessage, limit int, at string) (any, []fault.Problem) {
	if len(*raw) == 0 {
		return nil, []fault.Problem{{Pointer: at, Code: "required", Message: fault.Say("this cannot be left out", "不能缺少")}}
	}
	decoded, err := content.Decode(*raw, content.Limits{Bytes: limit, Depth: 32, Nodes: 5000})
	if f := fault.Of(err); f != nil {
		return nil, []fault.Problem{{Pointer: at, Code: f.Code, Message: f.Message}}
	}
	*raw = content.Canonical(decoded)
	return decoded, nil
}

package targeting

import (
	"encoding/json"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"

	"qbank/domain/content"
)

// The bounds of a context. Whoever makes one leaves out what is beyond them.
const (
	MaxFacts = 200 // entries of a list
	MaxFact  = 200 // bytes of a text
)

// Context is what is known of a student. What is not known is empty.
type Context struct {
	Student     string // opaque, as the roster has it
	Org         string
	Environment string

	Classes  []string // ids
	Courses  []string
	Terms    []string
	Lines    []string // business lines
	Teachers []string

	Session    string // id of the class session that the student is in now
	Grade      string
	Region     string
	Platform   string
	AppVersion string
	Channel    string
	Locale     string
}

// Hash tells all that is known of a student from anything else that may be known of one.
func (c *Context) Hash() content.Hash {
	encoded, err := json.Marshal(c)
	if err != nil { // texts can always be written
		panic(err)
	}
	return content.HashBytes(encoded)
}

// facts are the names that conditions know.
var facts = map[string]fact{
	"student":     word(func(c *Context) string { return c.Student }),
	"org":         word(func(c *Context) string { return c.Org }),
	"environment": word(func(c *Context) string { return c.Environment }),
	"session":     word(func(c *Context) string { return c.Session }),
	"region":      word(func(c *Context) string { return c.Region }),
	"platform":    word(func(c *Context) string { return c.Platform }),
	"app_version": word(func(c *Context) string { return c.AppVersion }),
	"channel":     word(func(c *Context) string { return c.Channel }),
	"locale":      word(func(c *Context) string { return c.Locale }),

	"grade":    word(func(c *Context) string { return c.Grade }).fromRoster(),
	"classes":  words(func(c *Context) []string { return c.Classes }).fromRoster(),
	"courses":  words(func(c *Context) []string { return c.Courses }).fromRoster(),
	"terms":    words(func(c *Context) []string { return c.Terms }).fromRoster(),
	"lines":    words(func(c *Context) []string { return c.Lines }).fromRoster(),
	"teachers": words(func(c *Context) []string { return c.Teachers }).fromRoster(),
}

// fact is one thing that conditions can ask for.
type fact struct {
	kind   *cel.Type
	of     func(*Context) any
	roster bool // the organisation's roster has to be asked
}

func word(of func(*Context) string) fact {
	return fact{kind: cel.StringType, of: func(c *Context) any { return types.String(of(c)) }}
}

func words(of func(*Context) []string) fact {
	return fact{kind: cel.ListType(cel.StringType), of: func(c *Context) any { return types.NewStringList(types.DefaultTypeAdapter, of(c)) }}
}

func (f fact) fromRoster() fact {
	f.roster = true
	return f
}

// ResolveName gives CEL a fact by its name.
func (c *Context) ResolveName(name string) (any, bool) {
	f, known := facts[name]
	if !known {
		return nil, false
	}
	return f.of(c), true
}

// Parent is nil: there are no other names.
func (*Context) Parent() cel.Activation { return nil }

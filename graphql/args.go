package graphql

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/google/uuid"
	gql "github.com/graphql-go/graphql"

	"qbank/domain/content"
	"qbank/domain/fault"
	"qbank/domain/qtype"
	"qbank/domain/question"
	"qbank/domain/scoring"
	"qbank/graphql/engine"
	"qbank/projections/catalog"
)

// args are a field's arguments, or the fields of an input object, as the engine coerced them to their types.
type args map[string]any

func (a args) text(name string) string {
	s, _ := a[name].(string)
	return s
}

func (a args) number(name string) int {
	n, _ := a[name].(int)
	return n
}

func (a args) instant(name string) int64 {
	n, _ := a[name].(int64)
	return n
}

func (a args) flag(name string) *bool {
	b, given := a[name].(bool)
	if !given {
		return nil
	}
	return &b
}

// yes reports whether a flag is given and true.
func (a args) yes(name string) bool {
	b, _ := a[name].(bool)
	return b
}

func (a args) mark(name string) scoring.Mark {
	m, _ := a[name].(scoring.Mark)
	return m
}

func (a args) texts(name string) []string {
	list, _ := a[name].([]any)
	out := make([]string, 0, len(list))
	for _, item := range list {
		if s, ok := item.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

func (a args) object(name string) args {
	o, _ := a[name].(map[string]any)
	return o
}

func (a args) objects(name string) []args {
	list, _ := a[name].([]any)
	out := make([]args, 0, len(list))
	for _, item := range list {
		o, _ := item.(map[string]any)
		out = append(out, o)
	}
	return out
}

func (a args) has(name string) bool { return a[name] != nil }

// choice reads an argument of an enumeration, or the fallback.
func choice[T ~string](a args, name string, fallback T) T {
	if v, given := a[name].(T); given {
		return v
	}
	return fallback
}

// choices reads a list of an enumeration.
func choices[T ~string](a args, name string) []T {
	list, _ := a[name].([]any)
	out := make([]T, 0, len(list))
	for _, item := range list {
		if v, ok := item.(T); ok {
			out = append(out, v)
		}
	}
	return out
}

// id reads the id of a thing of one type, global or bare.
func (a args) id(name, typ string) (uuid.UUID, error) {
	text := a.text(name)
	if text == "" {
		return uuid.Nil, nil
	}
	return parseID(text, typ)
}

func parseID(text, typ string) (uuid.UUID, error) {
	if len(text) == 36 {
		if id, err := uuid.Parse(text); err == nil {
			return id, nil
		}
	}
	bare, err := engine.ParseGlobalIDOf(typ, text)
	if err != nil {
		return uuid.Nil, err
	}
	id, err := uuid.Parse(bare)
	if err != nil {
		return uuid.Nil, badID()
	}
	return id, nil
}

func badID() *fault.Fault {
	return fault.Refuse(fault.Invalid, engine.CodeBadID, fault.Say("this is not an id that the API has given", "该 id 不是由本接口给出的"))
}

// ids reads ids of things of one type, each global or bare.
func (a args) ids(name, typ string) ([]uuid.UUID, error) {
	var ids []uuid.UUID
	for _, text := range a.texts(name) {
		id, err := parseID(text, typ)
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// idTexts are such ids as texts, the way rules and filters have them.
func (a args) idTexts(name, typ string) ([]string, error) {
	ids, err := a.ids(name, typ)
	var texts []string
	for _, id := range ids {
		texts = append(texts, id.String())
	}
	return texts, err
}

// questionIn reads which question is named under that name, if any is.
func (c call) questionIn(a args) (uuid.UUID, error) {
	text := a.text("question")
	if text == "" {
		return uuid.Nil, nil
	}
	return c.question(text)
}

// question reads the id of a question: global, bare, or its code as people type it.
func (c call) question(text string) (uuid.UUID, error) {
	if !question.LooksLikeCode(text) {
		return parseID(text, questionName)
	}
	found, err := c.byCode(text)
	if f := fault.Of(err); f == nil || f.Kind != fault.NotFound {
		return found.ID, err
	}
	// It may have been given a moment ago: look once more when the catalogue has caught up with the log.
	head, err := c.Store.Head(c.ctx)
	if err != nil {
		return uuid.Nil, err
	}
	if err := c.Engine.Wait(c.ctx, catalogModel, head); err != nil {
		return uuid.Nil, err
	}
	found, err = c.byCode(text)
	return found.ID, err
}

func (c call) byCode(typed string) (catalog.Question, error) {
	if err := c.reads(c.ctx, catalogModel); err != nil {
		return catalog.Question{}, err
	}
	return c.Catalog.ByCode(c.ctx, c.actor.Scope.Org, typed)
}

// revision reads the revision that the caller saw. Commands take other numbers for "never mind", which is not for clients.
func (a args) revision() (int, error) { return a.revisionFrom(1) }

// revisionOrNone reads the revision that the caller saw of something that is there from the beginning: 0 where nobody has said anything yet.
func (a args) revisionOrNone() (int, error) { return a.revisionFrom(0) }

func (a args) revisionFrom(least int) (int, error) {
	n := a.number("revision")
	if n < least {
		return 0, fault.Refuse(fault.Invalid, "revision.invalid", fault.Say("a revision is %d or more", "修订号应不小于 %d", least),
			fault.Problem{Pointer: "/revision", Code: "range", Message: fault.Say("%d or more", "应不小于 %d", least)})
	}
	return n, nil
}

// typeRef reads a type version such as "single-choice@1.0.0".
func (a args) typeRef(name string) (qtype.Ref, error) {
	text := a.text(name)
	if typ, id, err := engine.ParseGlobalID(text); err == nil && typ == typeName {
		text = id
	}
	return qtype.ParseRef(text)
}

// document reads JSON by the rules of contents: bounded, and without what another program would trip over later.
func (a args) document(name string) (any, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false) // what is bounded is what the client sent
	if err := encoder.Encode(a[name]); err != nil {
		return nil, fmt.Errorf("write %s again: %w", name, err)
	}
	decoded, err := content.Decode(bytes.TrimRight(out.Bytes(), "\n"), content.DefaultLimits)
	if f := fault.Of(err); f != nil {
		for i := range f.Problems {
			f.Problems[i].Pointer = "/" + name + f.Problems[i].Pointer
		}
	}
	return decoded, err
}

// maxText bounds a text of an input, bytes: a long note, not a book. Contents are bounded as contents.
const maxText = 16 << 10

// tooLong lists the texts of an input that are out of bounds, by their pointers.
func tooLong(t gql.Input, v any, pointer string) []fault.Problem {
	switch t := t.(type) {
	case *gql.NonNull:
		return tooLong(t.OfType.(gql.Input), v, pointer)
	case *gql.List:
		var problems []fault.Problem
		list, _ := v.([]any)
		for i, item := range list {
			problems = append(problems, tooLong(t.OfType.(gql.Input), item, pointer+"/"+strconv.Itoa(i))...)
		}
		return problems
	case *gql.InputObject:
		var problems []fault.Problem
		object, _ := v.(map[string]any)
		fields := t.Fields()
		for _, name := range slices.Sorted(maps.Keys(object)) {
			problems = append(problems, tooLong(fields[name].Type, object[name], pointer+"/"+name)...)
		}
		return problems
	}
	if text, is := v.(string); is && len(text) > maxText && t != engine.JSON {
		return []fault.Problem{{Pointer: pointer, Code: "max_length", Message: fault.Say("longer than %d bytes", "超过 %d 字节", maxText)}}
	}
	return nil
}

// The declarations of arguments and inputs.

func arg(t gql.Input, about string) *gql.ArgumentConfig {
	return &gql.ArgumentConfig{Type: t, Description: about}
}

// inputs are the fields of an input object.
type inputs map[string]*gql.InputObjectFieldConfig

// and is these fields and more; of two with one name, that of more is the one.
func (i inputs) and(more inputs) inputs {
	all := maps.Clone(i)
	maps.Copy(all, more)
	return all
}

func in(t gql.Input, about string) *gql.InputObjectFieldConfig {
	return &gql.InputObjectFieldConfig{Type: t, Description: about}
}

func must(t gql.Input, about string) *gql.InputObjectFieldConfig { return in(gql.NewNonNull(t), about) }

func listIn(t gql.Input) gql.Input { return gql.NewList(gql.NewNonNull(t)) }

func inputObject(name, about string, fields inputs) *gql.InputObject {
	return gql.NewInputObject(gql.InputObjectConfig{Name: name, Description: about, Fields: gql.InputObjectConfigFieldMap(fields)})
}

package engine

import (
	"container/list"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"sync"

	gql "github.com/graphql-go/graphql"
	"github.com/graphql-go/graphql/gqlerrors"
	"github.com/graphql-go/graphql/language/ast"
	"github.com/graphql-go/graphql/language/parser"
	"github.com/graphql-go/graphql/language/source"

	"qbank/domain/fault"
)

// Persisted knows documents by the SHA-256 of their text, in lower-case hexadecimal.
type Persisted interface {
	// Document returns the text, or ok false where there is none under this hash.
	Document(ctx context.Context, sha256 string) (text string, ok bool, err error)
}

// PersistedDocuments is a fixed set, such as the one a console's build writes down.
type PersistedDocuments map[string]string

// Document implements Persisted.
func (p PersistedDocuments) Document(_ context.Context, hash string) (string, bool, error) {
	text, ok := p[hash]
	return text, ok, nil
}

// Hash is the SHA-256 of a document's text in hexadecimal.
func Hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// document is a validated text with its operations.
type document struct {
	text       string
	fragments  map[string]*ast.FragmentDefinition
	operations []*operation
	defs       map[string]ast.Definition // fragments, as ResolveInfo wants them
}

// document finds the document of a request: among those it has validated, or by validating its text.
func (e *Engine) document(ctx context.Context, req *Request) (*document, error) {
	key := strings.ToLower(req.Hash)
	if req.Query != "" {
		if len(req.Query) > e.limits.Document {
			return nil, tooMuch(CodeTooLarge, "bytes of document", "文档字节数", int64(e.limits.Document))
		}
		hash := Hash(req.Query)
		if key != "" && key != hash {
			return nil, refuse(fault.Invalid, CodeHashMismatch, fault.Say(
				"the hash is not the document's SHA-256", "哈希与文档的 SHA-256 不一致"))
		}
		key = hash
	}
	if key == "" {
		return nil, refuse(fault.Invalid, CodeBadRequest, fault.Say("the request has no query", "请求中没有 query"))
	}
	text, err := e.text(ctx, req.Query, key)
	if err != nil {
		return nil, err
	}
	if doc := e.cache.get(key); doc != nil {
		return doc, nil
	}
	doc, err := e.validate(text)
	if err != nil {
		return nil, err
	}
	e.cache.put(key, doc)
	return doc, nil
}

// text is the document's. Without a text, the hash must be a persisted document's: that somebody else has sent the same text a moment ago
// makes it none. A text of the caller's own may be refused where it is not persisted.
func (e *Engine) text(ctx context.Context, query, hash string) (string, error) {
	if query == "" {
		return e.persisted(ctx, hash)
	}
	if e.config.AdHoc == nil {
		return query, nil
	}
	refusal := e.config.AdHoc(ctx)
	if refusal == nil {
		return query, nil
	}
	text, err := e.persisted(ctx, hash)
	if fault.Is(err, CodeNotPersisted) {
		return "", refusal
	}
	return text, err
}

func (e *Engine) persisted(ctx context.Context, hash string) (string, error) {
	if e.config.Persisted != nil && len(hash) == 2*sha256.Size {
		text, ok, err := e.config.Persisted.Document(ctx, hash)
		if err != nil {
			return "", fmt.Errorf("look up the persisted document %s: %w", hash, err)
		}
		if ok {
			return text, nil
		}
	}
	// The message is the one that clients of automatic persisted queries wait for before they send the text.
	return "", refuse(fault.NotFound, CodeNotPersisted, fault.Say("PersistedQueryNotFound", "PersistedQueryNotFound"))
}

// Check says what is wrong with a document, if anything: whether it is one for this schema, and within the limits.
func (e *Engine) Check(text string) error {
	if len(text) > e.limits.Document {
		return tooMuch(CodeTooLarge, "bytes of document", "文档字节数", int64(e.limits.Document))
	}
	_, err := e.validate(text)
	return err
}

// validate turns a text into a document, or says what is wrong with it.
func (e *Engine) validate(text string) (doc *document, err error) {
	defer func() { // the library is not above a panic on odd input
		if r := recover(); r != nil {
			doc, err = nil, &panicked{r, debug.Stack()}
		}
	}()
	body, err := e.limits.lexicon(text)
	if err != nil {
		return nil, err
	}
	// Without the source the library does not scan the whole text with a regular expression for each error.
	parsed, err := parser.Parse(parser.ParseParams{
		Source: source.NewSource(&source.Source{Body: body}), Options: parser.ParseOptions{NoSource: true},
	})
	if err != nil {
		return nil, syntaxError(text, err)
	}
	s, err := e.survey(text, parsed)
	if err != nil {
		return nil, err
	}
	d := &document{text: text, fragments: s.fragments, defs: map[string]ast.Definition{}}
	for name, f := range s.fragments {
		d.defs[name] = f
	}
	for _, def := range parsed.Definitions {
		if def, ok := def.(*ast.OperationDefinition); ok {
			p, err := s.operation(def)
			if err != nil {
				return nil, err
			}
			d.operations = append(d.operations, &operation{engine: e, doc: d, def: def, price: p})
		}
	}
	if err := s.unspread(); err != nil {
		return nil, err
	}
	schema := e.schema // a copy: validation writes to the schema it is given
	if v := gql.ValidateDocument(&schema, parsed, nil); !v.IsValid {
		return nil, validationErrors(text, v.Errors, e.limits.Errors)
	}
	for _, op := range d.operations {
		if err := op.compile(); err != nil {
			return nil, err
		}
	}
	return d, nil
}

func syntaxError(text string, err error) error {
	message, where := err.Error(), Location{1, 1}
	var lib *gqlerrors.Error
	if errors.As(err, &lib) && len(lib.Positions) > 0 {
		where = lineOf(text, lib.Positions[0])
	}
	message, _, _ = strings.Cut(message, "\n")
	if _, rest, ok := strings.Cut(message, ") "); ok {
		message = rest
	}
	said := fault.Say("syntax error at %d:%d: %s", "文档第 %d 行第 %d 列有语法错误，请修正：%s", where.Line, where.Column, message)
	if strings.Contains(message, `Unexpected Name "null"`) {
		said = fault.Say("syntax error: null cannot be written in a document; leave it out, or name the field in clear",
			"语法错误：文档中不能书写 null；请省略该值，或在 clear 中列出要清空的字段")
	}
	return refuse(fault.Invalid, CodeSyntax, said, where)
}

func validationErrors(text string, errs []gqlerrors.FormattedError, max int) refusals {
	list := make(refusals, 0, min(len(errs), max+1))
	for _, err := range errs {
		if len(list) > max {
			break
		}
		one := located{err: fault.Refuse(fault.Invalid, CodeValidation, fault.Say("%s", "文档不符合 schema，请修改 locations 所指的位置：%s", brief(err.Message)))}
		var lib *gqlerrors.Error
		if errors.As(err.OriginalError(), &lib) {
			for _, at := range lib.Positions[:min(len(lib.Positions), 10)] {
				one.locs = append(one.locs, lineOf(text, at))
			}
		}
		list = append(list, one)
	}
	return list
}

const maxMessage = 400 // bytes: the library quotes literals in full

func brief(message string) string {
	if len(message) <= maxMessage {
		return message
	}
	return strings.ToValidUTF8(message[:maxMessage], "") + "…"
}

// operation picks one by its name, which may be empty where there is one only.
func (d *document) operation(name string) (*operation, error) {
	if name == "" {
		if len(d.operations) > 1 {
			return nil, refuse(fault.Invalid, CodeOperation, fault.Say(
				"the document has several operations; say which in operationName", "文档中有多个操作，请在 operationName 中指定"))
		}
		return d.operations[0], nil
	}
	for _, op := range d.operations {
		if op.def.Name != nil && op.def.Name.Value == name {
			return op, nil
		}
	}
	return nil, refuse(fault.Invalid, CodeOperation, fault.Say(
		"the document has no operation named %q", "文档中没有名为 %q 的操作", name))
}

// CacheSize bounds the validated documents that are kept.
type CacheSize struct {
	Documents int // 0 is 1,000
	Bytes     int // of their texts; 0 is 4 MiB. A document takes some ten times that in memory.
}

// documents keeps what was used last.
type documents struct {
	mu    sync.Mutex
	size  CacheSize
	bytes int
	order *list.List // of *cached, used last in front
	byKey map[string]*list.Element
}

type cached struct {
	key string
	doc *document
}

func newDocuments(size CacheSize) *documents {
	if size.Documents <= 0 {
		size.Documents = 1_000
	}
	if size.Bytes <= 0 {
		size.Bytes = 4 << 20
	}
	return &documents{size: size, order: list.New(), byKey: map[string]*list.Element{}}
}

func (c *documents) get(key string) *document {
	c.mu.Lock()
	defer c.mu.Unlock()
	el := c.byKey[key]
	if el == nil {
		return nil
	}
	c.order.MoveToFront(el)
	return el.Value.(*cached).doc
}

func (c *documents) put(key string, doc *document) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if el := c.byKey[key]; el != nil { // another request was as quick
		c.order.MoveToFront(el)
		return
	}
	c.byKey[key] = c.order.PushFront(&cached{key, doc})
	c.bytes += len(doc.text)
	for c.order.Len() > 1 && (c.order.Len() > c.size.Documents || c.bytes > c.size.Bytes) {
		last := c.order.Remove(c.order.Back()).(*cached)
		delete(c.byKey, last.key)
		c.bytes -= len(last.doc.text)
	}
}

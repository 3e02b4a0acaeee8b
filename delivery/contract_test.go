package delivery_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"qbank/delivery"
)

// The document is the contract: whatever any test of this package gets from the door is held to it.
var theContract = sync.OnceValues(readContract)

// contract is the OpenAPI document, ready to judge responses.
type contract struct {
	doc     document
	schemas *jsonschema.Compiler
	mu      sync.Mutex
	known   map[string]*jsonschema.Schema
	seen    map[string]bool // "operation status code", to find what is documented and never happens
}

type document struct {
	Paths    map[string]map[string]operation `json:"paths"`
	Problems map[string]struct {
		Status  int    `json:"status"`
		Meaning string `json:"meaning"`
	} `json:"x-problems"`
}

type operation struct {
	ID        string               `json:"operationId"`
	Security  *[]any               `json:"security"`
	Body      *body                `json:"requestBody"`
	Responses map[string]*response `json:"responses"`
}

type body struct {
	Content map[string]media `json:"content"`
}

type response struct {
	Headers map[string]struct {
		Ref      string          `json:"$ref"`
		Required bool            `json:"required"`
		Schema   json.RawMessage `json:"schema"`
	} `json:"headers"`
	Content map[string]media `json:"content"`
}

type media struct {
	Examples map[string]struct {
		Value any `json:"value"`
	} `json:"examples"`
}

const documentURL = "https://qbank.test/openapi.json"

func readContract() (*contract, error) {
	c := &contract{schemas: jsonschema.NewCompiler(), known: map[string]*jsonschema.Schema{}, seen: map[string]bool{}}
	c.schemas.Draft, c.schemas.AssertFormat = jsonschema.Draft2020, true
	if err := c.schemas.AddResource(documentURL, bytes.NewReader(delivery.OpenAPI)); err != nil {
		return nil, err
	}
	return c, json.Unmarshal(delivery.OpenAPI, &c.doc)
}

// schemaAt compiles the schema at a place of the document.
func (c *contract) schemaAt(pointer ...string) (*jsonschema.Schema, error) {
	at := "#"
	for _, name := range pointer {
		at += "/" + strings.NewReplacer("~", "~0", "/", "~1", "{", "%7B", "}", "%7D", " ", "%20").Replace(name)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if known, ok := c.known[at]; ok {
		return known, nil
	}
	s, err := c.schemas.Compile(documentURL + at)
	c.known[at] = s
	return s, err
}

// operationOf finds what serves a method and a path.
func (c *contract) operationOf(method, path string) (template string, o operation, found bool) {
	if method == http.MethodHead {
		method = http.MethodGet
	}
	path, _, _ = strings.Cut(path, "?")
	parts := strings.Split(path, "/")
	for template, methods := range c.doc.Paths {
		matches := slices.EqualFunc(strings.Split(template, "/"), parts, func(want, got string) bool {
			return want == got || (strings.HasPrefix(want, "{") && got != "")
		})
		if o, there := methods[strings.ToLower(method)]; matches && there {
			return template, o, true
		}
	}
	return "", operation{}, false
}

// check holds a response to the document.
func (c *contract) check(method, path string, r reply) error {
	template, o, found := c.operationOf(method, path)
	if !found {
		return c.checkElsewhere(r)
	}
	status := strconv.Itoa(r.status)
	documented, ok := o.Responses[status]
	if !ok {
		return fmt.Errorf("%s: status %s is not documented: %s", o.ID, status, r.body)
	}
	at := []string{"paths", template, strings.ToLower(method), "responses", status}
	if method == http.MethodHead {
		at[2] = "get"
	}
	if err := c.checkHeaders(at, documented, r); err != nil {
		return fmt.Errorf("%s %s: %w", o.ID, status, err)
	}
	c.note(o.ID, r)
	kind := r.header.Get("Content-Type")
	if len(documented.Content) == 0 {
		if len(r.body) > 0 {
			return fmt.Errorf("%s %s: a body where none is documented", o.ID, status)
		}
		return nil
	}
	base, _, _ := strings.Cut(kind, ";")
	if _, plain := documented.Content[kind]; !plain {
		kind = base
	}
	if _, ok := documented.Content[kind]; !ok {
		if _, any := documented.Content["*/*"]; any { // a file
			return nil
		}
		return fmt.Errorf("%s %s: content type %q is not documented", o.ID, status, kind)
	}
	if r.status == http.StatusPartialContent || method == http.MethodHead {
		return nil // a part of a document is not one
	}
	text, err := r.plain()
	if err != nil {
		return err
	}
	return c.checkBody(append(at, "content", kind, "schema"), text)
}

func (c *contract) checkBody(at []string, text []byte) error {
	s, err := c.schemaAt(at...)
	if err != nil {
		return err
	}
	var value any
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&value); err != nil {
		return fmt.Errorf("%w: %s", err, text)
	}
	if err := s.Validate(value); err != nil {
		return fmt.Errorf("%#v in %s", err, text) //nolint:errorlint // with # it says where
	}
	return nil
}

func (c *contract) checkHeaders(at []string, documented *response, r reply) error {
	for name, header := range documented.Headers {
		place := append(slices.Clone(at), "headers", name, "schema")
		if header.Ref != "" {
			place, header.Required = strings.Split(strings.TrimPrefix(header.Ref, "#/")+"/schema", "/"), true
		}
		value := r.header.Get(name)
		if value == "" {
			if header.Required {
				return fmt.Errorf("the header %s is missing", name)
			}
			continue
		}
		s, err := c.schemaAt(place...)
		if err != nil {
			return err
		}
		if err := s.Validate(value); err != nil {
			return fmt.Errorf("header %s: %w", name, err)
		}
	}
	return nil
}

// checkElsewhere judges what no operation serves: an unknown path, an unknown method, a preflight.
func (c *contract) checkElsewhere(r reply) error {
	if r.status == http.StatusNoContent {
		return nil
	}
	if err := c.checkBody([]string{"components", "schemas", "Problem"}, r.body); err != nil {
		return err
	}
	p := r.problem()
	if p.Code != "request.no_such_route" && p.Code != "request.method" {
		return fmt.Errorf("%s outside of every operation", r.body)
	}
	c.note("", r)
	return nil
}

func (c *contract) note(operation string, r reply) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seen[operation+" "+strconv.Itoa(r.status)+" "+r.problem().Code] = true
}

func TestMain(m *testing.M) {
	status := m.Run()
	if status == 0 && flag.Lookup("test.run").Value.String() == "" && flag.Lookup("test.fuzz").Value.String() == "" && !testing.Short() {
		status = report()
	}
	os.Exit(status)
}

// report fails the package where something documented happened in no test.
func report() (status int) {
	c, err := theContract()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	for _, missing := range c.unseen() {
		fmt.Fprintln(os.Stderr, "openapi.json documents what no test has seen: "+missing)
		status = 1
	}
	return status
}

func (c *contract) unseen() (missing []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for template, methods := range c.doc.Paths {
		for _, o := range methods {
			for status, documented := range o.Responses {
				codes := documented.Content["application/problem+json"].Examples
				for code := range codes {
					at := o.ID + " " + status + " " + code
					if code == "request.method" { // the method is not the operation's
						at = " " + status + " " + code
					}
					if !c.seen[at] {
						missing = append(missing, at)
					}
				}
				if len(codes) == 0 && !c.seen[o.ID+" "+status+" "] {
					missing = append(missing, o.ID+" "+status+" ("+template+")")
				}
			}
		}
	}
	slices.Sort(missing)
	return missing
}

func contractOf(t testing.TB) *contract {
	t.Helper()
	c, err := theContract()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestEveryRouteIsDocumentedAndEveryDocumentedRouteExists(t *testing.T) {
	t.Parallel()
	var documented []string
	for path, methods := range contractOf(t).doc.Paths {
		for method := range methods {
			documented = append(documented, strings.ToUpper(method)+" "+path)
		}
	}
	routes := (&delivery.Door{}).Routes()
	slices.Sort(documented)
	slices.Sort(routes)
	if !slices.Equal(routes, documented) {
		t.Fatalf("routes\n%s\ndocumented\n%s", strings.Join(routes, "\n"), strings.Join(documented, "\n"))
	}
}

func TestExamplesSatisfyTheirSchemas(t *testing.T) {
	t.Parallel()
	c := contractOf(t)
	for path, methods := range c.doc.Paths {
		for method, o := range methods {
			check := func(content map[string]media, at ...string) {
				for kind, m := range content {
					for name, example := range m.Examples {
						text, err := json.Marshal(example.Value)
						if err == nil {
							err = c.checkBody(append(slices.Clone(at), "content", kind, "schema"), text)
						}
						if err != nil {
							t.Errorf("%s, example %s of %v: %v", o.ID, name, at, err)
						}
					}
				}
			}
			if o.Body != nil {
				check(o.Body.Content, "paths", path, method, "requestBody")
			}
			for status, r := range o.Responses {
				check(r.Content, "paths", path, method, "responses", status)
				if status == "200" && len(r.Content["application/json"].Examples) == 0 && o.ID != "readDescription" && o.ID != "readEvents" {
					t.Errorf("%s has no example of success", o.ID)
				}
			}
		}
	}
}

// elsewhere holds the codes of the scanned packages that this door never gives, and who does.
var elsewhere = map[string]string{
	"attempt.exists": "a defect: an attempt is started only where there is none", "token.lifetime": "whoever mints tokens",
	"grade.no_answer": "graders", "grade.answer_changed": "graders", "grade.not_by_hand": "graders", "grade.range": "graders", "grade.regraded": "graders",
}

// TestEveryCodeIsInTheTableAndTheTableHoldsNoOther reads the codes from the program's text.
func TestEveryCodeIsInTheTableAndTheTableHoldsNoOther(t *testing.T) {
	t.Parallel()
	c := contractOf(t)
	given := map[string]bool{"internal": true, "busy": true, "store.overloaded": true, "access.denied": true, "access.no_token": true, "lesson.not_live": true}
	for _, code := range []string{"rate.limited", "api_key.refused", "api_key.expired", "api_key.orphaned", "api_key.network", "access.environment", "access.no_environment", "pseudo.ended"} { // of the gate before this door, of who asks, and of tickets
		given[code] = true
	}
	for _, pattern := range []string{"*.go", "../commands/attempt_*.go", "../commands/resolve*.go", "../domain/attempt/*.go", "../domain/content/decode.go", "../internal/token/*.go", "../internal/notices/*.go"} {
		for _, code := range codesIn(t, pattern) {
			if elsewhere[code] == "" {
				given[code] = true
			}
		}
	}
	given["session.not_found"], given["session.not_yours"], given["session.not_running"] = true, true, true // the session's own
	given["environment.unknown"], given["environment.retired"] = true, true                                 // the registry's
	// The read model's, one of how blobs are served, and one that is put together.
	given["blob.not_found"], given["blob.range"], given["attempt.not_found"] = true, true, true
	byOperation := map[string]bool{"request.no_such_route": true}
	for _, methods := range c.doc.Paths {
		for _, o := range methods {
			for status, r := range o.Responses {
				for code := range r.Content["application/problem+json"].Examples {
					byOperation[code] = true
					if entry := c.doc.Problems[code]; strconv.Itoa(entry.Status) != status {
						t.Errorf("%s gives %s with %s, the table says %d", o.ID, code, status, entry.Status)
					}
				}
			}
		}
	}
	for code, entry := range c.doc.Problems {
		if !given[code] || !byOperation[code] || entry.Meaning == "" {
			t.Errorf("%s stands in the table: given %v, by an operation %v, means %q", code, given[code], byOperation[code], entry.Meaning)
		}
	}
	for code := range given {
		if c.doc.Problems[code].Status == 0 {
			t.Errorf("%s is given and not in the table", code)
		}
	}
}

// codesIn finds the codes of faults: strings with a dot that are an argument of Refuse or refuse.
func codesIn(t *testing.T, pattern string) (codes []string) {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: %d files, %v", pattern, len(files), err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || !isRefusal(call.Fun) {
				return true
			}
			for _, argument := range call.Args {
				literal, isLiteral := argument.(*ast.BasicLit)
				if isLiteral && literal.Kind == token.STRING {
					if code, err := strconv.Unquote(literal.Value); err == nil && code != "" {
						codes = append(codes, code)
					}
				}
			}
			return true
		})
	}
	return codes
}

func isRefusal(f ast.Expr) bool {
	if selector, ok := f.(*ast.SelectorExpr); ok {
		f = selector.Sel
	}
	name, ok := f.(*ast.Ident)
	return ok && strings.EqualFold(name.Name, "refuse")
}

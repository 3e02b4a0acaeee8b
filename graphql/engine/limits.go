package engine

// Limits bound what one request may ask for. A zero field takes its value from [DefaultLimits].
type Limits struct {
	Body      int64 // bytes of a request body
	JSONDepth int   // nesting of the request body
	Document  int   // bytes of a document
	Tokens    int   // lexical tokens of a document
	Name      int   // bytes of a name or number: suggestions for a misspelt one take time by its length
	Nesting   int   // brackets of any kind open at once
	Depth     int   // fields inside fields, fragments expanded
	Fields    int   // selections, fragments expanded wherever they are spread
	Aliases   int   // fields under another name, fragments expanded
	Overlaps  int   // pairs of fields under one response key, which validation compares one by one
	Unknown   int   // names the schema does not have, before the rest of the document is not looked at
	Cost      int64 // fields that could be resolved, see below
	Page      int64 // items assumed of a connection without first or last
	List      int64 // items assumed of a plain list of objects
	Errors    int   // errors in one response
}

// DefaultLimits suit a console's hand-written documents; the usual introspection query fits.
//
// The cost of a leaf is 1, of any other field 1 and its children's, which are counted as often as the argument first
// or last says (or Page, or List, where nothing says). Inside introspection leaves are free and lists have sizes of
// their own.
func DefaultLimits() Limits {
	return Limits{
		Body:      2 << 20,
		JSONDepth: 128,
		Document:  64 << 10,
		Tokens:    10_000,
		Name:      128,
		Nesting:   48,
		Depth:     20,
		Fields:    2_000,
		Aliases:   100,
		Overlaps:  50_000,
		Unknown:   20,
		Cost:      200_000,
		Page:      50,
		List:      10,
		Errors:    100,
	}
}

func (l Limits) withDefaults() Limits {
	d := DefaultLimits()
	orInt := func(v *int, d int) {
		if *v <= 0 {
			*v = d
		}
	}
	orInt64 := func(v *int64, d int64) {
		if *v <= 0 {
			*v = d
		}
	}
	orInt64(&l.Body, d.Body)
	orInt(&l.JSONDepth, d.JSONDepth)
	orInt(&l.Document, d.Document)
	orInt(&l.Tokens, d.Tokens)
	orInt(&l.Name, d.Name)
	orInt(&l.Nesting, d.Nesting)
	orInt(&l.Depth, d.Depth)
	orInt(&l.Fields, d.Fields)
	orInt(&l.Aliases, d.Aliases)
	orInt(&l.Overlaps, d.Overlaps)
	orInt(&l.Unknown, d.Unknown)
	orInt64(&l.Cost, d.Cost)
	orInt64(&l.Page, d.Page)
	orInt64(&l.List, d.List)
	orInt(&l.Errors, d.Errors)
	return l
}

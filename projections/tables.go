package projections

// Tables says what the tables of a projection are called and how they are made. A [Projection] embeds it, and adds which events it wants and how it
// folds them.
type Tables struct {
	name    string
	version int
	schema  string
}

// NewTables names tables; see [Projection] for what a name, a version and a schema are.
func NewTables(name string, version int, schema string) Tables { return Tables{name, version, schema} }

// Name is the projection's.
func (t Tables) Name() string { return t.name }

// Version is that of the tables.
func (t Tables) Version() int { return t.version }

// Schema is the DDL of the tables.
func (t Tables) Schema() string { return t.schema }

package bench

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"qbank/projections"
	"qbank/projections/catalog"
	"qbank/projections/lessons"
)

// look is something that authors look at: a query of the door, and the SQL that it comes down to.
type look struct {
	name, group string
	query       string  // GraphQL
	sql         string  // "": there is nothing to compare with
	turns       []turns // what is asked for by turns; none: always the same
}

// turns is what one request asks for: as variables of the query, and as parameters of the SQL.
type turns struct {
	variables map[string]any
	args      []any
}

const selected = `{edges {node {code state revision latestVersion problemCount summary hash updatedBy}}}`

var (
	questionsTable = pgx.Identifier{projections.SchemaName("catalog", catalog.New(nil).Version())}.Sanitize()
	lessonsTable   = pgx.Identifier{projections.SchemaName("lessons", lessons.New(nil).Version())}.Sanitize()
)

const selectedColumns = `code, upper(state), revision, nullif(latest, 0), problems, summary, draft_hash, updated_by`

// list is a look at questions by a filter.
func list(name, filter, where string, asked ...turns) look {
	return look{name: name, group: "list", query: `query` + declared(filter) + ` {questions(first: 50, filter: {` + filter + `}) ` + selected + `}`,
		sql:   `select ` + selectedColumns + ` from {catalog}.questions q where org = 'school' and ` + where + ` order by updated_at desc, id desc limit 51`,
		turns: asked}
}

// search is a look for words. The parameter of the SQL is a tsquery.
func search(name string, asked ...turns) look {
	return look{name: name, group: "search", query: `query($v: String!) {questions(first: 50, query: $v) ` + selected + `}`,
		sql: `select ` + selectedColumns + ` from {catalog}.questions q where org = 'school' and id in
			(select id from {catalog}.words where words @@ $1::text::tsquery) order by updated_at desc, id desc limit 51`,
		turns: asked}
}

// facet is a look at counts.
func facet(name, arguments string, asked ...turns) look {
	return look{name: name, group: "facet", query: `query` + declared(arguments) + ` {questions(first: 0, ` + arguments + `) {facets {name values {value count}}}}`,
		turns: asked}
}

// declared are the variables that stand in a query.
func declared(arguments string) string {
	var all []string
	for _, v := range [][2]string{{"$v", "[String!]"}, {"$q", "String"}} {
		if strings.Contains(arguments, v[0]) {
			all = append(all, v[0]+": "+v[1])
		}
	}
	if len(all) == 0 {
		return ""
	}
	return "(" + strings.Join(all, ", ") + ")"
}

// each makes turns of values that both sides take as they are.
func eachOf(values ...string) (all []turns) {
	for _, v := range values {
		all = append(all, turns{variables: map[string]any{"v": []string{v}}, args: []any{v}})
	}
	return all
}

// words makes turns of what people type, each with the tsquery for it.
func typed(pairs ...string) (all []turns) {
	for pair := range slices.Chunk(pairs, 2) {
		all = append(all, turns{variables: map[string]any{"v": pair[0], "q": pair[0]}, args: []any{pair[1]}})
	}
	return all
}

// chapters and points that questions are filed under.
func numbered(format string, count int) (values []string) {
	for n := range count {
		values = append(values, fmt.Sprintf(format, subjects[n%len(subjects)], n/len(subjects)+1))
	}
	return values
}

var (
	common = typed("三角形", "'三角' & '角形'", "函数", "'函数':*", "which", "'which':*", "velocity", "'velocity':*", "氧气", "'氧气':*")
	pairs  = typed("函数 triangle", "'函数' & 'triangle':*", "光合作用 angle", "'光合' & '合作' & '作用' & 'angle':*", "质量 朝代", "'质量' & '朝代':*")
	rare   = typed("数学 4711", "'数学' & '4711':*", "物理 104242", "'物理' & '104242':*", "English 57001", "'english' & '57001':*")
)

// looks is the list of all.
var looks = []look{
	list("everything", "", "true"),
	list("a subject", "subject: $v", "subject = $1", eachOf(subjects...)...),
	list("a chapter", "chapter: $v", "chapter = $1", eachOf(numbered("%s/%d/3", 40)...)...),
	list("a point", "point: $v", "points @> array[$1]", eachOf(numbered("%s-%d", 40)...)...),
	list("a tag", "tag: $v", "tags @> array[$1]", eachOf("t1", "t7", "t22", "t49")...),
	list("hard ones of a stage", `difficulty: ["hard"], stage: $v`, "difficulty = 'hard' and stage = $1", eachOf("小学", "初中", "高中")...),
	list("nothing", `difficulty: ["impossible"], stage: $v`, "difficulty = 'impossible' and stage = $1", eachOf("小学", "初中")...),
	{name: "by code", group: "list", query: `{questions(first: 50, sort: CODE) ` + selected + `}`,
		sql: `select ` + selectedColumns + ` from {catalog}.questions where org = 'school' order by number limit 51`},
	{name: "lessons", group: "list", query: `{lessons(first: 50) {edges {node {title revision latestVersion createdBy}}}}`,
		sql: `select title, revision, latest, created_by from {lessons}.lessons where org = 'school' order by updated_at desc, id desc limit 51`},
	search("a common word", common...),
	search("two words", pairs...),
	search("a rare word", rare...),
	facet("facets of everything", `sort: UPDATED`),
	facet("facets of a subject", `filter: {subject: $v}`, eachOf(subjects...)...),
	facet("facets of a stage", `filter: {stage: $v, difficulty: ["hard", "medium"]}`, eachOf("小学", "初中", "高中")...),
	facet("facets of a chapter", `filter: {chapter: $v}`, eachOf(numbered("%s/%d/3", 40)...)...),
	facet("facets of a common word", `query: $q`, common...),
	facet("facets of a word in a subject", `query: $q, filter: {subject: ["数学"]}`, common...),
}

func (l look) different() int { return max(1, len(l.turns)) }

func (l look) path() string { return "/looks/" + strings.ReplaceAll(l.name, " ", "-") }

// request is the n-th of the different ones.
func (l look) request(n int, bare bool) (path string, body []byte, err error) {
	var t turns
	if len(l.turns) > 0 {
		t = l.turns[n]
	}
	if bare {
		body, err = json.Marshal(append([]any{}, t.args...))
		return l.path(), body, err
	}
	body, err = json.Marshal(map[string]any{"query": l.query, "variables": t.variables})
	return "/graphql", body, err
}

// bareLooks serves the SQL of every look that has one: the rows as a JSON list of lists.
func bareLooks(mux *http.ServeMux, pool *pgxpool.Pool) {
	qualified := strings.NewReplacer("{catalog}", questionsTable, "{lessons}", lessonsTable)
	for _, l := range looks {
		if l.sql == "" {
			continue
		}
		sql := qualified.Replace(l.sql)
		mux.HandleFunc("POST "+l.path(), func(w http.ResponseWriter, r *http.Request) {
			var args []any
			err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&args)
			var found [][]any
			if err == nil {
				found, err = bareRows(r, pool, sql, args)
			}
			if err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(found) // fails only where the client has gone
		})
	}
}

// bareRows plans for the parameters at hand, which is best where some are common and others rare.
func bareRows(r *http.Request, pool *pgxpool.Pool, sql string, args []any) ([][]any, error) {
	rows, err := pool.Query(r.Context(), sql, append([]any{pgx.QueryExecModeCacheDescribe}, args...)...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) ([]any, error) { return row.Values() })
}

// same reports whether the door answered with the rows of the SQL, by the first column of each, and with some.
func (l look) same(bare, door []byte) error {
	var rows [][]any
	var answer struct {
		Data map[string]struct {
			Edges []struct{ Node map[string]any }
		}
		Errors json.RawMessage
	}
	if l.sql != "" {
		if err := json.Unmarshal(bare, &rows); err != nil {
			return err
		}
	}
	if err := json.Unmarshal(door, &answer); err != nil {
		return err
	}
	if answer.Errors != nil {
		return fmt.Errorf("%s: %.300s", l.name, answer.Errors)
	}
	var want, got []any
	for _, row := range rows[:min(len(rows), listed)] {
		want = append(want, row[0])
	}
	for _, list := range answer.Data {
		for _, edge := range list.Edges {
			if code, known := edge.Node["code"]; known {
				got = append(got, code)
			} else {
				got = append(got, edge.Node["title"])
			}
		}
	}
	if !reflect.DeepEqual(want, got) {
		return fmt.Errorf("%s: the two sides list different rows: %.200v and %.200v", l.name, want, got)
	}
	return nil
}

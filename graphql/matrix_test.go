package graphql_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"sort"
	"strings"
	"sync"
	"testing"
	"time"

	gql "github.com/graphql-go/graphql"

	"qbank/domain/access"
	"qbank/domain/environment"
	"qbank/domain/roster"
	"qbank/domain/staff"
)

// The authorisation matrix of the authors' door: each field, asked over HTTP by everybody for the things of one school.
//
// So that no cell depends on another, the database takes nothing more once the school is filled. Whoever gets as far as writing is told so
// by PostgreSQL, after every permission, organisation and environment was looked at.
const legend = `# Who gets what of a school in the environment test, at the authors' door; written by go test ./graphql -run Matrix -update.
#
#   o  what was asked for
#   w  as far as writing the change
#   e  an answer with nothing of the school's in it
#   r  refused for what was asked, not for who asks: a stale revision, a wrong state
#   n  there is no such thing
#   d  denied: the permission or the environment is missing
#   u  it has to be said who asks
#
# Letters stand for roles, in this order: `

// closed is what PostgreSQL says to whoever writes all the same.
const closed = "nothing is taken any more"

// filled is the taught school with a regrade that is proposed, a lesson with a film, and somebody signed in.
type filled struct {
	*wrong
	filmed string // global id
	signIn string // of an analyst
}

func fill(t testing.TB) *filled {
	t.Helper()
	h := &filled{wrong: mistake(t)}
	author := h.as(t, access.Author)
	author.upload(filmFile, "film")
	author.upload(recutFile, "film, cut anew")
	h.filmed = author.lessonOf(vars{"title": mark + " film", "items": []any{}, "stages": []any{
		vars{"id": "film", "kind": "VIDEO", "medium": vars{"sha256": film, "duration": 10_000, "type": "video/mp4", "width": 16, "height": 9}}}})
	return h
}

// asker is somebody who asks.
type asker struct{ token, cookie string }

// column is where the askers come from.
type column struct {
	name   string
	askers []asker
}

// everybody is nobody, each role in each place, and those who come by an API key and with a browser.
func (h *filled) everybody(t testing.TB) []column {
	columns := []column{{"nobody", []asker{{}}}}
	for _, place := range []struct{ name, org, env string }{
		{"own", "school", "test"}, {"own/prod", "school", "prod"}, {"own/no-env", "school", ""}, {"below", "school/math", "test"}, {"other", "other", "test"}, {"other/prod", "other", "prod"},
	} {
		c := column{name: place.name}
		for _, role := range access.Roles {
			c.askers = append(c.askers, asker{token: h.from(t, place.org, place.env, role).token})
		}
		columns = append(columns, c)
	}
	made := h.as(t, access.Admin).ask(`mutation($i: CreateApiKeyInput!) { createApiKey(input: $i) { secret } }`,
		vars{"i": vars{"title": "matrix", "roles": []string{"ANALYST"}, "environments": []string{"test"}, "days": 1}})
	_, person, cookie := h.signed(t, "zhao", staff.Grant{Org: "school", Role: access.Analyst, Environments: []environment.Name{"test"}})
	h.signIn = h.as(t, access.Admin).ask(`query($p: String) { signIns(person: $p) { id } }`, vars{"p": person}).text("signIns.0.id")
	return append(columns, column{"key", []asker{{token: made.text("createApiKey.secret")}}}, column{"browser", []asker{{cookie: cookie}}})
}

// asking is one row: a request, and how its answer is read.
type asking struct {
	kind, name string
	document   string
	variables  vars
	got        func(data map[string]any, raw string) string // of an answer without errors
	theirs     bool                                         // it names what others must not find
}

func (a asking) title() string { return fmt.Sprintf("%-12s %-24s", a.kind, a.name) }

// shows reads an answer that a school's thing is in, if it is.
func (h *filled) shows(root string) func(map[string]any, string) string {
	return func(data map[string]any, raw string) string {
		switch {
		case strings.Contains(raw, "marker") || strings.Contains(raw, `"attempts":3`) || strings.Contains(raw, `"waiting":1`):
			return "o"
		case data[root] == nil:
			return "n"
		}
		return "e"
	}
}

// outcome reads what became of a change that nothing had to be written for, or of the first of many.
func outcome(_ map[string]any, raw string) string {
	var code string
	if _, rest, found := strings.Cut(raw, `"outcomes":[{"code":"`); found {
		code, _, _ = strings.Cut(rest, `"`)
	}
	switch {
	case code == "":
		return "o"
	case code == "internal":
		return "w"
	case code == "access.denied":
		return "d"
	case strings.HasSuffix(code, "not_found"):
		return "n"
	}
	return "r"
}

// askings are all rows, as the schema has them.
func (h *filled) askings(t *testing.T) []asking {
	s, asked := schema(t), h.asked()
	var rows []asking
	for name := range s.QueryType().Fields() {
		body, known := asked[name]
		if own, is := h.queries()[name]; is {
			body, known = own, true
		}
		if !known {
			t.Errorf("nobody asks for the root field %s: say in asked how it is asked for what the taught school has", name)
			continue
		}
		rows = append(rows, asking{"query", name, "{ " + body + " }", nil, h.shows(name), name != "questionType"})
	}
	changes, creations := h.changes(t), h.creations()
	for name, f := range s.MutationType().Fields() {
		input, names := changes[name]
		if own, is := creations[name]; is {
			input = own
		} else if !names {
			input, _ = dummy(f.Args[0].Type).(vars)
		}
		depth := 0
		if strings.HasPrefix(name, "bulk") {
			depth = 1 // what became of each
		}
		rows = append(rows, asking{"mutation", name, fmt.Sprintf("mutation($i: %s) { %s(input: $i)%s }", f.Args[0].Type, name, everything(f.Type, depth)), vars{"i": input}, outcome, names || slices.Contains(foreign, name)})
	}
	for _, typ := range s.PossibleTypes(s.Type("Node").(*gql.Interface)) {
		id, known := h.ids()[typ.Name()]
		if !known {
			t.Errorf("no %s is asked for by its id: name one of the taught school in ids", typ.Name())
			continue
		}
		rows = append(rows, asking{"node", typ.Name(), `query($id: ID!) { node(id: $id) { __typename } }`, vars{"id": id}, func(data map[string]any, _ string) string {
			if data["node"] == nil {
				return "n"
			}
			return "o"
		}, typ.Name() != "QuestionType"})
	}
	for name, f := range s.SubscriptionType().Fields() {
		body, known := h.followed()[name]
		if !known {
			t.Errorf("nobody follows %s: say in followed how, so that it tells of the taught school at once", name)
			continue
		}
		rows = append(rows, asking{"subscription", name, "subscription { " + body + plainly(f.Type, 2) + " }", nil, h.shows(name), true})
	}
	return append(rows, h.members(t, s)...)
}

// members are the fields that need a permission of their own, each by a way on which the thing itself can be reached without it.
func (h *filled) members(t *testing.T, s gql.Schema) []asking {
	var rows []asking
	for name, typ := range s.TypeMap() {
		o, is := typ.(*gql.Object)
		if !is || o == s.QueryType() || o == s.MutationType() || o == s.SubscriptionType() || strings.HasSuffix(name, "Payload") || name == "BulkOutcome" {
			continue // what a mutation returns was written by then
		}
		for _, f := range o.Fields() {
			if !strings.Contains(f.Description, "Needs the permission ") {
				continue
			}
			way, known := h.ways()[name]
			if !known {
				t.Errorf("the field %s.%s needs a permission: say in ways how a %s is reached by somebody who lacks it", name, f.Name, name)
				continue
			}
			selection := "reached: __typename " + f.Name + required(f) + plainly(f.Type, 1)
			rows = append(rows, asking{"member", name + "." + f.Name, fmt.Sprintf("{ "+way+" }", selection), nil, func(data map[string]any, _ string) string {
				return reached(data, name, f.Name)
			}, true})
		}
	}
	return rows
}

// reached looks for things of a type in an answer, and for what a member of them holds.
func reached(v any, typ, member string) string {
	best := "n"
	look := func(v any) {
		if letter := reached(v, typ, member); letter == "o" || best == "n" {
			best = letter
		}
	}
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			look(item)
		}
	case map[string]any:
		if v["reached"] == typ {
			if empty(v[member]) {
				return "e"
			}
			return "o"
		}
		for _, item := range v {
			look(item)
		}
	}
	return best
}

// empty reports whether a value says nothing of anybody.
func empty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case []any:
		return len(v) == 0
	case map[string]any:
		nodes, lists := v["nodes"]
		return lists && empty(nodes) || v["attempts"] == float64(0)
	}
	return false
}

// plainly selects what needs no permission of its own, so that a refusal is one of the field above.
func plainly(t gql.Type, depth int) string {
	o, is := gql.GetNamed(t).(*gql.Object)
	if !is {
		return ""
	}
	parts := []string{"__typename"}
	for name, f := range o.Fields() {
		must := slices.ContainsFunc(f.Args, func(a *gql.Argument) bool { _, must := a.Type.(*gql.NonNull); return must })
		if strings.Contains(f.Description, "Needs the permission ") || must || name == "edges" {
			continue
		}
		if _, leaf := gql.GetNamed(f.Type).(gql.Leaf); leaf {
			parts = append(parts, name)
		} else if depth > 0 {
			parts = append(parts, name+plainly(f.Type, depth-1))
		}
	}
	sort.Strings(parts)
	return " { " + strings.Join(parts, " ") + " }"
}

// required writes the arguments that a member must be given.
func required(f *gql.FieldDefinition) string {
	var given []string
	for _, a := range f.Args {
		if _, must := a.Type.(*gql.NonNull); must {
			given = append(given, a.Name()+": {revision: 1}")
		}
	}
	if len(given) == 0 {
		return ""
	}
	return "(" + strings.Join(given, ", ") + ")"
}

// TestMatrix asks everything of everybody.
func TestMatrix(t *testing.T) {
	t.Parallel()
	h := fill(t)
	columns, rows := h.everybody(t), h.askings(t)
	slices.SortFunc(rows, func(a, b asking) int { return strings.Compare(a.title(), b.title()) })
	h.settle(t)
	server := httptest.NewServer(h.door)
	t.Cleanup(server.Close)
	h.staySignedIn(t)
	h.takeNothingMore(t)

	type cell struct{ row, column, asker int }
	todo, letters := make(chan cell), map[cell]string{}
	var working sync.WaitGroup
	var mu sync.Mutex
	for range 8 {
		working.Go(func() {
			for c := range todo {
				letter := rows[c.row].ask(t, server, columns[c.column].askers[c.asker])
				mu.Lock()
				letters[c] = letter
				mu.Unlock()
			}
		})
	}
	for r := range rows {
		for c, column := range columns {
			for a := range column.askers {
				todo <- cell{r, c, a}
			}
		}
	}
	close(todo)
	working.Wait()

	got := legend + fmt.Sprintln(access.Roles) + fmt.Sprintf("\n%-37s", "")
	for _, c := range columns {
		got += fmt.Sprintf(" %-*s", max(len(c.askers), len(c.name)), c.name)
	}
	got += "\n"
	for r, row := range rows {
		line := row.title()
		for c, column := range columns {
			cells := ""
			for a := range column.askers {
				cells += letters[cell{r, c, a}]
			}
			row.lawful(t, column.name, cells)
			line += fmt.Sprintf(" %-*s", max(len(column.askers), len(column.name)), cells)
		}
		got += strings.TrimRight(line, " ") + "\n"
	}
	h.failuresWereWrites(t)
	compareRows(t, "matrix.golden", got)
}

// foreign are creations that name things of the school, of which nobody of another one may get any.
var foreign = []string{"importSubtitles", "recutLesson", "acceptRevision", "declineRevision", "assessRegrade", "askRegrade", "approveRegrade", "declineRegrade", "revokeRegrade", "openPseudoLogin", "closePseudoLogin", "renewPseudoLogin", "promoteLessons"}

// lawful holds whatever the golden file says.
func (a asking) lawful(t *testing.T, column, cells string) {
	switch {
	case column == "nobody" && cells != "u" && a.name != "viewer":
		t.Errorf("%s: whoever does not say who they are gets %s", a.title(), cells)
	case strings.HasPrefix(column, "other") && strings.ContainsAny(cells, "ow") && a.theirs:
		t.Errorf("%s: another school gets %s", a.title(), cells)
	case column == "own" && strings.Trim(cells, "dn") == "":
		t.Errorf("%s: nobody of the school itself gets at anything (%s), so that the row says nothing; name things of the taught school (changes, creations, asked)", a.title(), cells)
	}
}

// ask asks, and says in a letter what came of it.
func (a asking) ask(t *testing.T, server *httptest.Server, by asker) string {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	body, err := json.Marshal(vars{"query": a.document, "variables": a.variables})
	if err != nil {
		t.Error(err)
		return "?"
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, server.URL, bytes.NewReader(body))
	if err != nil {
		t.Error(err)
		return "?"
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/graphql-response+json")
	if by.token != "" {
		r.Header.Set("Authorization", "Bearer "+by.token)
	}
	if by.cookie != "" {
		r.Header.Set("Cookie", by.cookie)
		r.Header.Set("Qbank-Environment", "test")
	}
	raw := ""
	if a.kind == "subscription" {
		r.Header.Set("Accept", "text/event-stream")
	}
	res, err := server.Client().Do(r)
	if err != nil {
		t.Errorf("%s: %v", a.title(), err)
		return "?"
	}
	defer res.Body.Close()
	if strings.HasPrefix(res.Header.Get("Content-Type"), "text/event-stream") {
		for lines := bufio.NewScanner(res.Body); raw == "" && lines.Scan(); {
			raw, _ = strings.CutPrefix(lines.Text(), "data: ")
			if !strings.HasPrefix(raw, "{") {
				raw = ""
			}
		}
	} else {
		all, _ := io.ReadAll(res.Body)
		raw = string(all)
	}
	return a.letter(t, raw)
}

// letter reads an answer.
func (a asking) letter(t *testing.T, raw string) string {
	var said struct {
		Data   map[string]any
		Errors []struct {
			Path       []any
			Extensions struct{ Code, Kind string }
		}
	}
	if err := json.Unmarshal([]byte(raw), &said); err != nil {
		t.Errorf("%s: %v in %q", a.title(), err, raw)
		return "?"
	}
	if len(said.Errors) == 0 {
		return a.got(said.Data, raw)
	}
	switch kind := said.Errors[0].Extensions.Kind; kind {
	case "denied":
		return "d"
	case "not_found":
		return "n"
	case "unauthenticated":
		return "u"
	case "internal":
		return "w"
	case "invalid", "conflict", "limit":
		if strings.HasPrefix(said.Errors[0].Extensions.Code, "graphql.") {
			t.Errorf("%s is badly asked: %s", a.title(), raw)
		}
		return "r"
	default:
		t.Errorf("%s: %s", a.title(), raw)
		return "?"
	}
}

// staySignedIn notes sign-ins as used for as long as the rows take: using them writes nothing then.
func (h *house) staySignedIn(t *testing.T) {
	t.Helper()
	if _, err := h.Pool.Exec(t.Context(), `update sign_ins set seen_at = now() + interval '1 hour'`); err != nil {
		t.Fatal(err)
	}
}

// takeNothingMore lets nobody write to the database.
func (h *house) takeNothingMore(t *testing.T) {
	t.Helper()
	if _, err := h.Pool.Exec(t.Context(), `
		create function taken() returns trigger language plpgsql as $$ begin raise exception 'nothing is taken any more'; end $$;
		do $$ declare kept regclass; begin
			for kept in select oid from pg_class where relkind in ('r', 'p') and relnamespace::regnamespace::text not in ('pg_catalog', 'information_schema') and relpersistence <> 't' loop
				execute format('create trigger taken before insert or update or delete on %s execute function public.taken()', kept);
			end loop;
		end $$`); err != nil {
		t.Fatal(err)
	}
	h.log.taken.Lock()
	defer h.log.taken.Unlock()
	h.log.taken.listening = true
}

// failuresWereWrites wants every failure that was logged to be of somebody who would have written.
func (h *house) failuresWereWrites(t *testing.T) {
	t.Helper()
	h.log.taken.Lock()
	defer h.log.taken.Unlock()
	refused := 0
	for _, line := range h.log.taken.lines {
		if strings.Contains(line, closed) {
			refused++
		} else if strings.Contains(line, "level=ERROR") {
			t.Error(line)
		}
	}
	if refused == 0 {
		t.Error("nobody got as far as writing")
	}
}

// compareRows compares with a golden file, row by row, or writes it.
func compareRows(t *testing.T, name, got string) {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name)
	if err != nil || *update {
		golden(t, name, got)
		return
	}
	const again = "go test ./graphql -run Matrix -update, and look at the difference"
	want := map[string]string{}
	for line := range strings.Lines(string(text)) {
		want[line[:min(len(line), 37)]] = line
	}
	for line := range strings.Lines(got) {
		title := line[:min(len(line), 37)]
		switch was, known := want[title]; {
		case strings.HasPrefix(line, "#"):
		case !known:
			t.Errorf("%s is not in testdata/%s: %s", strings.TrimSpace(title), name, again)
		case was != line:
			t.Errorf("%s has changed who gets what: if that is meant, %s\nwas %sis  %s", strings.TrimSpace(title), again, was, line)
		}
		delete(want, title)
	}
	for title := range want {
		t.Errorf("%s is gone: %s", strings.TrimSpace(title), again)
	}
}

// queries ask for what is the caller's own, or everybody's, or for less than asked does.
func (h *filled) queries() map[string]string {
	return map[string]string{
		"viewer": "viewer { id }", "projections": "projections { name }", "roles": "roles { name }", "signIns": "signIns { id }",
		"questionType": `questionType(ref: "single-choice@1.0.0") { ref }`, "nodes": fmt.Sprintf(`nodes(ids: [%q]) { ... on Lesson { title } }`, h.lesson),
		"regrade": fmt.Sprintf(`regrade(id: %q) { question { title } }`, h.regrade),
	}
}

// creations are inputs of mutations that name nothing, or things of the school by another way than changes.
func (h *filled) creations() map[string]vars {
	zero := strings.Repeat("0", 64)
	plan := vars{"title": "mine", "items": []any{}}
	return map[string]vars{
		"announcePresence": {"subject": h.choice.id}, "createQuestion": {"type": "single-choice@1.0.0", "content": single("mine", 1)},
		"createLesson": {"plan": plan}, "createPaper": {"plan": vars{"title": "mine", "sections": []any{}}},
		"bulkQuestions":    {"action": "TAG", "addTags": []string{"mine"}, "items": []any{vars{"question": h.choice.id, "revision": h.choice.revision}}},
		"openPseudoLogin":  {"student": roster.PersonID("school", "n1").String(), "reason": "x"},
		"closePseudoLogin": {"pseudoLogin": h.ticket}, "renewPseudoLogin": {"pseudoLogin": h.ticket},
		"promoteLessons":      {"from": "staging", "lessons": []string{h.lesson}, "hash": zero, "release": vars{"title": "x"}},
		"describeEnvironment": {"name": "test", "title": "mine", "revision": 1}, "retireEnvironment": {"name": "test", "revision": 1, "reason": "x"},
		"reviveEnvironment": {"name": "test", "revision": 1, "reason": "x"},
		"describeStudent":   {"student": vars{"number": "n1"}, "grade": "8"},
		"joinClass":         {"code": "c1", "students": []any{vars{"number": "n9"}}},
		"keepClass":         {"code": "c1", "title": "mine", "students": []any{}},
		"keepRosterNode":    {"kind": "LINE", "code": "k12", "title": "mine"},
		"planSession":       {"code": "s9", "title": "mine", "lesson": h.lesson, "teacher": "t1", "classes": []string{"c1"}, "start": time.Now().Add(time.Hour), "end": time.Now().Add(2 * time.Hour)},
		"registerDocuments": {"documents": []any{vars{"document": "{ __typename }"}}},
		"revokeSignIn":      {"session": h.signIn},
		"importSubtitles":   {"lesson": h.filmed, "revision": 1, "stage": "film", "format": "SRT", "language": "en", "file": "1\n00:00:00,000 --> 00:00:01,000\nHi\n"},
		"recutLesson":       {"lesson": h.filmed, "revision": 1, "stage": "film", "medium": vars{"sha256": recut, "duration": 3_000, "type": "video/mp4"}, "cut": []any{}},
		"acceptRevision":    {"lesson": h.mistaken, "question": h.question.id, "revision": 2, "version": 3},
		"declineRevision":   {"lesson": h.mistaken, "question": h.question.id, "revision": 2, "version": 3, "reason": "x"},
		"assessRegrade":     {"regrade": h.regrade, "revision": 2},
		"askRegrade":        {"regrade": h.regrade, "revision": 2, "policy": "BETTER", "reason": "x"},
		"approveRegrade":    {"regrade": h.regrade, "revision": 2},
		"declineRegrade":    {"regrade": h.regrade, "revision": 2, "reason": "x"},
		"revokeRegrade":     {"regrade": h.regrade, "revision": 2, "reason": "x"},
		"signOffLesson":     {"lesson": h.lesson, "revision": 4, "hash": zero, "questions": []any{vars{"question": h.choice.id, "hash": zero}}},
		"transferStudents":  {"from": "c1", "to": "c2", "students": []string{"n1"}},
	}
}

// ids names something of the school of each type that has global ids.
func (h *filled) ids() map[string]string {
	return map[string]string{
		"Question": h.choice.id, "QuestionType": global("QuestionType", "single-choice@1.0.0"), "Lesson": h.lesson, "KnowledgeTree": h.tree, "KnowledgePoint": h.point,
		"Class": h.class, "RosterNode": h.course, "Session": h.session, "Attempt": h.attempts[0], "ImportBatch": h.batch, "Thread": h.thread, "Release": h.release,
		"Resource": h.file, "Paper": h.paper, "Reissue": h.reissue, "Config": h.config, "Regrade": h.regrade,
	}
}

// followed is how each subscription is opened so that it tells of the school at once.
func (h *filled) followed() map[string]string {
	id := fmt.Sprintf
	return map[string]string{
		"questionChanged": id(`questionChanged(id: %q, after: 0)`, h.choice.id), "lessonChanged": id(`lessonChanged(id: %q, after: 0)`, h.lesson),
		"releaseChanged": id(`releaseChanged(id: %q, after: 0)`, h.release), "reviewQueueChanged": `reviewQueueChanged(after: 0)`, "liveLessonsChanged": `liveLessonsChanged(after: 0)`,
		"presence": id(`presence(subject: %q)`, h.choice.id), "jobProgress": id(`jobProgress(id: %q)`, h.batch),
		"regradeProgress": id(`regradeProgress(id: %q)`, h.regrade),
	}
}

// ways lead to a thing of each type that has fields with permissions of their own.
func (h *filled) ways() map[string]string {
	id := fmt.Sprintf
	return map[string]string{
		"Question": id(`lesson(id: %q) { items { question { %%s } } }`, h.lesson), "Lesson": id(`lesson(id: %q) { %%s }`, h.lesson),
		"Class": id(`lesson(id: %q) { classResults { class { %%s } } }`, h.lesson), "Attempt": id(`attempt(id: %q) { %%s }`, h.attempts[0]),
		"Person": id(`attempt(id: %q) { student { %%s } }`, h.attempts[0]), "ClassResult": id(`lesson(id: %q) { classResults { %%s } }`, h.lesson),
		"RosterNode": id(`rosterNode(id: %q) { %%s }`, h.course), "Session": id(`session(id: %q) { %%s }`, h.session), "Review": `reviewQueue { nodes { %s } }`,
		"Reissue": id(`reissue(id: %q) { %%s }`, h.reissue), "ReissuePin": id(`reissue(id: %q) { pins { %%s } }`, h.reissue), "Takedown": `takedowns { nodes { %s } }`,
		"LiveUse": id(`lesson(id: %q) { items { question { live { %%s } } } }`, h.lesson), "Regrade": `regrades { nodes { %s } }`,
		"GoLivePlan": id(`goLivePlan(input: {lessons: [%q], release: {title: "x"}}) { %%s }`, h.lesson),
	}
}

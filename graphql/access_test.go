package graphql_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	gql "github.com/graphql-go/graphql"

	"qbank/domain/access"
	"qbank/domain/roster"
)

// dummy is a value of an input type that is well formed and names nothing.
func dummy(t gql.Input) any {
	switch t := t.(type) {
	case *gql.NonNull:
		return dummy(t.OfType)
	case *gql.List:
		return []any{dummy(t.OfType)}
	case *gql.Enum:
		return t.Values()[0].Name
	case *gql.InputObject:
		object := vars{}
		for name, f := range t.Fields() {
			if _, must := f.Type.(*gql.NonNull); must {
				object[name] = dummy(f.Type)
			}
		}
		return object
	}
	switch t.Name() {
	case "ID":
		return "01890a5d-ac96-774b-bcce-b302099a8057"
	case "Int", "Long", "Mark", "Float":
		return 1
	case "JSON":
		return vars{}
	case "Instant":
		return "2026-09-01T08:00:00Z"
	case "Boolean":
		return false
	}
	return "x"
}

// document asks for a root field with dummies for what it requires, and for what is named beside that.
func document(operation string, f *gql.FieldDefinition, also ...string) (string, vars) {
	declare, pass, values := []string{}, []string{}, vars{}
	for _, a := range f.Args {
		if _, must := a.Type.(*gql.NonNull); must || slices.Contains(also, a.Name()) {
			declare, pass = append(declare, "$"+a.Name()+": "+a.Type.String()), append(pass, a.Name()+": $"+a.Name())
			values[a.Name()] = dummy(a.Type)
		}
	}
	if f.Name == "questionType" {
		values["ref"] = "none@1.0.0"
	}
	if f.Name == "node" {
		values["id"] = ""
	}
	text := operation
	if len(declare) > 0 {
		text += "(" + strings.Join(declare, ", ") + ")"
	}
	text += " { " + f.Name
	if len(pass) > 0 {
		text += "(" + strings.Join(pass, ", ") + ")"
	}
	return text + " { __typename } }", values
}

// Every root field and mutation, and who may use it. A field that is added shows up in the golden file by itself.
func TestWhoMayDoWhat(t *testing.T) {
	t.Parallel()
	h := open(t)
	s := schema(t)
	var lines []string
	for _, root := range []struct {
		operation string
		object    *gql.Object
	}{{"query", s.QueryType()}, {"mutation", s.MutationType()}} {
		for name, f := range root.object.Fields() {
			if name == "node" || name == "nodes" {
				continue // say themselves, see below
			}
			text, values := document(root.operation, f)
			var may []string
			for _, role := range access.Roles {
				a := h.as(t, role).say(text, values)
				if a.status != http.StatusOK {
					t.Fatalf("%s: %s", text, a.raw)
				}
				if len(a.Errors) > 0 && a.Errors[0].Extensions.Kind == "internal" {
					t.Errorf("%s: %s", text, a.raw)
				}
				if len(a.Errors) == 0 || a.Errors[0].Extensions.Code != "access.denied" {
					may = append(may, string(role))
				}
			}
			nobody := caller{house: h, t: t}.say(text, values)
			if name == "viewer" {
				nobody.is(map[string]any{"viewer": nil})
			} else {
				nobody.refused("access.no_token")
			}
			lines = append(lines, fmt.Sprintf("%-8s %-22s %s\n", root.operation, name, strings.Join(may, " ")))
		}
	}
	for _, typ := range []string{"Question", "QuestionType", "Lesson", "KnowledgeTree", "KnowledgePoint", "Class", "RosterNode", "Session", "Attempt", "ImportBatch", "Thread", "Release", "Reissue", "Config", "Resource", "Paper", "Regrade"} {
		bare := "01890a5d-ac96-774b-bcce-b302099a8057"
		if typ == "QuestionType" {
			bare = "none@1.0.0"
		}
		var may []string
		for _, role := range access.Roles {
			a := h.as(t, role).say(`query($id: ID!) { node(id: $id) { id } }`, vars{"id": global(typ, bare)})
			if len(a.Errors) == 0 {
				a.is(map[string]any{"node": nil})
				may = append(may, string(role))
			} else {
				a.refused("access.denied")
			}
		}
		lines = append(lines, fmt.Sprintf("%-8s %-22s %s\n", "node", typ, strings.Join(may, " ")))
	}
	sort.Strings(lines)
	golden(t, "permissions.golden", strings.Join(lines, ""))
}

// Whoever reads what may hold answer keys needs questions.read, by whatever way a question is reached.
func TestKeysAreForThoseWhoMayReadQuestions(t *testing.T) {
	t.Parallel()
	h := teach(t)
	fields := map[string]string{"draft": "", "content": "", "preview": "", "problems": "{ code }", "history": "{ nodes { kind } }", "versions": "{ nodes { content } }",
		"blame": "{ pointer by }", "threads": "{ nodes { id } }", "openThreads": "", "past": "(point: {revision: 1}) { content }", "diff": "(from: {revision: 1}) { toRevision }",
		"hash": "", "publishedHash": ""}
	ways := []string{fmt.Sprintf(`{ lesson(id: "%s") { items { question { code %%s%%s } } } }`, h.lesson),
		`{ lessons { nodes { items { question { code %s%s } } } } }`,
		fmt.Sprintf(`{ attempts(lesson: "%s") { nodes { items { question { code %%s%%s } } } } }`, h.lesson)}
	for name, rest := range fields {
		for _, role := range []access.Role{access.Teacher, access.Analyst, access.Tutor, access.Support} {
			for _, way := range ways {
				a := h.as(t, role).say(fmt.Sprintf(way, name, rest), nil)
				if !strings.Contains(a.raw, h.choice.code) || strings.Contains(a.raw, "o1") || len(a.Errors) == 0 || a.Errors[0].Extensions.Code != "access.denied" {
					t.Errorf("%s reads %s: %s", role, name, a.raw)
				}
			}
		}
	}
}

// A hash over an answer key can be tried out, so it needs questions.read like the key. A new field that shows a hash says so here.
func TestHashesOfKeysAreForThoseWhoMayReadQuestions(t *testing.T) {
	t.Parallel()
	behind := "stands behind a field that needs " + string(access.ReadQuestions)
	harmless := map[string]string{
		"QuestionVersion.hash": behind, "PastQuestion.hash": behind, "QuestionEvent.hash": behind, "Workflow.hash": behind,
		"Review.hash": "of a question, it " + behind + "; else of a plan", "ReviewEvent.hash": "as Review.hash", "Review.workflowHash": "of a workflow",
		"Anchor.hash": "as Review.hash", "ReleasePlan.hash": "of versions by number", "LiveSet.hash": "of versions by number", "ImportBatch.hash": "needs questions.write",
		"QuestionType.hash": "of a type", "QuestionType.formHash": "of a form", "RegisterDocumentsPayload.hashes": "of documents",
	}
	found := map[string]bool{}
	s := schema(t)
	for name, typ := range s.TypeMap() {
		object, is := typ.(*gql.Object)
		if !is {
			continue
		}
		for field, f := range object.Fields() {
			if at := name + "." + field; strings.Contains(strings.ToLower(field), "hash") && !strings.Contains(f.Description, string(access.ReadQuestions)) {
				found[at] = true
				if harmless[at] == "" {
					t.Errorf("%s does not need %s", at, access.ReadQuestions)
				}
			}
		}
	}
	for at := range harmless {
		if !found[at] {
			t.Errorf("there is no open %s", at)
		}
	}
	h := teach(t)
	for _, role := range []access.Role{access.Teacher, access.Analyst, access.Tutor, access.Support} {
		h.as(t, role).say(`query($l: [ID!]!) { goLivePlan(input: {lessons: $l, release: {title: "x"}}) { hash blocked } }`, vars{"l": []string{h.lesson}}).refused("access.denied")
	}
}

// asked is one way to ask each root field for what the taught school has.
func (h *taught) asked() map[string]string {
	id := fmt.Sprintf
	return map[string]string{
		"question":       id(`question(id: "%s") { title draft }`, h.choice.id),
		"questions":      id(`questions(query: "%s") { totalCount nodes { title } facets { values { value } } }`, "2+2"),
		"questionType":   `questionType(ref: "single-choice@1.0.0") { ref }`,
		"questionTypes":  `questionTypes { nodes { ref } }`,
		"knowledgeTree":  id(`knowledgeTree(id: "%s") { subject }`, h.tree),
		"knowledgeTrees": `knowledgeTrees { nodes { subject points { nodes { title } } } }`,
		"lesson":         id(`lesson(id: "%s") { title items { question { title } } }`, h.lesson),
		"lessons":        `lessons { nodes { title } }`,
		"paper":          id(`paper(id: "%s") { title assemblies { nodes { report { parts { got } } } } }`, h.paper),
		"papers":         `papers { nodes { title } }`,
		"liveLessons":    `liveLessons { nodes { title note } }`,
		"release":        id(`release(id: "%s") { title note history { nodes { by } } }`, h.release),
		"releases":       `releases { nodes { title note } }`,
		"telemetry":      id(`telemetry(lesson: "%s") { served release { title } }`, h.lesson),
		"reissue":        id(`reissue(id: "%s") { reason note ledger { class { title } students missing { student { name } } } }`, h.reissue),
		"reissues":       `reissues { nodes { reason audience { classes { title } } } }`,
		"takedowns":      `takedowns { nodes { reason question { title } } }`,
		"dryRunReissue": id(`dryRunReissue(question: "%s", version: 1, classes: ["%s"], until: "%s") { students digest secondPerson changes pins { version } classes { class { title } studentCount openCount answered { name } exemptCount } overlaps { reason } }`,
			h.choice.id, h.class, time.Now().Add(time.Hour).UTC().Format(time.RFC3339)),
		"whyVersion":       id(`whyVersion(lesson: "%s", student: "ann") { release { note } places { question { title } } }`, h.lesson),
		"config":           id(`config(id: "%s") { rules { note } history { nodes { reason } } }`, h.config),
		"configs":          `configs { nodes { rules { note } } }`,
		"whyConfig":        `whyConfig(student: "ann") { key value cause }`,
		"goLivePlan":       id(`goLivePlan(input:{lessons:["%s"],questions:["%s"],release:{title:"x"}}) { changes { title lesson { title } } missing { message } }`, h.unreleased, h.essay.id),
		"liveSet":          id(`liveSet(lessons: ["%s"]) { lessons { lesson { title } } }`, h.lesson),
		"environments":     `environments { all { name title } }`,
		"cuePlugins":       `cuePlugins { ref }`,
		"class":            id(`class(id: "%s") { title members { nodes { student { name } } } }`, h.class),
		"classes":          `classes { nodes { title teachers { name } course { title } } }`,
		"rosterNode":       id(`rosterNode(id: "%s") { title parent { title } classes { nodes { title } } }`, h.course),
		"rosterNodes":      `rosterNodes { nodes { title children { nodes { title } } } }`,
		"enrolment":        id(`enrolment(student: "%s") { classes { title } courses { title } teachers { name } grade }`, roster.PersonID("school", "n1")),
		"session":          id(`session(id: "%s") { title classes { title } teacher { name } guests { nodes { student { name } } } }`, h.session),
		"sessions":         `sessions { nodes { title lesson { title } } }`,
		"attempt":          id(`attempt(id: "%s") { student { name } items { answer { response } } }`, h.attempts[0]),
		"attempts":         id(`attempts(lesson: "%s") { totalCount nodes { student { name } } }`, h.lesson),
		"pendingAnswers":   `pendingAnswers { nodes { response } }`,
		"lessonStatistics": id(`lessonStatistics(lesson: "%s", version: 1) { attempts items { slot question { title } } }`, h.lesson),
		"analysedVersions": id(`analysedVersions(lesson: "%s") { version attempts }`, h.lesson),
		"importBatch":      id(`importBatch(id: "%s") { file items { nodes { title } } }`, h.batch),
		"importJob":        id(`importJob(id: "%s") { createdBy state importBatch { file } }`, h.batch),
		"myMentions":       `myMentions { nodes { comment { text } thread { anchor { quote } } } }`,
		"preview":          id(`preview(question: "%s", seed: 1) { view }`, h.choice.id),
		"previewLinks":     `previewLinks { note madeBy revision }`,
		"resource":         id(`resource(id: "%s") { title sha256 uses { nodes { version } } }`, h.file),
		"resources":        `resources { nodes { title } }`,
		"imports":          `imports { nodes { file } }`,
		"workflow":         `workflow(ref: "house@1") { ref title }`,
		"workflows":        `workflows { ref title }`,
		"reviewPolicies":   `reviewPolicies { org choices { subject } }`,
		"reviewQueue":      `reviewQueue { nodes { title lesson { title } } }`,
		"reviewCounts":     `reviewCounts { workflow step waiting }`,
		"pseudoLogins":     `pseudoLogins { nodes { reason } }`,
		"auditLog":         `auditLog(action: "pseudo.opened") { nodes { action person { name } } }`,
		"presence":         id(`presence(subject: "%s") { id field }`, h.choice.id),
		"staff":            `staff { nodes { person { name } roles { role grantedBy { id } } } }`,
		"apiKeys":          `apiKeys { nodes { title lastUsedAt createdBy { id } } }`,
		"node":             id(`node(id: "%s") { id ... on Question { title } }`, h.choice.id),
		"nodes":            id(`nodes(ids: ["%s", "%s", "%s", "%s", "%s", "%s", "%s", "%s", "%s"]) { ... on Thread { comments { text } } ... on RosterNode { title } ... on Session { title } ... on Lesson { title } ... on Class { title } ... on Attempt { student { name } } ... on ImportBatch { file } ... on KnowledgeTree { subject } ... on KnowledgePoint { title } }`, h.lesson, h.class, h.attempts[0], h.batch, h.tree, h.point, h.thread, h.course, h.session),
	}
}

// Things of an organisation do not exist for another one, and results of an environment not in another.
func TestOrganisationsAndEnvironmentsAreApart(t *testing.T) {
	t.Parallel()
	h := mistake(t)
	shared := []string{"questionType", "questionTypes", "cuePlugins", "viewer", "projections", "roles", "signIns"} // of nobody, or the caller's own
	keyed := []string{"liveLessons", "release", "releases", "telemetry", "reissue", "reissues", "takedowns", "whyVersion", "attempt", "attempts", "pendingAnswers", "lessonStatistics", "analysedVersions", "session", "sessions", "pseudoLogins", "regrade", "regrades",
		"config", "configs", "whyConfig"}
	insider := h.as(t, access.Admin)
	strangers := map[string]caller{
		"another school": h.from(t, "other", "test", access.Admin), "a school whose name begins alike": h.from(t, "schoolyard", "test", access.Admin),
		"a part of the school": h.from(t, "school/math", "test", access.Admin),
	}
	elsewhere := h.from(t, "school", "prod", access.Admin)
	asked := h.asked()
	insider.ask(fmt.Sprintf(`{ viewer(at: %d) { id } attempts(lesson: "%s") { nodes { id } } analysedVersions(lesson: "%[2]s") { version } }`, h.position, h.lesson), nil)
	s := schema(t)
	for name := range s.QueryType().Fields() {
		if slices.Contains(shared, name) {
			continue
		}
		body, covered := asked[name]
		if !covered {
			t.Errorf("the root field %s is not tried", name)
			continue
		}
		shows := func(a answer) bool {
			return strings.Contains(a.raw, "marker") || strings.Contains(a.raw, `"attempts":3`) || strings.Contains(a.raw, `"waiting":1`)
		}
		if a := insider.say("{ "+body+" }", nil); !shows(a) || len(a.Errors) > 0 {
			t.Errorf("the school itself does not see %s: %s", name, a.raw)
		}
		for who, stranger := range strangers {
			if who == "a part of the school" && (strings.HasPrefix(name, "knowledge") || strings.HasPrefix(name, "resource") || strings.HasPrefix(name, "workflow") || name == "reviewPolicies" || name == "nodes" ||
				name == "environments" || strings.Contains(strings.ToLower(name), "config")) {
				continue // trees, workflows, environments and configurations and files are for everybody below, too
			}
			a := stranger.say("{ "+body+" }", nil)
			if shows(a) {
				t.Errorf("%s sees %s: %s", who, name, a.raw)
			}
			for _, e := range a.Errors {
				if e.Extensions.Kind != "not_found" {
					t.Errorf("%s is told something else than not found of %s: %s", who, name, a.raw)
				}
			}
		}
		if slices.Contains(keyed, name) {
			if a := elsewhere.say("{ "+body+" }", nil); shows(a) {
				t.Errorf("another environment sees %s: %s", name, a.raw)
			}
		}
	}
	h.strangersChangeNothing(t, strangers)
}

// changes is an input for every mutation that names a thing of the taught school.
func (h *taught) changes(t testing.TB) map[string]vars {
	plan := vars{"title": "mine", "items": []any{}}
	zero := strings.Repeat("0", 64)
	return map[string]vars{
		"editQuestion": {"question": h.choice.id, "revision": h.choice.revision, "content": single("mine", 1)}, "submitQuestion": {"question": h.choice.code, "revision": 1},
		"describeQuestion": {"question": h.choice.id, "revision": h.choice.revision, "title": "mine"}, "approveQuestion": {"question": h.choice.id, "revision": h.choice.revision, "hash": zero},
		"returnQuestion": {"question": h.choice.id, "revision": h.choice.revision, "hash": zero, "reason": "x"}, "publishQuestion": {"question": h.choice.id, "revision": h.choice.revision, "kind": "ERRATUM"},
		"retireQuestion": {"question": h.choice.id, "revision": h.choice.revision, "reason": "x", "whileLive": true}, "reinstateQuestion": {"question": h.choice.id, "revision": h.choice.revision},
		"restoreQuestion": {"question": h.choice.id, "revision": h.choice.revision, "to": vars{"revision": 1}}, "withdrawQuestion": {"question": h.choice.id, "revision": h.choice.revision},
		"editLesson": {"lesson": h.lesson, "revision": 2, "plan": plan}, "publishLesson": {"lesson": h.lesson, "revision": 2}, "retireLesson": {"lesson": h.lesson, "revision": 2, "reason": "x"},
		"copyLesson": {"lesson": h.lesson}, "pullLesson": {"lesson": h.lesson, "revision": 2}, "lockLesson": {"lesson": h.lesson, "revision": 2},
		"unlockLesson": {"lesson": h.lesson, "revision": 2, "reason": "x"}, "importSubtitles": {"lesson": h.lesson, "revision": 2, "stage": "s", "format": "SRT", "file": ""},
		"recutLesson":         {"lesson": h.lesson, "revision": 2, "stage": "s", "medium": vars{"sha256": zero, "duration": 1, "type": "video/mp4"}, "cut": []any{}},
		"requestLessonChange": {"lesson": h.lesson, "revision": 2, "plan": plan, "reason": "x"}, "approveLessonChange": {"lesson": h.lesson, "revision": 2, "change": uuid.NewString()},
		"declineLessonChange": {"lesson": h.lesson, "revision": 2, "change": uuid.NewString(), "reason": "x"},
		"releaseLesson":       {"lesson": h.lesson}, "planRelease": {"title": "mine", "lessons": []any{vars{"lesson": h.lesson}}},
		"startRelease": {"release": h.release, "revision": 1}, "advanceRelease": {"release": h.release, "revision": 1}, "widenRelease": {"release": h.release, "revision": 1, "weight": 9, "reason": "x"},
		"pauseRelease": {"release": h.release, "revision": 1, "reason": "x"}, "resumeRelease": {"release": h.release, "revision": 1}, "freezeRelease": {"release": h.release, "revision": 1, "reason": "x"},
		"thawRelease": {"release": h.release, "revision": 1}, "rollBackRelease": {"release": h.release, "revision": 1, "reason": "x"}, "completeRelease": {"release": h.release, "revision": 1},
		"askReissue": {"question": h.choice.id, "version": 1, "students": []string{"x"}, "until": time.Now().Add(time.Hour), "reason": "x"}, "grantReissue": {"reissue": h.reissue, "revision": 1},
		"declineReissue": {"reissue": h.reissue, "revision": 1, "reason": "x"}, "revokeReissue": {"reissue": h.reissue, "revision": 2, "reason": "x"},
		"takeDown": {"question": h.choice.id, "reason": "x"}, "liftTakedown": {"question": h.choice.id, "takedown": h.takedown, "reason": "x"},
		"cancelRelease": {"release": h.release, "revision": 1, "reason": "x"}, "withdrawLesson": {"lesson": h.lesson, "reason": "x"},
		"editPaper": {"paper": h.paper, "revision": 1, "plan": vars{"title": "mine", "sections": []any{}}}, "publishPaper": {"paper": h.paper, "revision": 2},
		"retirePaper": {"paper": h.paper, "revision": 2, "reason": "x"}, "assemblePaper": {"paper": h.paper, "revision": 2},
		"layOutPaper": {"paper": h.paper, "lesson": h.lesson, "revision": 2},
		"gradeAnswer": {"attempt": h.attempts[0], "slot": "b", "key": "k2", "mark": 1}, "undoImport": {"importBatch": h.batch, "reason": "x"},
		"submitLesson": {"lesson": h.lesson, "revision": 4}, "approveLesson": {"lesson": h.lesson, "revision": 4, "hash": zero},
		"recallLesson": {"lesson": h.lesson, "revision": 4},
		"returnLesson": {"lesson": h.lesson, "revision": 4, "hash": zero, "reason": "x"}, "claimReview": {"item": h.lesson, "revision": 4}, "releaseReview": {"item": h.lesson, "revision": 4},
		"assignReview": {"item": h.choice.id, "revision": h.choice.revision, "persons": []string{"x"}}, "unassignReview": {"item": h.lesson, "revision": 4},
		"defineWorkflow": {"org": "school", "document": vars{"name": "theirs", "version": 1, "title": vars{"en": "t", "zh-CN": "t"}, "steps": []any{
			vars{"id": "one", "title": vars{"en": "t", "zh-CN": "t"}, "role": "reviewer", "approvals": 1}}}},
		"chooseWorkflow": {"org": "school", "revision": 2, "kind": "QUESTION", "workflow": "solo@1"},
		"openThread":     {"question": h.choice.id, "revision": 1, "text": "x"}, "suggestChange": {"question": h.choice.id, "revision": 1, "pointer": "/key", "value": "o0", "text": "x"},
		"reply": {"thread": h.thread, "text": "x"}, "editComment": {"comment": rawID(t, h.thread), "text": "x"}, "deleteComment": {"comment": rawID(t, h.thread)},
		"resolveThread": {"thread": h.thread}, "reopenThread": {"thread": h.thread}, "applySuggestion": {"thread": h.thread}, "declineSuggestion": {"thread": h.thread, "reason": "x"},
		"setConfigRules": {"config": h.config, "revision": 2, "rules": []any{}, "reason": "x"}, "killConfig": {"config": h.config, "revision": 2, "reason": "x"},
		"reviveConfig": {"config": h.config, "revision": 2, "reason": "x"}, "retireConfig": {"config": h.config, "revision": 2, "reason": "x"},
		"describeConfig": {"org": "school", "key": "greeting", "schema": vars{}, "default": 1, "owner": "x", "descriptionEn": "x", "descriptionZh": "x", "revision": 2, "reason": "x"},
		"startSession":   {"session": h.session}, "endSession": {"session": h.session}, "cancelSession": {"session": h.session},
		"admitGuests": {"session": h.session, "students": []string{"n1"}},
		"grantRole":   {"person": h.member, "role": "AUTHOR", "org": "school"}, "revokeRole": {"person": h.member, "role": "ANALYST", "org": "school", "reason": "x"},
		"createApiKey": {"title": "mine", "org": "school", "roles": []string{"ANALYST"}, "days": 1}, "revokeApiKey": {"apiKey": h.key, "reason": "x"},
		"approvePseudoLogin": {"pseudoLogin": h.ticket}, "revokePseudoLogin": {"pseudoLogin": h.ticket, "reason": "x"},
		"erasePerson":    {"person": roster.PersonID("school", "n1").String(), "reason": "x"},
		"executeGoLive":  {"ask": vars{"lessons": []string{h.unreleased}, "questions": []string{h.essay.id}, "release": vars{"title": "x"}}, "plan": zero},
		"renameResource": {"resource": h.file, "revision": 1, "title": "mine"}, "tagResource": {"resource": h.file, "revision": 1, "tags": []any{}},
		"createPreviewLink": {"question": h.choice.id, "expiresInHours": 1}, "revokePreviewLink": {"link": h.link},
		"leaveClass": {"code": "c1", "students": []string{"n1"}}, "publishKnowledgeTree": {"subject": mark}, "retireKnowledgePoint": {"subject": mark, "point": h.point},
	}
}

// strangersChangeNothing tries every mutation that names a thing from outside.
func (h *taught) strangersChangeNothing(t *testing.T, strangers map[string]caller) {
	head, err := h.Store.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for mutation, input := range h.changes(t) {
		for who, stranger := range strangers {
			a := stranger.say(fmt.Sprintf(`mutation($i: %s%sInput!) { %s(input: $i) { position } }`, strings.ToUpper(mutation[:1]), mutation[1:], mutation), vars{"i": input})
			if len(a.Errors) == 0 || (a.Errors[0].Extensions.Kind != "not_found" && mutation != "retireKnowledgePoint") {
				t.Errorf("%s: %s is told %s", mutation, who, a.raw)
			}
		}
	}
	if now, err := h.Store.Head(t.Context()); err != nil || now != head {
		t.Errorf("strangers have added %d events (%v)", now-head, err)
	}
}

func TestAQuestionOfOthersIsNotForALesson(t *testing.T) {
	t.Parallel()
	h := teach(t)
	stranger := h.from(t, "other", "test", access.Admin)
	stranger.say(`mutation($i: CreateLessonInput!) { createLesson(input: $i) { position } }`, vars{"i": vars{"plan": vars{
		"title": "theirs", "items": []any{vars{"slot": "a", "question": rawID(t, h.choice.id), "version": 1, "max": 1}}}}}).refused("lesson.questions")
	// Teachers see what students see of it.
	h.as(t, access.Teacher).ask(fmt.Sprintf(`{ lesson(id: "%s") { versions { nodes { items { view } } } } }`, h.lesson), nil).
		is(map[string]any{"lesson.versions.nodes.0.items.0.view.stem.text": "2+2? " + mark})
}

// Of several nodes, those that the caller may not read are refused alone.
func TestNodesAreRefusedOneByOne(t *testing.T) {
	t.Parallel()
	h := open(t)
	q := h.as(t, access.Author).create(single("2+2?", 1), nil)
	a := h.as(t, access.Author).say(`query($ids: [ID!]!) { nodes(ids: $ids) { id } }`, vars{"ids": []string{q.id, global("Class", rawID(t, q.id)), "nonsense"}})
	a.is(map[string]any{"nodes.0.id": q.id, "nodes.1": nil, "nodes.2": nil})
	if len(a.Errors) != 2 || a.Errors[0].Extensions.Code != "access.denied" || a.Errors[1].Extensions.Code != "graphql.bad_id" {
		t.Error(a.raw)
	}
}

func TestTokens(t *testing.T) {
	t.Parallel()
	h := open(t)
	nobody := caller{house: h, t: t}
	nobody.ask(`{ __typename viewer { id } }`, nil).is(map[string]any{"__typename": "Query", "viewer": nil})
	reviewer := h.as(t, access.Reviewer)
	reviewer.ask(`{ viewer { id signIn roles org orgs environment environments permissions } }`, nil).is(map[string]any{
		"viewer.id": "school-reviewer", "viewer.signIn": "TOKEN", "viewer.roles": []string{"reviewer"}, "viewer.orgs": []string{"school"}, "viewer.environments": []string{"test"},
		"viewer.permissions": []string{"questions.read", "lessons.read", "statistics.read", "comments.write", "releases.read", "questions.review", "lessons.review"}})
	expired, err := h.signer.Mint(reviewer.actor, time.Now().Add(-2*time.Hour), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ header, code string }{
		{"Bearer " + expired, "token.expired"}, {"Bearer " + reviewer.token + "x", "token.invalid"}, {"Bearer ", "token.invalid"}, {"Basic eDp5", "access.no_token"},
	} {
		r := httptest.NewRequest(http.MethodPost, "/graphql", strings.NewReader(`{"query":"{ __typename }"}`))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", test.header)
		w := httptest.NewRecorder()
		h.door.ServeHTTP(w, r)
		var body struct {
			Errors []struct{ Extensions struct{ Code string } }
		}
		if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil || w.Code != http.StatusUnauthorized || len(body.Errors) != 1 || body.Errors[0].Extensions.Code != test.code {
			t.Errorf("%.20s: %d %s, want 401 %s", test.header, w.Code, w.Body, test.code)
		}
	}
}

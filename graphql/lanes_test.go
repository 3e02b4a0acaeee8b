package graphql_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	gql "github.com/graphql-go/graphql"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/attempt"
	"qbank/domain/roster"
	"qbank/graphql/engine"
)

// lane is what there is in one environment alone, by what it is: texts that must not be seen elsewhere.
type lane map[string]string

// know adds a thing by its id, as it stands in answers: bare, and global.
func (l lane) know(typ string, id string) {
	l["id of "+typ] = id
	l["global id of "+typ] = globalID(typ, uuid.MustParse(id))
}

// fill puts one of everything into an environment: a release, a session, an attempt with an answer and a result, rules of a configuration.
func (h *taught) fill(t *testing.T, env string) lane {
	t.Helper()
	own, l := env+"-only", lane{}
	releaser, admin := h.from(t, "school", env, access.Releaser), h.from(t, "school", env, access.Admin)
	live := releaser.ask(`mutation($i: ReleaseLessonInput!) { releaseLesson(input: $i) { position } }`, vars{"i": vars{"lesson": h.unreleased, "note": own + " note"}})
	l["note of a release"] = own + " note"
	planned := releaser.ask(`mutation($i: PlanReleaseInput!) { planRelease(input: $i) { release { id } } }`, vars{"i": vars{"title": own + " release", "lessons": []any{vars{"lesson": h.lesson}}}})
	l["title of a release"] = own + " release"
	l.know("Release", rawID(t, planned.text("planRelease.release.id")))
	session := admin.ask(`mutation($i: PlanSessionInput!) { planSession(input: $i) { session { id } } }`, vars{"i": vars{"code": own, "title": own + " session",
		"lessonOf": "m7-1", "teacher": "t1", "classes": []string{"c1"}, "start": time.Now(), "end": time.Now().Add(time.Hour)}})
	l["title of a session"] = own + " session"
	l.know("Session", rawID(t, session.text("planSession.session.id")))
	revision := admin.ask(`query($id: ID) { config(id: $id) { revision } }`, vars{"id": h.config}).number("config.revision")
	configured := admin.ask(`mutation($i: SetConfigRulesInput!) { setConfigRules(input: $i) { position } }`, vars{"i": vars{"config": h.config, "revision": revision,
		"reason": own + " reason", "rules": []any{vars{"value": own + " value", "note": own + " rule"}}}})
	l["reason of a configuration"], l["value of a configuration"], l["note of a rule"] = own+" reason", own+" value", own+" rule"
	if err := h.Engine.Wait(t.Context(), "delivery", int64(live.number("releaseLesson.position"))); err != nil {
		t.Fatal(err)
	}
	time.Sleep(250 * time.Millisecond) // that nothing was live is trusted for a moment
	l.know("Attempt", h.answered(t, env, own+" answer").String())
	l["text of an answer"] = own + " answer"
	h.position = max(h.position, configured.number("setConfigRules.position"))
	return l
}

// answered is a finished attempt of a student at the lesson that both environments have, with an essay nobody has read yet.
func (h *taught) answered(t *testing.T, env, text string) uuid.UUID {
	t.Helper()
	if env != "test" { // in test it is live already
		done, err := h.Commands.Do(t.Context(), h.from(t, "school", env, access.Admin).actor, commands.ReleaseLesson{Environment: "prod", Lesson: h.lessonUUID})
		if err != nil {
			t.Fatal(err)
		}
		if err := h.Engine.Wait(t.Context(), "delivery", done.Position); err != nil {
			t.Fatal(err)
		}
		time.Sleep(250 * time.Millisecond)
	}
	student := access.Actor{ID: roster.PersonID("school", "n1").String(), Roles: []access.Role{access.Student}, Scope: access.Scope{Org: "school", Environment: env}}
	see := func(attempt.Attempt) error { return nil }
	started, err := h.Commands.Do(t.Context(), student, commands.StartAttempt{Lesson: h.lessonUUID, See: see})
	if err != nil {
		t.Fatal(err)
	}
	results := make([]commands.AnswerResult, 1)
	if _, err := h.Commands.Do(t.Context(), student, commands.AnswerQuestions{Attempt: started.ID, Results: results,
		Answers: []commands.Answer{{Key: "k", Slot: "b", Response: map[string]any{"text": text}}}}); err != nil || results[0].Err != nil {
		t.Fatal(err, results[0].Err)
	}
	done, err := h.Commands.Do(t.Context(), student, commands.FinishAttempt{Attempt: started.ID, See: see})
	if err != nil {
		t.Fatal(err)
	}
	h.position = max(h.position, int(done.Position))
	return started.ID
}

// asking is one way to ask each root field with the ids of a lane.
func (h *taught) asking(l lane) map[string]string {
	asked := h.asked()
	asked["viewer"], asked["projections"], asked["roles"], asked["signIns"] = "viewer", "projections", "roles", "signIns { nodes { id } }"
	asked["regrade"], asked["regrades"] = fmt.Sprintf(`regrade(id: "%s") { id }`, l["id of Attempt"]), "regrades { nodes { id } }" // no lane has any
	asked["revisionOffers"] = "revisionOffers { nodes { __typename } }"                                                            // of drafts, which all environments share
	asked["release"] = fmt.Sprintf(`release(id: "%s") { id }`, l["id of Release"])
	asked["session"] = fmt.Sprintf(`session(id: "%s") { id }`, l["id of Session"])
	asked["attempt"] = fmt.Sprintf(`attempt(id: "%s") { id }`, l["id of Attempt"])
	asked["node"] = fmt.Sprintf(`node(id: "%s") { id }`, l["global id of Attempt"])
	asked["nodes"] = fmt.Sprintf(`nodes(ids: ["%s", "%s", "%s"]) { id }`, l["global id of Attempt"], l["global id of Session"], l["global id of Release"])
	return asked
}

// deep asks for every field below a root field, as deep as one request may go.
func (c caller) deep(head string, of gql.Type) answer {
	c.t.Helper()
	tooMuch := []string{engine.CodeTooCostly, engine.CodeTooMany, engine.CodeTooLarge, engine.CodeTooDeep}
	for depth := 5; ; depth-- {
		a := c.say("{ "+head+everything(of, depth)+" }", nil)
		if depth == 0 || len(a.Errors) == 0 || !slices.Contains(tooMuch, a.Errors[0].Extensions.Code) {
			return a
		}
	}
}

// withArguments are the fields below the roots that cannot be asked for without arguments, so that deep leaves them out: none of them is about an
// environment. One that comes to be has to be looked at.
var withArguments = []string{"KnowledgeTree.published", "Lesson.diff", "Paper.version", "Question.diff", "Question.past", "QuestionType.check"}

// Two environments, and two organisations, with one of everything: whatever field there is, what belongs to the one is not seen from the other, by whatever
// ids it is asked for. Roots are taken from the schema: one that is not asked for fails the test, as does a thing that nobody sees where it belongs.
func TestNothingOfAnEnvironmentShowsInAnother(t *testing.T) {
	t.Parallel()
	h := teach(t)
	lanes := map[string]lane{"test": h.fill(t, "test"), "prod": h.fill(t, "prod")}
	s := schema(t)
	var left []string
	for name, typ := range s.TypeMap() {
		o, is := typ.(*gql.Object)
		if !is || strings.HasPrefix(name, "__") || o == s.QueryType() || o == s.MutationType() || o == s.SubscriptionType() {
			continue
		}
		for field, f := range o.Fields() {
			if slices.ContainsFunc(f.Args, func(a *gql.Argument) bool { _, must := a.Type.(*gql.NonNull); return must }) {
				left = append(left, name+"."+field)
			}
		}
	}
	if slices.Sort(left); !slices.Equal(left, withArguments) {
		t.Errorf("these need arguments and are not tried: are they about an environment? %q", left)
	}
	for env, own := range lanes {
		asked := h.asking(own)
		insider := h.from(t, "school", env, access.Admin)
		others := map[string]caller{"another organisation": h.from(t, "other", env, access.Admin)}
		for elsewhere := range lanes {
			if elsewhere != env {
				others["the environment "+elsewhere] = h.from(t, "school", elsewhere, access.Admin)
			}
		}
		insider.ask(fmt.Sprintf(`{ viewer(at: %d) { id } attempts(lesson: "%s") { nodes { id } } pendingAnswers { nodes { response } } configs { nodes { id } } }`, h.position, h.lesson), nil)
		seen := map[string]bool{}
		for name, f := range s.QueryType().Fields() {
			body, covered := asked[name]
			if !covered {
				t.Errorf("the root field %s is not tried", name)
				continue
			}
			head, _, _ := strings.Cut(body, " {")
			for _, a := range []answer{insider.deep(head, f.Type), insider.say("{ "+body+" }", nil)} {
				for what, text := range own {
					seen[what] = seen[what] || a.shows(text)
				}
			}
			for who, other := range others {
				for _, a := range []answer{other.deep(head, f.Type), other.say("{ "+body+" }", nil)} {
					for what, text := range own {
						if a.shows(text) {
							t.Errorf("%s of %s is seen in %s by %s: %.600s", what, env, name, who, a.raw)
						}
					}
				}
			}
		}
		for what := range own {
			if !seen[what] && !strings.HasPrefix(what, "id of") {
				t.Errorf("%s is not seen in %s either", what, env)
			}
		}
	}
}

// shows reports whether a text stands in what was answered: in the data, not in a message that repeats what was asked.
func (a answer) shows(text string) bool {
	raw, err := json.Marshal(a.Data)
	return err == nil && strings.Contains(string(raw), text)
}

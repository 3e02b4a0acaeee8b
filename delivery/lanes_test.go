package delivery_test

import (
	"bytes"
	"cmp"
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/environment"
	"qbank/domain/hotconfig"
	"qbank/domain/question"
	"qbank/domain/roster"
)

// lane is what there is in one environment of one organisation alone.
type lane struct {
	scope            access.Scope
	student          client
	attempt, session uuid.UUID
	release          uuid.UUID
	public           string   // hash of a view that only this lane has live
	texts            []string // what must be seen in no other
}

// fill puts one of everything into an environment of an organisation: a lesson that is live with a version of its question, a session that runs, an
// attempt with an answer and a result, and a configuration.
func (s *scene) fill(org, env string) lane {
	s.t.Helper()
	own := strings.ReplaceAll(org, "/", "-") + "-" + env + "-only"
	scope := access.Scope{Org: org, Environment: env}
	staff := access.Actor{ID: "staff-" + own, Roles: []access.Role{access.Admin}, Scope: scope}
	// The same person learns in all of them: only where the token belongs makes a difference.
	l := lane{scope: scope, student: s.client(access.Actor{ID: roster.PersonID(school, "s").String(), Roles: []access.Role{access.Student}, Scope: scope}), texts: []string{own}}
	if org == school {
		s.correct(s.first, choice(own+" question", "b"), question.Revision) // an erratum would reach every environment
		s.do(releaser, commands.PublishLesson{Lesson: s.lesson, Revision: commands.Anything})
		s.releaseTo(environment.Name(env), s.lesson)
		s.do(staff, commands.KeepClass{Code: own, Title: own, Students: []commands.Person{{Number: "s"}}})
		l.session = s.do(staff, commands.PlanSession{Code: own, Title: own, Lesson: s.lesson, Teacher: commands.Person{Number: "t"}, Classes: []string{own}, Start: 1, End: 1 << 60}).ID
		s.wait(s.do(staff, commands.StartSession{Session: l.session}))
		l.attempt = l.student.start(s.lesson).ID
		l.student.answer(l.attempt, "k", "q3", map[string]any{"text": own + " answer"}).is(http.StatusOK)
		l.student.finish(l.attempt).is(http.StatusOK)
		m := decode[manifest](l.student.get(manifestPath(s.lesson)).is(http.StatusOK))
		l.public, l.release = m.Items[0].SHA256, m.Release
		l.texts = append(l.texts, l.attempt.String(), l.session.String(), l.public, l.release.String(), own+" look")
		eyes := access.Actor{ID: "eyes-" + own, Roles: []access.Role{access.Support}, Scope: scope}
		s.all(s.do(eyes, commands.OpenPseudoLogin{Student: l.student.subject, Reason: own + " look", Show: func(commands.PseudoToken) {}}))
	}
	key := s.configKey(staff, hotconfig.Key("k_"+strings.ReplaceAll(own, "-", "_")), func(spec *hotconfig.Spec) { spec.Schema, spec.Default = value(`{"type":"string"}`), value(`"none"`) })
	s.settled(s.do(staff, commands.SetConfigRules{Config: key, Revision: 1, Reason: own, Rules: []hotconfig.Rule{{Value: value(`"` + own + ` value"`)}}}))
	l.texts = append(l.texts, own+" value")
	return l
}

// overhear listens to a stream for a moment.
func (c client) overhear(path string) reply {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), 200*time.Millisecond)
	defer cancel()
	request := httptest.NewRequestWithContext(ctx, http.MethodGet, path, nil)
	request.Header.Set("Authorization", "Bearer "+c.token)
	for i := 0; i < len(c.headers); i += 2 {
		request.Header.Set(c.headers[i], c.headers[i+1])
	}
	recorder := httptest.NewRecorder()
	c.n.door.ServeHTTP(recorder, request)
	return reply{t: c.t, status: recorder.Code, header: recorder.Result().Header, body: recorder.Body.Bytes()}
}

// Whatever route there is: with the token of one environment, or of one organisation, and the ids of another, nothing of the other shows. Routes are
// taken from the door: one that is not asked fails the test.
func TestNothingOfAnEnvironmentShowsThroughTheDoor(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	lanes := []lane{s.fill(school, "dev"), s.fill(school, "prod"), s.fill("other", "dev")}
	asking := map[string]func(c client, of lane) reply{
		"GET /v1/lessons/{id}/manifest": func(c client, of lane) reply {
			return c.get(manifestPath(s.lesson) + "?session=" + of.session.String())
		},
		"POST /v1/attempts": func(c client, of lane) reply {
			return c.post("/v1/attempts", map[string]any{"lesson": s.lesson, "session": of.session})
		},
		"GET /v1/attempts/{id}":          func(c client, of lane) reply { return c.get(path(of.attempt, "")) },
		"POST /v1/attempts/{id}/answers": func(c client, of lane) reply { return c.answer(of.attempt, "other", "q1", pick("a")) },
		"POST /v1/attempts/{id}/finish":  func(c client, of lane) reply { return c.finish(of.attempt) },
		"GET /v1/attempts/{id}/result":   func(c client, of lane) reply { return c.result(of.attempt) },
		"GET /v1/config":                 func(c client, _ lane) reply { return c.get("/v1/config") },
		"GET /v1/me/pseudo-logins":       func(c client, _ lane) reply { return c.get("/v1/me/pseudo-logins") },
		"GET /v1/tombstones":             func(c client, _ lane) reply { return c.get("/v1/tombstones?since=0") },
		"GET /v1/me/events":              func(c client, _ lane) reply { return c.overhear("/v1/me/events") },
		"POST /v1/me/receipts": func(c client, other lane) reply {
			return c.post("/v1/me/receipts?session="+other.session.String(), map[string]any{"receipts": []any{map[string]any{"reissue": other.release, "stage": "running"}}})
		},
		"POST /v1/telemetry": func(c client, other lane) reply {
			return c.post("/v1/telemetry", told(manifest{Lesson: s.lesson, Release: other.release}, "failed:other"))
		},
		"POST /ofrep/v1/evaluate/flags": func(c client, other lane) reply {
			return c.post(flagsPath, of(c.subject, "environment", other.scope.Environment, "org", other.scope.Org))
		},
		"POST /ofrep/v1/evaluate/flags/{key}": func(c client, other lane) reply {
			return c.post(flagsPath+"/lesson."+s.lesson.String(), of(c.subject, "environment", other.scope.Environment, "org", other.scope.Org))
		},
		"GET /v1/time":         func(c client, _ lane) reply { return c.get("/v1/time") },
		"GET /v1/openapi.json": func(c client, _ lane) reply { return c.get("/v1/openapi.json") },
		"GET /v1/blobs/{sha256}": func(c client, of lane) reply {
			r := c.get("/v1/blobs/" + cmp.Or(of.public, strings.Repeat("0", 64)))
			r.refused(http.StatusNotFound, "blob.not_found")
			return r
		},
	}
	for _, route := range s.open.Routes() {
		ask, covered := asking[route]
		if !covered {
			t.Errorf("%s is not tried: add how it is asked for what belongs to another environment", route)
			continue
		}
		for i, own := range lanes {
			for k, of := range lanes {
				if i == k {
					continue
				}
				clients := []client{own.student, own.student.with("Qbank-Environment", of.scope.Environment, "X-Environment", of.scope.Environment)}
				for _, c := range clients {
					r := ask(c, of)
					if strings.HasPrefix(route, "GET /v1/attempts/") && r.status == http.StatusOK && of.attempt != uuid.Nil {
						t.Errorf("%s with a token of %+v answers about %+v", route, own.scope, of.scope)
					}
					for _, text := range of.texts {
						if text != "" && bytes.Contains(r.body, []byte(text)) && !slices.Contains(own.texts, text) {
							t.Errorf("%s with a token of %+v shows %q of %+v: %.300s", route, own.scope, text, of.scope, r.body)
						}
					}
				}
			}
		}
	}
	for i, own := range lanes { // and where it belongs, it is seen
		if r := own.student.get("/v1/config").is(http.StatusOK); !bytes.Contains(r.body, []byte(own.texts[0]+" value")) {
			t.Errorf("lane %d does not see its own configuration: %s", i, r.body)
		}
		if own.attempt == uuid.Nil {
			continue
		}
		if r := own.student.get(manifestPath(s.lesson)).is(http.StatusOK); !bytes.Contains(r.body, []byte(own.public)) {
			t.Errorf("lane %d does not see its own version: %s", i, r.body)
		}
		own.student.get(manifestPath(s.lesson) + "?session=" + own.session.String()).is(http.StatusOK)
		if r := own.student.get("/v1/me/pseudo-logins").is(http.StatusOK); !bytes.Contains(r.body, []byte(own.texts[0]+" look")) {
			t.Errorf("lane %d is not told who looked: %s", i, r.body)
		}
		own.student.get("/v1/blobs/" + own.public).is(http.StatusOK)
		own.student.get(path(own.attempt, "")).is(http.StatusOK)
		own.student.result(own.attempt).is(http.StatusOK)
	}
}

package graphql_test

import (
	"fmt"
	"testing"

	"qbank/domain/access"
)

const auditQuery = `query($o: String, $a: String, $at: Long) { auditLog(at: $at, object: $o, action: $a) { nodes { kind action actor { id } actingFor { id } objects count address correlation signIn } } }`

// audited is what the log says of an object, after what waits was written.
func (h *house) audited(t *testing.T, who caller, object, action string) answer {
	t.Helper()
	if err := h.Audit.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	head, err := h.Store.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return who.ask(auditQuery, vars{"o": object, "a": action, "at": head})
}

func TestWhoSawTheKeyOfAQuestion(t *testing.T) {
	t.Parallel()
	h := open(t)
	author, reviewer, admin := h.as(t, access.Author), h.as(t, access.Reviewer), h.as(t, access.Admin)
	q := author.create(single("2+2?", 1), nil)
	other := author.create(single("2+3?", 1), nil)
	sight := map[string]int{} // fields of a question → whether they show keys
	for field, shows := range map[string]int{"code": 0, "summary": 0, "problems { code }": 0, "blame { pointer }": 0, "preview": 0, "draft": 1, "content": 1, "history { nodes { kind } }": 0,
		"history { nodes { changes { after } } }": 1, "past(point: {revision: 1}) { hash }": 0, "past(point: {revision: 1}) { content }": 1,
		"diff(from: {revision: 1}) { content { after } }": 1, "diff(from: {revision: 1}) { fields { after } }": 1} {
		sight[field] = shows
	}
	n := 0
	for field, shows := range sight {
		reviewer.ask(fmt.Sprintf(`{ question(id: "%s") { %s } }`, q.id, field), nil)
		if n += shows; len(h.audited(t, admin, q.id, "keys.read").list("auditLog.nodes")) != n {
			t.Errorf("after %s, %d rows are expected", field, n)
		}
	}
	// One row of a request, with all that it was shown; nothing of what was refused.
	a := reviewer.say(fmt.Sprintf(`{ a: question(id: "%s") { draft } b: question(id: "%s") { draft preview } again: question(id: "%[1]s") { draft } }`, q.id, other.id), nil,
		"X-Request-Id", "look-1")
	if len(a.Errors) > 0 {
		t.Fatal(a.raw)
	}
	h.as(t, access.Teacher).say(fmt.Sprintf(`{ question(id: "%s") { draft } }`, other.id), nil).refused("access.denied")
	rows := h.audited(t, admin, other.id, "keys.read")
	rows.is(map[string]any{"auditLog.nodes.0.kind": "READ", "auditLog.nodes.0.actor.id": "school-reviewer", "auditLog.nodes.0.count": 2,
		"auditLog.nodes.0.objects": []string{rawID(t, q.id), rawID(t, other.id)}, "auditLog.nodes.0.correlation": "look-1", "auditLog.nodes.0.actingFor": nil, "auditLog.nodes.0.address": "192.0.2.1"})
	if len(rows.list("auditLog.nodes")) != 1 {
		t.Error(rows.raw)
	}
	// What was done stands beside what was read.
	done := h.audited(t, admin, q.id, "question.")
	done.is(map[string]any{"auditLog.nodes.0.kind": "DONE", "auditLog.nodes.0.action": "question.created", "auditLog.nodes.0.actor.id": "school-author"})
	// To look at it is in it, too.
	if err := h.Audit.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	looks := admin.ask(`{ auditLog(kind: READ, action: "audit.read", actor: "school-admin") { nodes { detail } } }`, nil).list("auditLog.nodes")
	if len(looks) != len(sight)+2 { // one for each time it was asked above
		t.Errorf("%d looks", len(looks))
	}
	for _, stranger := range []caller{h.from(t, "other", "test", access.Admin), h.from(t, "school/math", "test", access.Admin)} {
		if got := h.audited(t, stranger, q.id, "").list("auditLog.nodes"); len(got) > 0 {
			t.Errorf("%+v sees %v", stranger.actor, got)
		}
	}
}

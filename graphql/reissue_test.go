package graphql_test

import (
	"testing"
	"time"

	"qbank/domain/access"
)

// A dry run says plainly where a reissue would change nothing.
func TestADryRunSaysWhetherAnythingChanges(t *testing.T) {
	t.Parallel()
	h := teach(t)
	author, tutor := h.as(t, access.Author), h.as(t, access.Tutor)
	until := time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
	changes := func(q made, version int, want bool) {
		t.Helper()
		tutor.ask(`query($q: ID!, $v: Int!, $until: Instant!, $at: Long) { dryRunReissue(question: $q, version: $v, students: ["zed"], until: $until, at: $at) { changes } }`,
			vars{"q": q.id, "v": version, "until": until, "at": q.position}).is(map[string]any{"dryRunReissue.changes": want})
	}
	changes(h.essay, 1, false) // what is live gives it already
	changes(h.choice, 1, true) // another reissue gives it to some
	revised := h.publish(t, "school", author.must("editQuestion", h.essay, vars{"content": essay("Why, once more?")}), "REVISION")
	changes(revised, 2, true)
	changes(h.publish(t, "school", author.create(single("5+5?", 1), nil), "REVISION"), 1, false) // nowhere live
}

package graphql_test

import (
	"strings"
	"testing"

	"qbank/domain/access"
	"qbank/graphql"
)

func TestWhatIsNoOrganisationsIsForThoseWhoRunIt(t *testing.T) {
	t.Parallel()
	h := open(t)
	const asked = "{ projections { name state failure { error } } }"
	if got := h.as(t, access.Admin).ask(asked, nil).list("projections"); len(got) < 10 {
		t.Errorf("got %v", got)
	}
	for _, org := range []string{"other", "school/math", "schoolyard"} {
		if a := h.from(t, org, "test", access.Admin).say(asked, nil).refused("access.installation"); strings.Contains(a.raw, "catalog") {
			t.Error(a.raw)
		}
	}
	for _, role := range []access.Role{access.Support, access.Releaser, access.Student} {
		h.as(t, role).say(asked, nil).refused("access.denied")
	}
	unruled := h.reopened(t, func(*graphql.Door) {})
	unruled.as(t, access.Admin).say(asked, nil).refused("access.installation")
}

package graphql_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/environment"
	"qbank/domain/staff"
	"qbank/graphql"
	"qbank/internal/ratelimit"
	"qbank/internal/token"
)

// signed is somebody with a session.
func (h *house) signed(t testing.TB, name string, grants ...staff.Grant) (browser caller, person uuid.UUID, cookie string) {
	t.Helper()
	person = staff.ID("https://id.example", name)
	secret, _, err := h.sessions.Start(t.Context(), person, "https://id.example", grants, "browser of "+name)
	if err != nil {
		t.Fatal(err)
	}
	return caller{house: h, t: t}, person, "qbank=" + secret
}

const whoAmI = `{ viewer { id name signIn roles org orgs environment environments } }`

func TestASessionActsWhereItWasGranted(t *testing.T) {
	t.Parallel()
	h := open(t)
	wang, person, cookie := h.signed(t, "wang", staff.Grant{Org: "school", Role: access.Author, Environments: []environment.Name{"dev"}})
	wang.say(whoAmI, nil, "Cookie", cookie).is(map[string]any{"viewer.id": person, "viewer.signIn": "SESSION", "viewer.roles": []string{"author"}, "viewer.org": "school",
		"viewer.orgs": []string{"school"}, "viewer.environment": nil, "viewer.environments": []string{"dev"}, "viewer.name": nil})
	const grant = `mutation($i: GrantRoleInput!) { grantRole(input: $i) { position person { name } roles } }`
	releaser := vars{"person": person, "role": "RELEASER", "org": "school/math", "environments": []string{"test"}, "name": "Wang"}
	h.as(t, access.Admin).ask(grant, vars{"i": releaser})
	releaser["environments"] = []string{"test", "prod"} // each by who has it
	h.as(t, access.Admin).say(grant, vars{"i": releaser}).refused("access.not_yours_to_give")
	h.from(t, "school", "prod", access.Admin).ask(grant, vars{"i": releaser}).
		is(map[string]any{"grantRole.person.name": "Wang", "grantRole.roles": []string{"RELEASER"}})
	wang.say(whoAmI, nil, "Cookie", cookie, "Qbank-Organisation", "school/math", "Qbank-Environment", "prod").is(map[string]any{
		"viewer.roles": []string{"releaser"}, "viewer.environment": "prod", "viewer.environments": []string{"dev", "prod", "test"}, "viewer.name": "Wang"})
	wang.say(whoAmI, nil, "Cookie", cookie, "Qbank-Environment", "prod").refused("access.environment")
	wang.say(whoAmI, nil, "Cookie", cookie, "Qbank-Organisation", "other").refused("access.no_role")
	wang.say(`{ liveLessons { nodes { title } } }`, nil, "Cookie", cookie, "Qbank-Organisation", "school/math").refused("access.no_environment")
	wang.say(`{ staff { nodes { since } } }`, nil, "Cookie", cookie).refused("access.denied")
	if a := wang.say(whoAmI, nil, "Cookie", "qbank="+strings.Repeat("A", 43)); a.status != http.StatusUnauthorized {
		t.Errorf("%d %s", a.status, a.raw)
	}
	// Another site's page cannot make the browser change something.
	for _, headers := range [][]string{{"Sec-Fetch-Site", "cross-site"}, {"Origin", "https://evil.example"}} {
		if a := wang.say(`mutation { revokeSignIn(input: {session: "x"}) { position } }`, nil, append(headers, "Cookie", cookie)...); a.status != http.StatusForbidden {
			t.Errorf("%v: %d %s", headers, a.status, a.raw)
		}
	}
}

func TestSessionsAreListedAndEnded(t *testing.T) {
	t.Parallel()
	h := open(t)
	wang, person, cookie := h.signed(t, "wang", staff.Grant{Org: "school", Role: access.Author})
	_, _, other := h.signed(t, "wang", staff.Grant{Org: "school", Role: access.Author})
	li, lisID, lis := h.signed(t, "li", staff.Grant{Org: "school", Role: access.Author})
	const mine, of = `{ signIns { id current device person { id } } }`, `query($p: String) { signIns(person: $p) { id device } }`
	const end = `mutation($s: ID!) { revokeSignIn(input: {session: $s}) { position revision } }`
	list := wang.say(mine, nil, "Cookie", cookie).is(map[string]any{"signIns.0.current": false, "signIns.1.current": true, "signIns.0.device": "browser of wang"})
	theirs := li.say(mine, nil, "Cookie", lis).text("signIns.0.id")
	wang.say(end, vars{"s": theirs}, "Cookie", cookie).refused("session.not_found")
	wang.say(of, vars{"p": lisID}, "Cookie", cookie).refused("access.denied")
	wang.say(end, vars{"s": list.text("signIns.0.id")}, "Cookie", cookie).is(map[string]any{"revokeSignIn.position": 0})
	wang.say(whoAmI, nil, "Cookie", other).refused("session.ended")

	stranger, admin := h.from(t, "other", "test", access.Admin), h.as(t, access.Admin)
	stranger.ask(of, vars{"p": lisID}).is(map[string]any{"signIns": []any{}})
	stranger.say(end, vars{"s": theirs}).refused("session.not_found")
	admin.ask(of, vars{"p": lisID}).is(map[string]any{"signIns.0.id": theirs})
	admin.ask(end, vars{"s": theirs})
	li.say(whoAmI, nil, "Cookie", lis).refused("session.ended")
	wang.say(whoAmI, nil, "Cookie", cookie).is(map[string]any{"viewer.id": person})
	admin.say(end, vars{"s": "nonsense"}).refused("session.not_found")
	(caller{house: h, t: t}).say(mine, nil).refused("access.no_token")
}

func TestRolesAreGrantedAndTaken(t *testing.T) {
	t.Parallel()
	h := open(t)
	admin := h.as(t, access.Admin)
	wang, li := staff.ID("https://id.example", "wang"), staff.ID("https://id.example", "li")
	const grant, revoke = `mutation($i: GrantRoleInput!) { grantRole(input: $i) { position roles } }`, `mutation($i: RevokeRoleInput!) { revokeRole(input: $i) { position roles } }`
	admin.ask(grant, vars{"i": vars{"person": wang, "role": "ADMIN"}})
	at := admin.ask(grant, vars{"i": vars{"person": li, "role": "AUTHOR", "org": "school/math", "environments": []string{"test", "test"}}}).number("grantRole.position")
	admin.ask(`query($at: Long) { staff(at: $at) { nodes { person { id } roles { role org environments grantedBy { id } } } } }`, vars{"at": at}).is(map[string]any{
		"staff.nodes.0.person.id": wang, "staff.nodes.1.roles": []any{vars{"role": "AUTHOR", "org": "school/math", "environments": []string{"test"}, "grantedBy": vars{"id": "school-admin"}}}})
	admin.say(revoke, vars{"i": vars{"person": wang, "role": "ADMIN", "reason": "left"}}).refused("staff.last_admin")
	at = admin.ask(grant, vars{"i": vars{"person": li, "role": "ADMIN"}}).number("grantRole.position")
	admin.ask(`query($at: Long) { staff(at: $at) { nodes { since } } }`, vars{"at": at})
	admin.ask(revoke, vars{"i": vars{"person": wang, "role": "ADMIN", "reason": "left"}}).is(map[string]any{"revokeRole.roles": []any{}})
	admin.say(grant, vars{"i": vars{"person": "wang", "role": "AUTHOR"}}).refused("staff.person")
	admin.say(grant, vars{"i": vars{"person": wang, "role": "AUTHOR", "environments": []string{"P R O D"}}}).refused("environment.name")
	h.from(t, "school/math", "test", access.Admin).say(grant, vars{"i": vars{"person": wang, "role": "AUTHOR", "org": "school"}}).refused("not_found")
	roles := admin.ask(`{ roles { name permissions } }`, nil)
	if n := len(roles.list("roles")); n != len(access.Roles) {
		t.Errorf("%d roles", n)
	}
}

func TestAPIKeysAreMadeUsedAndEnded(t *testing.T) {
	t.Parallel()
	h := open(t)
	admin := h.as(t, access.Admin)
	const create = `mutation($i: CreateApiKeyInput!) { createApiKey(input: $i) { secret position apiKey { id prefix title roles environments networks lastUsedAt revokedAt } } }`
	crm := vars{"title": "CRM", "roles": []string{"ANALYST"}, "environments": []string{"prod"}, "networks": []string{"192.0.2.0/24", "2001:db8::1"}, "days": 30}
	admin.say(create, vars{"i": crm}).refused("access.not_yours_to_give")
	made := h.from(t, "school", "prod", access.Admin).ask(create, vars{"i": crm})
	secret, id := made.text("createApiKey.secret"), made.text("createApiKey.apiKey.id")
	made.is(map[string]any{"createApiKey.apiKey.prefix": secret[4:12], "createApiKey.apiKey.networks": []string{"192.0.2.0/24", "2001:db8::1/128"},
		"createApiKey.apiKey.lastUsedAt": nil, "createApiKey.apiKey.revokedAt": nil})
	program := caller{house: h, t: t, token: secret} // httptest's requests come from 192.0.2.1
	program.ask(whoAmI, nil).is(map[string]any{"viewer.id": "key:" + secret[4:12], "viewer.signIn": "KEY", "viewer.roles": []string{"analyst"}, "viewer.environment": "prod",
		"viewer.environments": []string{"prod"}})
	program.say(whoAmI, nil, "Qbank-Environment", "test").refused("access.environment")
	program.say(create, vars{"i": vars{"title": "x", "roles": []string{"ANALYST"}, "days": 1}}).refused("access.denied")
	listed := admin.ask(`{ apiKeys { nodes { id title lastUsedAt createdBy { id } } } }`, nil).is(map[string]any{"apiKeys.nodes.0.id": id, "apiKeys.nodes.0.createdBy.id": "school-admin"})
	if used, err := time.Parse(time.RFC3339Nano, listed.text("apiKeys.nodes.0.lastUsedAt")); err != nil || time.Since(used) > time.Minute {
		t.Errorf("used %v, %v", used, err)
	}
	if strings.Contains(listed.raw, secret[13:]) {
		t.Error("the secret is shown again")
	}
	for code, change := range map[string]vars{
		"api_key.expiry": {"days": 1000}, "api_key.networks": {"networks": []string{"x"}}, "api_key.invalid": {"title": ""}, "api_key.roles": {"roles": []string{}}, "not_found": {"org": "other"},
	} {
		input := vars{"title": "x", "roles": []string{"ANALYST"}, "days": 1}
		for name, value := range change {
			input[name] = value
		}
		admin.say(create, vars{"i": input}).refused(code)
	}
	const end = `mutation($i: RevokeApiKeyInput!) { revokeApiKey(input: $i) { position apiKey { revokedAt revokedBy { id } reason } } }`
	h.from(t, "other", "test", access.Admin).say(end, vars{"i": vars{"apiKey": id, "reason": "x"}}).refused("api_key.not_found")
	admin.ask(end, vars{"i": vars{"apiKey": id, "reason": "lost"}}).is(map[string]any{"revokeApiKey.apiKey.reason": "lost", "revokeApiKey.apiKey.revokedBy.id": "school-admin"})
	if a := program.say(whoAmI, nil).refused("api_key.refused"); a.status != http.StatusUnauthorized {
		t.Errorf("%d", a.status)
	}
}

func TestTheAuthorsDoorIsBounded(t *testing.T) {
	t.Parallel()
	h := open(t)
	few := func(n int) ratelimit.Limit { return ratelimit.Limit{PerSecond: 0.001, Burst: n} }
	limits, err := ratelimit.New(ratelimit.Options{Limits: map[ratelimit.Class]ratelimit.Limit{
		ratelimit.Queries: few(4), ratelimit.Mutations: few(1), ratelimit.Failed: few(1), ratelimit.Open: few(1)}})
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := token.NewVerifier(h.signer.Public(), nil)
	if err != nil {
		t.Fatal(err)
	}
	door, err := (&graphql.Door{Stack: h.Stack, Tokens: verifier, Limits: limits}).Handler()
	if err != nil {
		t.Fatal(err)
	}
	bounded := *h
	bounded.door = door
	author := bounded.as(t, access.Author)
	nothing := `mutation { withdrawQuestion(input: {question: "01890a5d-ac96-774b-bcce-b302099a8057", revision: 1}) { position } }`
	author.say(nothing, nil).refused("question.not_found")
	author.say(nothing, nil).refused("rate.limited")
	author.ask(`{ viewer { id } }`, nil)
	author.ask(`{ viewer { id } }`, nil)
	if a := author.say(`{ viewer { id } }`, nil).refused("rate.limited"); a.status != http.StatusTooManyRequests || a.header.Get("Retry-After") != "1000" || a.Errors[0].Extensions.Details["retry_after"] != 1000.0 {
		t.Errorf("%d %v %s", a.status, a.header, a.raw)
	}
	nobody := caller{house: &bounded, t: t}
	nobody.ask(`{ __typename }`, nil)
	nobody.say(`{ __typename }`, nil).refused("rate.limited")
	forger := caller{house: &bounded, t: t, token: "x.y.z"}
	forger.say(`{ __typename }`, nil).refused("token.invalid")
	forger.say(`{ __typename }`, nil).refused("rate.limited")
	bounded.as(t, access.Reviewer).ask(`{ viewer { id } }`, nil) // of the same address
}

// A stream ends with the session that it was opened in.
func TestAStreamEndsWithItsSession(t *testing.T) {
	t.Parallel()
	h := open(t)
	wang, _, cookie := h.signed(t, "wang", staff.Grant{Org: "school", Role: access.Author})
	author := h.as(t, access.Author)
	q := author.create(single("2+2?", 1), nil)
	l := wang.listen(followQuestion, vars{"id": q.id}, "Cookie", cookie)
	q = author.must("editQuestion", q, vars{"content": single("2+3?", 1)})
	l.next().is(map[string]any{"questionChanged.question.revision": 2})
	mine := wang.say(`{ signIns { id } }`, nil, "Cookie", cookie).text("signIns.0.id")
	wang.say(`mutation($s: ID!) { revokeSignIn(input: {session: $s}) { position } }`, vars{"s": mine}, "Cookie", cookie)
	author.must("editQuestion", q, vars{"content": single("2+4?", 1)})
	if a := l.next(); len(a.Errors) == 0 || a.Errors[0].Extensions.Kind != "unauthenticated" {
		t.Error(a.raw)
	}
	l.ends()
}

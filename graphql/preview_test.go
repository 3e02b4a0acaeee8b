package graphql_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"qbank/domain/access"
)

const previewDocument = `query($q: ID, $l: ID, $p: PreviewPoint, $s: Boolean, $stage: String, $locale: String) {
	preview(question: $q, lesson: $l, point: $p, solutions: $s, stage: $stage, locale: $locale, device: {platform: "ios"}, seed: 5) { ticket path expiresAt view } }`

func TestAPreviewIsWhatAStudentWouldGet(t *testing.T) {
	t.Parallel()
	h := teach(t)
	author := h.as(t, access.Author)
	h.settle(t)
	shown := author.ask(previewDocument, vars{"q": h.choice.code})
	shown.is(map[string]any{"preview.view.items.0.view.stem.text": "2+2? " + mark, "preview.view.device.platform": "ios", "preview.view.environment": "test", "preview.path": "/preview/" + shown.text("preview.ticket")})
	if strings.Contains(shown.raw, `"key"`) || strings.Contains(shown.raw, "solution") {
		t.Error("a preview tells the key")
	}
	author.ask(previewDocument, vars{"q": h.choice.id, "s": true, "p": vars{"version": 1}}).is(map[string]any{"preview.view.items.0.solution.key": "o1", "preview.view.version": 1})
	author.ask(previewDocument, vars{"l": h.lesson}).is(map[string]any{"preview.view.title": mark + " lesson", "preview.view.items.0.max": 2, "preview.view.items.1.slot": "b"})
	author.ask(previewDocument, vars{"l": h.lesson, "p": vars{"live": true}}).is(map[string]any{"preview.view.version": 1})
	for code, v := range map[string]vars{
		"preview.ask": {}, "point.invalid": {"q": h.choice.id, "p": vars{"version": 1, "revision": 1}}, "revision.not_found": {"q": h.choice.id, "p": vars{"revision": 99}},
		"preview.stage_unknown": {"l": h.lesson, "stage": "x"}, "lesson.not_found": {"l": rawID(t, h.choice.id)},
	} {
		author.say(previewDocument, v).refused(code)
	}
	h.from(t, "school", "", access.Author).say(previewDocument, vars{"l": h.lesson, "p": vars{"live": true}}).refused("access.no_environment")
	h.from(t, "school", "prod", access.Author).say(previewDocument, vars{"l": h.lesson, "p": vars{"live": true}}).refused("lesson.not_live")
	h.from(t, "other", "test", access.Author).say(previewDocument, vars{"l": h.lesson}).refused("lesson.not_found")
	h.as(t, access.Teacher).say(previewDocument, vars{"l": h.lesson}).refused("access.denied")
}

func TestALinkIsMadeListedAndRevoked(t *testing.T) {
	t.Parallel()
	h := open(t)
	author := h.as(t, access.Author)
	q := author.create(single("2+2?", 1), nil)
	share := func(c caller, hours int) answer {
		return c.say(`mutation($i: CreatePreviewLinkInput!) { createPreviewLink(input: $i) { position link { id path qrPath note solutions revision version expiresAt createdAt revokedAt question { id } lesson { id } } } }`,
			vars{"i": vars{"question": q.id, "expiresInHours": hours, "note": "look"}})
	}
	made := share(author, 720)
	made.is(map[string]any{"createPreviewLink.position": 0, "createPreviewLink.link.note": "look", "createPreviewLink.link.solutions": false, "createPreviewLink.link.revision": 1,
		"createPreviewLink.link.version": nil, "createPreviewLink.link.question.id": q.id, "createPreviewLink.link.lesson": nil, "createPreviewLink.link.revokedAt": nil})
	path, id := made.text("createPreviewLink.link.path"), made.text("createPreviewLink.link.id")
	pins, err := h.previews.Tickets.Open(t.Context(), strings.TrimPrefix(path, "/preview/"))
	if err != nil || pins.Org != "school" || made.text("createPreviewLink.link.qrPath") != path+"/qr.svg" {
		t.Errorf("%+v, %v", pins, err)
	}
	share(author, 721).refused("preview.lifetime")
	for _, hours := range []int{0, -1, math.MinInt32, math.MaxInt32} {
		share(author, hours).refused("preview.lifetime")
	}
	share(h.from(t, "other", "test", access.Author), 1).refused("question.not_found")
	share(h.as(t, access.Teacher), 1).refused("access.denied")
	author.ask(`{ previewLinks { id path note } }`, nil).is(map[string]any{"previewLinks": []any{vars{"id": id, "path": nil, "note": "look"}}})
	h.as(t, access.Reviewer).ask(`{ previewLinks { id } }`, nil).is(map[string]any{"previewLinks": []any{}})
	revoke := func(c caller) answer {
		return c.say(`mutation($i: RevokePreviewLinkInput!) { revokePreviewLink(input: $i) { link { id revokedAt } } }`, vars{"i": vars{"link": id}})
	}
	revoke(h.as(t, access.Reviewer)).refused("preview.link_not_found")
	revoke(h.from(t, "other", "test", access.Admin)).refused("preview.link_not_found")
	if revoke(author).at("revokePreviewLink.link.revokedAt") == nil {
		t.Error("not revoked")
	}
	if _, err := h.previews.Tickets.Open(t.Context(), strings.TrimPrefix(path, "/preview/")); err == nil {
		t.Error("it still leads somewhere")
	}
}

func TestALinkLivesForMinutesOrHours(t *testing.T) {
	t.Parallel()
	h := open(t)
	author := h.as(t, access.Author)
	q := author.create(single("2+2?", 1), nil)
	lasting := func(life vars) answer {
		life["question"] = q.id
		return author.say(`mutation($i: CreatePreviewLinkInput!) { createPreviewLink(input: $i) { link { id createdAt expiresAt } } }`, vars{"i": life})
	}
	for minutes, refused := range map[int]bool{4: true, 5: false, 43200: false, 43201: true, 0: true, math.MinInt32: true, math.MaxInt32: true} {
		made := lasting(vars{"expiresInMinutes": minutes})
		if refused {
			made.refused("preview.lifetime")
			continue
		}
		from, _ := time.Parse(time.RFC3339, made.text("createPreviewLink.link.createdAt"))
		until, _ := time.Parse(time.RFC3339, made.text("createPreviewLink.link.expiresAt"))
		if got := until.Sub(from); got != time.Duration(minutes)*time.Minute {
			t.Errorf("%d minutes are %s", minutes, got)
		}
	}
	lasting(vars{}).refused("preview.lifetime")
	lasting(vars{"expiresInMinutes": 60, "expiresInHours": 1}).refused("preview.lifetime")
}

package delivery_test

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/google/uuid"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/content"
	"qbank/domain/lesson"
	"qbank/domain/question"
	"qbank/domain/scoring"
	"qbank/internal/library"
)

// keep uploads a file as an author of an organisation.
func (n *node) keep(org, file string) library.Kept {
	n.t.Helper()
	actor := access.Actor{ID: "author", Roles: []access.Role{access.Author}, Scope: access.Scope{Org: org}}
	kept, err := n.Library.Take(context.Background(), actor, library.Upload{Body: strings.NewReader(file), Title: "a file"})
	if err != nil {
		n.t.Fatal(err)
	}
	return kept
}

func (n *node) of(org string) client {
	return n.client(access.Actor{ID: "li", Roles: []access.Role{access.Student}, Scope: access.Scope{Org: org, Environment: env}})
}

func TestAFileIsServedWholeAndInParts(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	pdf := "%PDF-1.7\n" + strings.Repeat("0123456789", 100)
	kept := n.keep(school, pdf)
	at := "/v1/blobs/" + string(kept.Hash)
	li := n.student("li")
	whole := li.get(at).is(200)
	if string(whole.body) != pdf {
		t.Fatalf("%d bytes", len(whole.body))
	}
	for name, want := range map[string]string{"Content-Type": "application/pdf", "Etag": `"` + string(kept.Hash) + `"`, "X-Content-Type-Options": "nosniff",
		"Cache-Control": "private, max-age=31536000, immutable", "Content-Disposition": "", "Accept-Ranges": "bytes",
		"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox"} {
		if got := whole.header.Get(name); got != want {
			t.Errorf("%s is %q", name, got)
		}
	}
	if part := li.with("Range", "bytes=9-13").get(at).is(206); string(part.body) != "01234" || part.header.Get("Content-Range") != "bytes 9-13/1009" {
		t.Errorf("%q, %v", part.body, part.header)
	}
	li.with("Range", "seconds=1-2").get(at).is(200)
	li.with("Range", "bytes=2000-").get(at).refused(416, "blob.range")
	li.with("If-None-Match", `"`+string(kept.Hash)+`"`).get(at).is(304)
	if head := li.send("HEAD", at, nil).is(200); len(head.body) > 0 || head.header.Get("Content-Length") != "1009" {
		t.Errorf("%v", head.header)
	}
}

func TestPagesAndDrawingsCannotRunInOurOrigin(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	for kind, file := range map[string]string{
		"image/svg+xml":            `<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script><rect width="1"/></svg>`,
		"text/html; charset=utf-8": `<!doctype html><p onclick="alert(1)">a<script>alert(1)</script></p>`,
	} {
		kept := n.keep(school, file)
		got := n.student("li").get("/v1/blobs/" + string(kept.Hash)).is(200)
		if bytes.Contains(got.body, []byte("alert")) || got.header.Get("Content-Type") != kind || got.header.Get("Content-Disposition") != "attachment" ||
			!strings.Contains(got.header.Get("Content-Security-Policy"), "sandbox") || got.header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %s, %v", kind, got.body, got.header)
		}
		if len(kept.Removed) == 0 || kept.Sent == "" || kept.Sent == kept.Hash {
			t.Errorf("%+v", kept)
		}
		n.student("li").get("/v1/blobs/"+string(kept.Sent)).refused(404, "blob.not_found")
	}
}

// A file is for the organisations around the one that keeps it, whoever else names its hash.
func TestAFileOfOthersDoesNotExist(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	own := n.keep(school+"/maths", "%PDF-own")
	at := "/v1/blobs/" + string(own.Hash)
	for org, want := range map[string]int{school: 200, school + "/maths": 200, school + "/maths/7b": 200, school + "/art": 404, "other": 404, "schoolx": 404} {
		for range 2 { // once asked, once remembered
			if got := n.of(org).get(at); got.status != want {
				t.Errorf("%s: %d %s", org, got.status, got.body)
			}
		}
	}
	theirs := access.Actor{ID: "spy", Roles: []access.Role{access.Admin}, Scope: access.Scope{Org: "other"}}
	n.do(theirs, commands.CreateQuestion{Type: choiceType, Content: withPicture(string(own.Hash))})
	n.of("other").get(at).refused(404, "blob.not_found")
}

func withPicture(hash string) any {
	doc := choice("Which bridge?", "a").(map[string]any)
	doc["media"] = []any{map[string]any{"id": "m", "resource": hash}}
	return doc
}

func TestAQuestionWithAPictureIsGivenOnceThePictureIsThere(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	const file = "%PDF-picture"
	hash := string(content.HashBytes([]byte(file)))
	id := n.do(author, commands.CreateQuestion{Type: choiceType, Content: withPicture(hash)}).ID
	if _, err := n.Commands.Do(t.Context(), author, commands.SubmitQuestion{Question: id, Revision: commands.Anything}); err == nil ||
		!strings.Contains(err.Error(), `question.asset_missing`) || !strings.Contains(err.Error(), "/media/0/resource") {
		t.Fatalf("got %v", err)
	}
	n.keep(school, file)
	n.approve(id, withPicture(hash), question.Revision)
	n.student("li").get("/v1/blobs/" + hash).is(200)
}

// A lesson of the whole school holds a question of one department, with the department's own picture.
func TestAPictureGoesWhereItsQuestionIsGiven(t *testing.T) {
	t.Parallel()
	n := newNode(t)
	const file = "%PDF-picture"
	hash := string(content.HashBytes([]byte(file)))
	n.keep(school+"/maths", file)
	maths := access.Actor{ID: "maths", Roles: []access.Role{access.Admin}, Scope: access.Scope{Org: school + "/maths"}}
	id := n.do(maths, commands.CreateQuestion{Type: choiceType, Content: withPicture(hash)}).ID
	n.approve(id, withPicture(hash), question.Revision)
	theirs := access.Actor{ID: "spy", Roles: []access.Role{access.Admin}, Scope: access.Scope{Org: "other"}}
	stolen := n.do(theirs, commands.CreateQuestion{Type: choiceType, Content: choice("![]("+hash+")", "a")}).ID
	for _, c := range []commands.Command{commands.SubmitQuestion{Question: stolen, Revision: commands.Anything},
		commands.ApproveQuestion{Question: stolen, Revision: commands.Anything, Hash: content.HashOf(choice("![]("+hash+")", "a"))},
		commands.PublishQuestion{Question: stolen, Revision: commands.Anything, Kind: question.Revision}} {
		by := theirs
		if _, approves := c.(commands.ApproveQuestion); approves {
			by.ID = "second spy"
		}
		n.do(by, c)
	}
	l := n.do(theirs, commands.CreateLesson{Plan: lesson.Plan{Title: "Theirs " + hash, Items: []lesson.Item{{Slot: "a", Question: stolen, Max: scoring.OneMark}}}}).ID
	n.do(theirs, commands.PublishLesson{Lesson: l, Revision: commands.Anything})
	given := n.do(theirs, commands.ReleaseLesson{Environment: env, Lesson: l})
	art := n.of(school + "/art")
	art.get("/v1/blobs/"+hash).refused(404, "blob.not_found")
	n.release(uuid.Nil, lesson.Plan{Items: []lesson.Item{{Slot: "a", Question: id, Max: scoring.OneMark}}})
	for _, model := range []string{"resources", "lessons"} {
		if err := n.Engine.Wait(t.Context(), model, given.Position+1); err != nil {
			t.Fatal(err)
		}
	}
	n.eventually(func() bool { return art.get("/v1/blobs/"+hash).status == 200 }) // that there was none is soon forgotten
	n.of("other").get("/v1/blobs/"+hash).refused(404, "blob.not_found")
}

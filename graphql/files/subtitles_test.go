package files_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"qbank/commands"
	"qbank/domain/content"
	"qbank/domain/lesson"
)

func TestSubtitlesGoInAndOut(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.work()
	medium := lesson.Medium{SHA256: content.Hash(strings.Repeat("1", 64)), Duration: 10_000, Type: "video/mp4"}
	made, err := s.stack.Commands.Do(t.Context(), anna, commands.CreateLesson{Plan: lesson.Plan{Title: "Film", Mode: lesson.Recorded, Stages: []lesson.Stage{
		{ID: "film", Kind: lesson.Video, Medium: &medium}}}})
	if err != nil {
		t.Fatal(err)
	}
	const srt = "1\n00:00:01,000 --> 00:00:02,500\n大家好\n\n2\n00:00:03,000 --> 00:00:04,000\n<i>再见</i>\n"
	path := func(more string) string {
		return fmt.Sprintf("/files/subtitles?lesson=%s&stage=film&%s", made.ID, more)
	}
	post := func(token, more, file string) answer {
		return s.send("POST", path(more), token, "application/x-subrip", strings.NewReader(file))
	}
	dry := post("author@school", "format=srt&dry_run=true", srt+"\n3\n00:00:05,000 --> 00:00:04,000\nx\n")
	if want := `{"lines":[{"from":1000,"to":2500,"text":"大家好"},{"from":3000,"to":4000,"text":"再见"}],"problems":[{"line":10,"code":"backwards","message":"the cue ends before it begins"}]}`; string(dry.body) != want {
		t.Errorf("a dry run says %s", dry.body)
	}
	for name, c := range map[string]struct {
		token, more, file, code string
		status                  int
	}{
		"nobody":               {"", "format=srt", srt, "access.no_token", http.StatusUnauthorized},
		"a teacher":            {"teacher@school", "format=srt&revision=1", srt, "access.denied", http.StatusForbidden},
		"another school":       {"author@other", "format=srt&language=zh-CN&revision=1", srt, "lesson.not_found", http.StatusNotFound},
		"no format":            {"author@school", "revision=1", srt, "subtitle.format", http.StatusBadRequest},
		"no revision":          {"author@school", "format=srt&language=zh-CN", srt, "revision.invalid", http.StatusBadRequest},
		"a kind of one's own":  {"author@school", "format=srt&kind=songs&revision=1", srt, "subtitle.kind", http.StatusBadRequest},
		"a language like this": {"author@school", "format=srt&language=%E4%B8%AD%E6%96%87&revision=1", srt, "lesson.invalid", http.StatusBadRequest},
		"a cue that is wrong":  {"author@school", "format=srt&language=zh-CN&revision=1", "00:00:01,000 -->\nx", "subtitle.invalid", http.StatusBadRequest},
		"no cues":              {"author@school", "format=srt&language=zh-CN&revision=1", "", "subtitle.empty", http.StatusBadRequest},
		"past the end":         {"author@school", "format=srt&language=zh-CN&revision=1", "00:00:09,000 --> 00:00:11,000\nx", "lesson.invalid", http.StatusBadRequest},
	} {
		got := post(c.token, c.more, c.file)
		if got.status != c.status || !strings.Contains(string(got.body), `"`+c.code+`"`) {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
		if c.code == "subtitle.invalid" && !strings.Contains(string(got.body), `"pointer":"/lines/1"`) {
			t.Errorf("%s: %s", name, got.body)
		}
	}
	var result struct {
		Revision int
		Position int64
		Lines    []lesson.Line
	}
	done := post("author@school", "format=srt&language=zh-CN&revision=1", srt)
	if err := json.Unmarshal(done.body, &result); err != nil || result.Revision != 2 || len(result.Lines) != 2 {
		t.Fatalf("%d %s", done.status, done.body)
	}
	chapters := s.send("POST", path("format=vtt&kind=chapters&revision=2"), "author@school", "text/vtt", strings.NewReader("WEBVTT\n\n00:00.000 --> 00:10.000\nAll of it\n"))
	if err := json.Unmarshal(chapters.body, &result); err != nil || result.Revision != 3 {
		t.Fatalf("%d %s", chapters.status, chapters.body)
	}
	removed := s.send("POST", path("format=srt&language=zh-CN&remove=true&dry_run=false&revision=3"), "author@school", "application/x-subrip", strings.NewReader(""))
	if err := json.Unmarshal(removed.body, &result); err != nil || result.Revision != 4 || len(result.Lines) != 0 {
		t.Fatalf("%d %s", removed.status, removed.body)
	}
	back := post("author@school", "format=srt&language=zh-CN&revision=4", srt)
	if err := json.Unmarshal(back.body, &result); err != nil || result.Revision != 5 {
		t.Fatalf("%d %s", back.status, back.body)
	}
	if err := s.stack.Engine.Wait(t.Context(), "lessons", result.Position); err != nil {
		t.Fatal(err)
	}
	get := func(token, more string) answer { return s.send("GET", path(more), token, "", nil) }
	if got := get("teacher@school", "format=srt&language=zh-CN"); string(got.body) != strings.ReplaceAll(strings.ReplaceAll(srt, "<i>", ""), "</i>", "")+"\n" ||
		got.header.Get("Content-Type") != "application/x-subrip; charset=utf-8" {
		t.Errorf("%v %s", got.header, got.body)
	}
	if got := get("teacher@school", "format=vtt&kind=chapters"); string(got.body) != "WEBVTT\n\n1\n00:00:00.000 --> 00:00:10.000\nAll of it\n\n" {
		t.Errorf("%s", got.body)
	}
	for more, code := range map[string]string{"format=srt&version=1": "lesson.not_found", "format=ass": "subtitle.format", "format=srt&version=x": "version.invalid"} {
		if got := get("teacher@school", more); !strings.Contains(string(got.body), code) {
			t.Errorf("%s: %s", more, got.body)
		}
	}
	if got := get("teacher@other", "format=srt&language=zh-CN"); got.status != http.StatusNotFound {
		t.Errorf("another school: %d %s", got.status, got.body)
	}
}

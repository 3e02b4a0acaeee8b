package files

import (
	"cmp"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"

	"github.com/google/uuid"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/fault"
	"qbank/domain/lesson"
	"qbank/graphql/engine"
	"qbank/interchange/subtitle"
	"qbank/projections/lessons"
)

// trackOf reads which track of which stage is meant: lesson, stage, kind (subtitles or chapters) and language.
func trackOf(q url.Values) (id uuid.UUID, stage string, track lesson.Track, err error) {
	text := q.Get("lesson")
	if bare, wrong := engine.ParseGlobalIDOf("Lesson", text); wrong == nil {
		text = bare
	}
	if id, err = uuid.Parse(text); err != nil {
		return id, "", track, fault.Refuse(fault.NotFound, "lesson.not_found", fault.Say("there is no such lesson", "没有这个讲次"))
	}
	track = lesson.Track{Plugin: lesson.Subtitles, Language: q.Get("language")}
	switch q.Get("kind") {
	case "", "subtitles":
	case "chapters":
		track = lesson.Track{Plugin: lesson.Chapters}
	default:
		return id, "", track, fault.Refuse(fault.Invalid, "subtitle.kind", fault.Say("kind is subtitles or chapters", "kind 应为 subtitles 或 chapters"))
	}
	return id, q.Get("stage"), track, nil
}

// imported is what an upload of subtitles came to.
type imported struct {
	Revision int           `json:"revision,omitempty"` // of the lesson, afterwards
	Position int64         `json:"position,omitempty"` // to read one's own write
	Lines    []lesson.Line `json:"lines"`
	Problems []problem     `json:"problems,omitempty"` // of a dry run
}

type problem struct {
	Line    int    `json:"line"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

// importSubtitles makes an uploaded file an edit of the draft that was seen (revision). With dry_run it only tells what the file holds and
// what is wrong with it. A file without cues takes the track away only where remove says so.
func (d *Door) importSubtitles(w http.ResponseWriter, r *http.Request, actor access.Actor) error {
	if err := plainFile(r); err != nil {
		return err
	}
	q := r.URL.Query()
	dry, err := dryRun(q)
	if err != nil {
		return err
	}
	lines, problems, err := subtitle.Read(http.MaxBytesReader(w, r.Body, subtitle.MaxFile+1), subtitle.Format(q.Get("format")))
	if err != nil {
		return err
	}
	if lines == nil {
		lines = []lesson.Line{}
	}
	result := imported{Lines: lines}
	if dry {
		for _, p := range problems {
			result.Problems = append(result.Problems, problem{p.Line, p.Code, p.Message.In(r.Header.Get("Accept-Language"))})
		}
		return send(w, result)
	}
	if err := subtitle.Refuse(problems); err != nil {
		return err
	}
	id, stage, track, err := trackOf(q)
	if err != nil {
		return err
	}
	revision, err := strconv.Atoi(q.Get("revision"))
	if err != nil || revision < 1 {
		return fault.Refuse(fault.Invalid, "revision.invalid", fault.Say("revision is the number of the revision you saw", "revision 应为您所看到的修订号"))
	}
	remove, err := strconv.ParseBool(cmp.Or(q.Get("remove"), "false"))
	if err != nil {
		return fault.Refuse(fault.Invalid, "import.args", fault.Say("remove is true or false", "remove 应为 true 或 false"))
	}
	if len(lines) == 0 && !remove {
		return fault.Refuse(fault.Invalid, "subtitle.empty", fault.Say("the file holds no cue; send remove=true to take the track away",
			"文件中没有字幕；如需删除该轨道，请加上 remove=true"))
	}
	track.Lines = lines
	done, err := d.Commands.Do(r.Context(), actor, commands.ImportSubtitles{Lesson: id, Revision: revision, Stage: stage, Track: track})
	if err != nil {
		return err
	}
	result.Revision, result.Position = done.Revision, done.Position
	return send(w, result)
}

func send(w http.ResponseWriter, value any) error {
	encoded, err := json.Marshal(value)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(encoded) // a client that went away will ask again
	return nil
}

var subtitleTypes = map[subtitle.Format]string{subtitle.SRT: "application/x-subrip", subtitle.VTT: "text/vtt"}

// exportSubtitles writes a track of the draft, or of a published version.
func (d *Door) exportSubtitles(w http.ResponseWriter, r *http.Request, actor access.Actor) error {
	q := r.URL.Query()
	id, stage, track, err := trackOf(q)
	if err != nil {
		return err
	}
	format := subtitle.Format(q.Get("format"))
	if err := format.Check(); err != nil {
		return err
	}
	version, err := strconv.Atoi(cmp.Or(q.Get("version"), "0"))
	if err != nil || version < 0 {
		return fault.Refuse(fault.Invalid, "version.invalid", fault.Say("version is a number, or missing for the draft", "version 应为数字，省略表示草稿"))
	}
	key := lessons.Key{Lesson: id, Version: version}
	plans, err := d.Lessons.Plans(r.Context(), actor.Scope.Org, []lessons.Key{key})
	if err != nil {
		return err
	}
	if plans[key] == nil {
		return fault.Refuse(fault.NotFound, "lesson.not_found", fault.Say("there is no such lesson", "没有这个讲次"))
	}
	if track, err = plans[key].Track(stage, track); err != nil {
		return err
	}
	w.Header().Set("Content-Type", subtitleTypes[format]+"; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="`+track.Plugin+"."+string(format)+`"`)
	return subtitle.Write(w, format, track.Lines)
}

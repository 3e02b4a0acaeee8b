package graphql

import (
	"strings"

	gql "github.com/graphql-go/graphql"

	"qbank/commands"
	"qbank/domain/lesson"
	"qbank/graphql/engine"
	"qbank/interchange/subtitle"
)

// lessonMediumMutations change what goes with the medium of a stage: its cut, its subtitles and chapters.
func (s *schema) lessonMediumMutations() []mutation {
	format := enum("SubtitleFormat", "A format of subtitles.", enumValue[subtitle.Format]{subtitle.SRT, "SubRip."}, enumValue[subtitle.Format]{subtitle.VTT, "WebVTT."})
	stage := must(gql.String, "Id of the stage.")
	return []mutation{
		aLesson(s.recutPayload()).onSeen("recutLesson",
			"Puts another cut of its medium into a stage. The cues follow by the edit list; those that are cut out go, with their questions, and are listed.",
			commands.RecutLesson{}.Needs(), inputs{"stage": stage, "medium": must(s.mediumInput, "The new medium."),
				"cut":    must(listIn(s.spanInput), "The edit list: what is kept of the old medium, in the order of the new one."),
				"dryRun": in(gql.Boolean, "Only tell.")}, (call).recutLesson),
		step(aLesson(s.lessonPayload), "importSubtitles", "Puts subtitles or chapters into a stage in place of those it had, as an edit of the revision you saw.", inputs{
			"stage": stage, "format": must(format, "Format of the file."), "file": must(engine.JSON, "The file's text."),
			"language": in(gql.String, "Language of subtitles, such as zh-CN."), "chapters": in(gql.Boolean, "The file has chapters."),
		}, (call).importSubtitles),
	}
}

// recutPayload tells what becomes of each cue, also when somebody only tries.
func (s *schema) recutPayload() *gql.Object {
	carried := object("CarriedCue", "What became of a cue of a medium that was cut anew.", func() []member[*lesson.Carried] {
		type q = *lesson.Carried
		return []member[q]{
			show("before", required(s.lessonCue), "The cue as it was.", func(q q) any { return &q.Cue }),
			show("now", many(s.lessonCue), "Where its pieces stand; none: it is cut out.", func(q q) any { return pointers(q.Now) }),
			show("lost", required(engine.Long), "Milliseconds of its period that are gone.", func(q q) any { return q.Lost }),
			show("slots", many(gql.String), "Questions that go with it, by slot.", func(q q) any {
				slots := make([]string, len(q.Items))
				for i, item := range q.Items {
					slots[i] = string(item.Slot)
				}
				return slots
			}),
		}
	})
	return payload("RecutLessonPayload", "What another cut of a medium came to.", s.lessonNow(),
		show("cues", many(carried), "What becomes of each cue of the stage.", func(o *outcome) any { return pointers(o.carried) }))
}

func (c call) recutLesson(id lesson.ID, revision int, a args) (*outcome, error) {
	var told []lesson.Carried
	o, err := c.carry(commands.RecutLesson{Lesson: id, Revision: revision, Stage: a.text("stage"), Medium: mediumOf(a.object("medium")), Cut: cutOf(a.objects("cut")),
		DryRun: a.yes("dryRun"), See: func(carried []lesson.Carried) { told = carried }})
	o.carried = told
	return o, err
}

// importSubtitles reads the file, which must be wholly right.
func (call) importSubtitles(id lesson.ID, revision int, a args) (commands.ImportSubtitles, error) {
	command := commands.ImportSubtitles{Lesson: id, Revision: revision, Stage: a.text("stage"), Track: lesson.Track{Plugin: lesson.Subtitles, Language: a.text("language")}}
	if a.yes("chapters") {
		command.Track.Plugin = lesson.Chapters
	}
	text, is := a["file"].(string)
	if !is {
		return command, wrongShape("/file")
	}
	lines, problems, err := subtitle.Read(strings.NewReader(text), choice(a, "format", subtitle.Format("")))
	if err == nil {
		err = subtitle.Refuse(problems)
	}
	command.Track.Lines = lines
	return command, err
}

package graphql

import (
	"maps"
	"slices"
	"strings"

	gql "github.com/graphql-go/graphql"

	"qbank/domain/access"
	"qbank/domain/cue"
	"qbank/domain/lesson"
	"qbank/graphql/engine"
)

// cueCount is how many cues of a plugin a stage has.
type cueCount struct {
	plugin string
	count  int
}

func sortedNames(counts map[string]int) []string { return slices.Sorted(maps.Keys(counts)) }

// cuesOf are the cues of one plugin, by its name; "": all.
func cuesOf(cues []lesson.Cue, plugin string) []any {
	out := []any{}
	for i := range cues {
		name, _, _ := strings.Cut(cues[i].Task.Plugin, "@")
		if plugin == "" || plugin == name {
			out = append(out, &cues[i])
		}
	}
	return out
}

func (s *schema) cueTypes() {
	s.cueCount = object("CueCount", "How many cues of a plugin a stage has.", func() []member[*cueCount] {
		type n = *cueCount
		return []member[n]{
			show("plugin", required(gql.String), "Name of the plugin.", func(n n) any { return n.plugin }),
			show("count", required(gql.Int), "How many.", func(n n) any { return n.count }),
		}
	})
	s.lessonCue = object("LessonCue", "Something that happens at a place of a stage (互动点).", func() []member[*lesson.Cue] {
		type q = *lesson.Cue
		return []member[q]{
			show("id", required(gql.String), "Stable and unique in the stage.", func(q q) any { return q.ID }),
			show("kind", required(s.cuePlace), "How it is bound.", func(q q) any { return q.At.Kind }),
			show("from", engine.Long, "Milliseconds: of a moment when, of a period where it begins.", func(q q) any {
				if q.At.Kind == cue.Page {
					return nil
				}
				return q.At.From
			}),
			show("to", engine.Long, "Milliseconds: where a period ends.", func(q q) any {
				if q.At.Kind != cue.Period {
					return nil
				}
				return q.At.To
			}),
			show("each", s.cueRepeat, "Of a moment: which crossings count.", func(q q) any { return chosen(q.At.Each) }),
			show("page", gql.Int, "1, 2, 3 …", func(q q) any { return positive(q.At.Page) }),
			show("medium", gql.String, "Hash of the medium that the time is of.", func(q q) any { return filled(q.Medium) }),
			show("plugin", required(gql.String), "Plugin and version, such as question@1.0.0.", func(q q) any { return q.Task.Plugin }),
			show("data", engine.JSON, "What the plugin's schema describes.", func(q q) any {
				if q.Task.Data == nil {
					return nil
				}
				return q.Task.Data
			}),
		}
	})
	s.cuePlugin = object("CuePlugin", "A version of a kind of cue. It never changes.", func() []member[*cue.Plugin] {
		type p = *cue.Plugin
		return []member[p]{
			show("ref", required(gql.String), "Name and version, such as question@1.0.0.", func(p p) any { return p.Ref().String() }),
			show("places", many(s.cuePlace), "Where such a cue may stand.", func(p p) any {
				places := []any{}
				for _, place := range []cue.Place{cue.Moment, cue.Period, cue.Page} {
					if p.Allows(place) {
						places = append(places, place)
					}
				}
				return places
			}),
			show("interactive", required(gql.Boolean), "It asks something of the student: no two of them at the same time.", func(p p) any { return p.Interactive() }),
			show("document", required(engine.JSON), "The plugin's document: titles, and the JSON Schema of the data.", func(p p) any { return canonical(p.Document()) }),
		}
	})
}

func (s *schema) cueRoots() []root {
	return []root{{name: "cuePlugins", of: many(s.cuePlugin), needs: access.ReadLessons, about: "What cues of lessons may do.",
		resolve: func(c call) (any, error) {
			plugins := []any{}
			for _, p := range c.Commands.Cues.All() {
				plugins = append(plugins, p)
			}
			return plugins, nil
		}}}
}

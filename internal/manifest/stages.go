package manifest

import (
	"qbank/domain/content"
	"qbank/domain/cue"
	"qbank/domain/lesson"
)

// File is what is known of a file beside its hash.
type File struct {
	Source string // path under which it is fetched
	Size   int64  // bytes; 0: not known
	Type   string // media type; "": not known
}

// Stages writes what a plan arranges as members of a manifest: mode, stages with their cues, draws and files. It is a function of what is public
// alone: a draw tells how many questions it gives and what they are worth, never what its pool holds.
func Stages(plan lesson.Plan, plugins *cue.Registry, file func(content.Hash) File) map[string]any {
	members := map[string]any{}
	put(members, "mode", string(plan.Mode))
	if plan.KeepVersions {
		members["keep_versions"] = true
	}
	if len(plan.Draws) > 0 {
		draws := make([]any, len(plan.Draws))
		for i, d := range plan.Draws {
			draws[i] = map[string]any{"id": d.ID, "count": float64(d.Count), "max": float64(d.Max) / 1e6}
		}
		members["draws"] = draws
	}
	if len(plan.Stages) == 0 {
		return members
	}
	stages := make([]any, len(plan.Stages))
	for i, s := range plan.Stages {
		stages[i] = describeStage(plan, s, plugins)
	}
	members["stages"] = stages
	members["files"] = describeFiles(plan, plugins, file)
	return members
}

// put adds a text that is there.
func put(object map[string]any, name, text string) {
	if text != "" {
		object[name] = text
	}
}

func describeStage(plan lesson.Plan, s lesson.Stage, plugins *cue.Registry) map[string]any {
	stage := map[string]any{"id": s.ID, "kind": string(s.Kind)}
	put(stage, "title", s.Title)
	put(stage, "mode", string(plan.ModeOf(s)))
	put(stage, "judged", string(s.Judged))
	if m := s.Medium; m != nil {
		medium := map[string]any{"sha256": string(m.SHA256), "duration": float64(m.Duration), "type": m.Type}
		if m.Width > 0 && m.Height > 0 {
			medium["width"], medium["height"] = float64(m.Width), float64(m.Height)
		}
		stage["medium"] = medium
	}
	if b := s.Body; b != nil {
		assets := make(map[string]any, len(b.Assets))
		for _, a := range b.Assets {
			assets[a.ID] = string(a.SHA256)
		}
		stage["body"] = map[string]any{"format": b.Format, "text": b.Text, "assets": assets}
	}
	if w := s.Webpage; w != nil {
		stage["webpage"] = map[string]any{"url": w.URL, "pages": float64(w.Pages)}
	}
	if s.Kind == lesson.Interaction {
		stage["slots"], stage["draws"] = texts(s.Slots), texts(s.Draws)
	}
	cues := make([]any, 0, len(s.Cues))
	for _, c := range s.Cues {
		if plugin, _ := plugins.Find(c.Task.Plugin); plugin != nil {
			cues = append(cues, describeCue(c, plugin))
		}
	}
	if len(cues) > 0 {
		stage["cues"] = cues
	}
	return stage
}

func texts[T ~string](list []T) []any {
	out := make([]any, len(list))
	for i, s := range list {
		out[i] = string(s)
	}
	return out
}

// describeCue says when a cue comes, in milliseconds of its stage's medium, and what it does.
func describeCue(c lesson.Cue, plugin *cue.Plugin) map[string]any {
	at := map[string]any{"kind": string(c.At.Kind)}
	switch c.At.Kind {
	case cue.Moment:
		at["ms"], at["each"] = float64(c.At.From), string(c.At.Each)
	case cue.Period:
		at["from"], at["to"] = float64(c.At.From), float64(c.At.To)
	case cue.Page:
		at["page"] = float64(c.At.Page)
	}
	task := map[string]any{"plugin": c.Task.Plugin, "interactive": plugin.Interactive()}
	if c.Task.Data != nil {
		task["data"] = c.Task.Data
	}
	return map[string]any{"id": c.ID, "at": at, "task": task}
}

// describeFiles lists each file once, what is needed first first.
func describeFiles(plan lesson.Plan, plugins *cue.Registry, file func(content.Hash) File) []any {
	files, seen := []any{}, map[content.Hash]bool{}
	for _, f := range plan.Files(plugins) {
		if seen[f.SHA256] {
			continue
		}
		seen[f.SHA256] = true
		known := file(f.SHA256)
		described := map[string]any{"sha256": string(f.SHA256), "source": known.Source, "priority": float64(f.Stage)}
		if known.Size > 0 {
			described["size"] = float64(known.Size)
		}
		put(described, "type", known.Type)
		files = append(files, described)
	}
	return files
}

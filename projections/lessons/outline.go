package lessons

import (
	"slices"
	"strings"

	"qbank/domain/lesson"
)

// Outline is a plan without what makes it long.
type Outline struct {
	Plan lesson.Plan      `json:"plan"` // without the cues and the texts of its stages
	Cues []map[string]int `json:"cues"` // of each stage: how many cues, by the plugin's name
}

func outlineOf(p lesson.Plan) Outline {
	o := Outline{Plan: p, Cues: make([]map[string]int, len(p.Stages))}
	o.Plan.Stages = slices.Clone(p.Stages)
	for i := range o.Plan.Stages {
		s := &o.Plan.Stages[i]
		o.Cues[i] = map[string]int{}
		for _, c := range s.Cues {
			name, _, _ := strings.Cut(c.Task.Plugin, "@")
			o.Cues[i][name]++
		}
		s.Cues, s.Body = nil, nil
	}
	return o
}

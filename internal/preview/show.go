package preview

import (
	"context"
	"encoding/json"

	"github.com/google/uuid"

	"qbank/domain/content"
	"qbank/domain/lesson"
	"qbank/domain/resource"
	"qbank/internal/manifest"
)

// View is what is previewed, as a student would get it.
type View struct {
	Question    *uuid.UUID `json:"question,omitempty"`
	Lesson      *uuid.UUID `json:"lesson,omitempty"`
	Version     int        `json:"version,omitempty"` // of it; absent for a draft
	Revision    int        `json:"revision"`
	Title       string     `json:"title,omitempty"`
	Reveal      string     `json:"reveal,omitempty"`
	MaxAttempts *int       `json:"max_attempts,omitempty"` // of a lesson; 0: any number
	Start       Start      `json:"start,omitzero"`
	Items       []ItemView `json:"items"`
	Device      Device     `json:"device,omitzero"`
	Locale      string     `json:"locale,omitempty"`
	Environment string     `json:"environment,omitempty"`

	Arranged map[string]any `json:"-"` // mode, stages, draws and files of a lesson, as members: those of its manifest
}

// MarshalJSON writes what is arranged among the other members.
func (v View) MarshalJSON() ([]byte, error) {
	type plain View
	encoded, err := json.Marshal(plain(v))
	if err != nil || len(v.Arranged) == 0 {
		return encoded, err
	}
	arranged := content.Canonical(v.Arranged)
	return append(append(arranged[:len(arranged)-1], ','), encoded[1:]...), nil
}

// ItemView is one question.
type ItemView struct {
	Slot     lesson.Slot         `json:"slot"`
	Question uuid.UUID           `json:"question"`
	Version  int                 `json:"version,omitempty"` // absent for a draft
	Revision int                 `json:"revision"`
	Type     string              `json:"type"`
	Max      float64             `json:"max"`
	Public   string              `json:"sha256"` // of View
	View     json.RawMessage     `json:"view"`
	Orders   map[string][]string `json:"orders,omitempty"`
	Solution json.RawMessage     `json:"solution,omitempty"` // where the maker of the preview allows it
}

// Show returns what pins lead to. Its files are fetched below the path of the preview.
func (s *Stage) Show(ctx context.Context, pins Pins, path string) (View, error) {
	b, err := s.build(ctx, pins)
	if err != nil {
		return View{}, err
	}
	v := View{Version: pins.Version, Revision: pins.Revision, Start: pins.Start, Device: pins.Device, Locale: pins.Locale, Environment: pins.Environment,
		Items: make([]ItemView, len(b.items))}
	if pins.Question != uuid.Nil {
		v.Question = &pins.Question
	} else {
		v.Lesson, v.Title, v.Reveal, v.MaxAttempts = &pins.Lesson, b.plan.Title, string(b.plan.Reveal), &b.plan.MaxAttempts
		v.Arranged = manifest.Stages(b.plan, s.bus.Cues, func(h content.Hash) manifest.File { return manifest.File{Source: path + "/blobs/" + string(h)} })
	}
	for i, shown := range b.items {
		view := content.Canonical(shown.public)
		v.Items[i] = ItemView{Slot: shown.slot, Question: shown.question, Version: shown.version, Revision: shown.revision, Type: shown.typ.Ref().String(),
			Max: float64(shown.max) / 1e6, Public: string(content.HashBytes(view)), View: view, Orders: shown.orders}
		if pins.Solutions {
			v.Items[i].Solution = content.Canonical(shown.typ.Reveal(shown.public, shown.solution))
		}
	}
	return v, nil
}

// Names reports whether what is shown names a file: nobody gets another one by a preview.
func (s *Stage) Names(ctx context.Context, pins Pins, hash content.Hash) (bool, error) {
	b, err := s.build(ctx, pins)
	if err != nil {
		return false, err
	}
	named := map[content.Hash]int{}
	for _, file := range b.plan.Files(s.bus.Cues) {
		named[file.SHA256]++
	}
	for _, shown := range b.items {
		resource.Count(named, shown.public, 1)
		if pins.Solutions {
			resource.Count(named, shown.solution, 1)
		}
	}
	return named[hash] > 0, nil
}

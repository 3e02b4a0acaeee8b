package sim

import (
	"errors"
	"fmt"
	"strings"

	"qbank/commands"
	"qbank/domain/content"
	"qbank/domain/scoring"
)

// Responses are a right and a wrong answer to a question.
type Responses struct{ Right, Wrong any }

// ErrNoKey is a question that no rule scores, such as an essay.
var ErrNoKey = errors.New("the question has no key")

// Respond finds a right and some wrong answers from the question's key, and asks its own scoring rule whether they are.
func Respond(judge *commands.Judge) (Responses, error) {
	document := judge.Type.Join(judge.Public, judge.Solution)
	propose, known := proposals[judge.Type.Ref().ID]
	if !known {
		return Responses{}, ErrNoKey
	}
	var found Responses
	for _, response := range propose(document) {
		if len(judge.Type.CheckResponse(judge.Public, response)) > 0 {
			continue
		}
		result, err := judge.Scorer.Score(response)
		if err != nil {
			return found, fmt.Errorf("score a proposed response: %w", err)
		}
		switch {
		case result.Fraction == scoring.Full && found.Right == nil:
			found.Right = response
		case result.Fraction <= 0 && found.Wrong == nil:
			found.Wrong = response
		}
	}
	if found.Right == nil || found.Wrong == nil {
		return found, fmt.Errorf("no right and wrong answer found for a %s", judge.Type.Ref())
	}
	return found, nil
}

// proposals name candidates by type; the scoring rule decides which are right.
var proposals = map[string]func(document any) []any{
	"single-choice": func(d any) []any {
		return each(d, "/options", "id", func(id any) any { return map[string]any{"choice": id} })
	},
	"multiple-choice": func(d any) []any {
		key, _ := content.At(d, "/key")
		return append([]any{map[string]any{"choices": key}, map[string]any{"choices": []any{}}},
			each(d, "/options", "id", func(id any) any { return map[string]any{"choices": []any{id}} })...)
	},
	"true-false": func(any) []any { return []any{map[string]any{"value": true}, map[string]any{"value": false}} },
	"short-text": func(d any) []any {
		right := each(d, "/answers", "text", func(text any) any {
			return map[string]any{"text": strings.ReplaceAll(text.(string), "*", "")}
		})
		return append(right, map[string]any{"text": "¿?"})
	},
	"numeric": func(d any) []any {
		right := each(d, "/answers", "value", func(v any) any { return map[string]any{"value": v} })
		right = append(right, each(d, "/answers", "min", func(v any) any { return map[string]any{"value": v} })...)
		return append(right, map[string]any{"value": "-987654.321"})
	},
	"matching": func(d any) []any {
		pairs, _ := content.At(d, "/pairs")
		return []any{map[string]any{"pairs": pairs}, map[string]any{"pairs": []any{}}}
	},
}

// each makes a candidate of one member of each item of a list.
func each(document any, pointer, member string, make func(any) any) []any {
	list, _ := content.At(document, pointer)
	items, _ := list.([]any)
	var candidates []any
	for _, item := range items {
		if value, there := content.At(item, "/"+member); there {
			candidates = append(candidates, make(value))
		}
	}
	return candidates
}

package question_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"qbank/domain/question"
)

func TestMetadataAreTidied(t *testing.T) {
	t.Parallel()
	got, err := question.Metadata{Title: " Sums\n", Tags: []string{"b", " a", "a ", "", " "}, Points: []string{" "}}.Tidy()
	if want := (question.Metadata{Title: "Sums", Tags: []string{"a", "b"}}); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestMetadataOutOfBoundsAreRefusedByName(t *testing.T) {
	t.Parallel()
	many := make([]string, 51)
	for i := range many {
		many[i] = fmt.Sprint("tag ", i)
	}
	long := strings.Repeat("长", 301)
	for _, c := range []struct {
		m             question.Metadata
		pointer, code string
	}{
		{question.Metadata{Title: long}, "/title", "max_length"},
		{question.Metadata{Subject: long}, "/subject", "max_length"},
		{question.Metadata{Stage: long}, "/stage", "max_length"},
		{question.Metadata{Grade: long}, "/grade", "max_length"},
		{question.Metadata{Chapter: long}, "/chapter", "max_length"},
		{question.Metadata{Source: long}, "/source", "max_length"},
		{question.Metadata{Category: long}, "/category", "max_length"},
		{question.Metadata{Difficulty: long}, "/difficulty", "max_length"},
		{question.Metadata{Tags: []string{"ok", long}}, "/tags", "max_length"},
		{question.Metadata{Tags: many}, "/tags", "max_items"},
		{question.Metadata{Points: many}, "/points", "max_items"},
		{question.Metadata{Title: "a\x00b"}, "/title", "text"},
		{question.Metadata{Points: []string{"\xff"}}, "/points", "text"},
	} {
		_, err := c.m.Tidy()
		f := refused(t, err, "question.metadata")
		if len(f.Problems) != 1 || f.Problems[0].Pointer != c.pointer || f.Problems[0].Code != c.code {
			t.Errorf("got %+v, want %s at %s", f.Problems, c.code, c.pointer)
		}
	}
	if _, err := (question.Metadata{Title: strings.Repeat("长", 300), Tags: many[:50]}).Tidy(); err != nil {
		t.Errorf("what is within bounds is refused: %v", err)
	}
}

package guides

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
)

// Step is a request of a guide and what comes of it.
type Step struct {
	Line      int    // of the page, where the request begins
	Lang      string // graphql or sh
	As        string // who asks, of graphql: what qbank token is told, such as author or releaser --env prod
	Text      string
	Variables string // JSON; "": none
	Answer    string // JSON or lines of text; "": whatever it is
	AnswerIn  string // json or text
}

// block is what stands between two fences.
type block struct {
	line       int
	lang, text string
}

// Parse returns the steps of a page. Every fenced block has to be one, or to belong to one.
func Parse(page string) ([]Step, error) {
	blocks, err := fenced(page)
	if err != nil {
		return nil, err
	}
	var steps []Step
	for _, b := range blocks {
		if err := add(&steps, b); err != nil {
			return nil, fmt.Errorf("line %d: %w", b.line, err)
		}
	}
	for _, s := range steps {
		if s.Lang == "graphql" && s.Answer == "" {
			return nil, fmt.Errorf("line %d: the request has no answer", s.Line)
		}
	}
	return steps, nil
}

var asks = regexp.MustCompile(`^# (\w+(?: --\w+ \S+)*)\n`)

func add(steps *[]Step, b block) error {
	switch b.lang {
	case "graphql":
		m := asks.FindStringSubmatch(b.text)
		if m == nil {
			return fmt.Errorf("the first line says who asks, such as # author")
		}
		*steps = append(*steps, Step{Line: b.line, Lang: b.lang, As: m[1], Text: b.text})
		return nil
	case "sh":
		*steps = append(*steps, Step{Line: b.line, Lang: b.lang, Text: b.text})
		return nil
	case "json", "text":
		if len(*steps) == 0 || (*steps)[len(*steps)-1].Answer != "" {
			return fmt.Errorf("this %s answers nothing", b.lang)
		}
		return (*steps)[len(*steps)-1].follow(b)
	}
	return fmt.Errorf("a block is graphql, sh, json or text, not %q", b.lang)
}

// follow takes a block that stands behind a request.
func (s *Step) follow(b block) error {
	if s.Lang == "graphql" {
		if b.lang != "json" {
			return fmt.Errorf("graphql is answered in json")
		}
		var answer struct{ Data, Errors any }
		if err := json.Unmarshal([]byte(b.text), &answer); err != nil {
			return err
		}
		if answer.Data == nil && answer.Errors == nil {
			if s.Variables != "" {
				return fmt.Errorf("the answer has neither data nor errors")
			}
			s.Variables = b.text
			return nil
		}
	}
	s.Answer, s.AnswerIn = b.text, b.lang
	return nil
}

const fence = "```"

func fenced(page string) ([]block, error) {
	var blocks []block
	var open *block
	for i, line := range strings.Split(page, "\n") {
		lang, isFence := strings.CutPrefix(line, fence)
		switch {
		case isFence && open == nil:
			open = &block{line: i + 1, lang: lang}
		case isFence && lang == "":
			blocks, open = append(blocks, *open), nil
		case isFence:
			return nil, fmt.Errorf("line %d: a block begins inside the one of line %d", i+1, open.line)
		case open != nil:
			open.text += line + "\n"
		}
	}
	if open != nil {
		return nil, fmt.Errorf("line %d: the block does not end", open.line)
	}
	return blocks, nil
}

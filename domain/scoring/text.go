package scoring

import (
	"strconv"
	"strings"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// textMatch is text_match@1. Params:
//
//	response   pointer to the student's text
//	answers    pointer to the list of accepted answers, objects
//	text       name of the member that holds the text (default "text")
//	percent    name of the member that holds what it is worth (default "percent"; 100 where absent)
//	matchCase  pointer to a boolean of the content: true tells "Paris" from "paris"
//
// Both sides are written in NFKC (full-width letters and digits become plain ones), trimmed, and runs of white space
// become one space. In an answer '*' stands for any text, also none, and '\*' for an asterisk, as in Moodle. The best match
// counts, the first among equals.
type textMatch struct {
	response, answers, matchCase place
	text, percent                string
}

func newTextMatch(p *params) Rule {
	return textMatch{p.pointer("response", true), p.pointer("answers", true), p.pointer("matchCase", false),
		p.member("text", "text"), p.member("percent", "percent")}
}

func (textMatch) Scored() bool { return true }

func (m textMatch) Prepare(document any) (Scorer, error) {
	matchCase, _ := m.matchCase.in(document).(bool)
	s := &textScorer{response: m.response, matchCase: matchCase}
	list, _ := m.answers.in(document).([]any)
	for i, item := range list {
		object, _ := item.(map[string]any)
		text, ok := object[m.text].(string)
		if !ok {
			return nil, badContent(m.answers.pointer+"/"+strconv.Itoa(i), "an accepted answer needs a text", "可接受的答案需要文本")
		}
		s.answers = append(s.answers, textAnswer{newPattern(text, matchCase), worth(object, m.percent)})
	}
	if len(s.answers) == 0 {
		return nil, badContent(m.answers.pointer, "there are no accepted answers", "缺少可接受的答案")
	}
	return s, nil
}

// worth reads what an accepted answer is worth: full marks unless it says otherwise.
func worth(answer map[string]any, member string) Fraction {
	if percent, ok := answer[member].(float64); ok {
		return weightOf(percent).fraction()
	}
	return Full
}

type textAnswer struct {
	pattern pattern
	worth   Fraction
}

type textScorer struct {
	response  place
	matchCase bool
	answers   []textAnswer
}

func (s *textScorer) Score(response any) (Result, error) {
	if response == nil {
		return Result{Status: Scored}, nil
	}
	given, ok := s.response.in(response).(string)
	if !ok {
		return Result{}, badResponse(s.response.pointer, "there is no text here", "此处没有文本")
	}
	given = Fold(given, s.matchCase)
	best := -1
	for i, answer := range s.answers {
		if answer.pattern.matches(given) && (best < 0 || answer.worth > s.answers[best].worth) {
			best = i
		}
	}
	if best < 0 {
		return Result{Status: Scored, Parts: []Part{{}}}, nil
	}
	earned := s.answers[best].worth
	return Result{Status: Scored, Fraction: earned, Parts: []Part{{Item: strconv.Itoa(best), Right: earned > 0, Fraction: earned}}}, nil
}

// Fold writes a text as text_match@1 compares it: NFKC, trimmed, white space as single spaces, and case folded unless
// matchCase. Folding twice changes nothing.
func Fold(text string, matchCase bool) string {
	return strings.Join(strings.Fields(fold(text, matchCase)), " ")
}

func fold(text string, matchCase bool) string {
	text = norm.NFKC.String(text)
	if matchCase {
		return text
	}
	// Folding can take a text out of NFKC and back; four rounds settle every character there is.
	for range 4 {
		next := norm.NFKC.String(cases.Fold().String(text))
		if next == text {
			break
		}
		text = next
	}
	return text
}

// pattern is an accepted answer: the pieces between its wildcards, folded.
type pattern []string

func newPattern(text string, matchCase bool) pattern {
	pieces := splitWildcards(text)
	if len(pieces) == 1 {
		return pattern{Fold(pieces[0], matchCase)}
	}
	for i, piece := range pieces {
		piece = collapse(fold(piece, matchCase))
		if i == 0 {
			piece = strings.TrimPrefix(piece, " ")
		}
		if i == len(pieces)-1 {
			piece = strings.TrimSuffix(piece, " ")
		}
		pieces[i] = piece
	}
	return pieces
}

// collapse makes one space of each run of white space, also at the ends.
func collapse(text string) string {
	inner := strings.Join(strings.Fields(text), " ")
	switch {
	case inner == "" && text != "":
		return " "
	case inner == "":
		return ""
	}
	if first := strings.TrimLeft(text, " \t\n\r"); len(first) < len(text) {
		inner = " " + inner
	}
	if last := strings.TrimRight(text, " \t\n\r"); len(last) < len(text) {
		inner += " "
	}
	return inner
}

func splitWildcards(text string) []string {
	var pieces []string
	var piece strings.Builder
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '\\' && i+1 < len(text) && text[i+1] == '*':
			piece.WriteByte('*')
			i++
		case text[i] == '*':
			pieces = append(pieces, piece.String())
			piece.Reset()
		default:
			piece.WriteByte(text[i])
		}
	}
	return append(pieces, piece.String())
}

// matches looks for the pieces from left to right, which is right because a wildcard stands for anything.
func (p pattern) matches(text string) bool {
	if len(p) == 1 {
		return text == p[0]
	}
	first, last := p[0], p[len(p)-1]
	if len(text) < len(first)+len(last) || !strings.HasPrefix(text, first) || !strings.HasSuffix(text, last) {
		return false
	}
	text = text[len(first) : len(text)-len(last)]
	for _, piece := range p[1 : len(p)-1] {
		at := strings.Index(text, piece)
		if at < 0 {
			return false
		}
		text = text[at+len(piece):]
	}
	return true
}

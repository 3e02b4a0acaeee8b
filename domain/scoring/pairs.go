package scoring

import "strconv"

// matchPairs is match_pairs@1. Params: response, key (pointers to lists of pairs); from, to (names of the members that
// hold the two ids; default "premise" and "target").
//
// A right pair earns its share of the pairs in the key; a missing or a wrong one earns nothing. Who gives one premise more
// targets than the key does loses a right one for each beyond, so that answering everything earns nothing.
type matchPairs struct {
	response, key place
	from, to      string
}

func newMatchPairs(p *params) Rule {
	return matchPairs{p.pointer("response", true), p.pointer("key", true), p.member("from", "premise"), p.member("to", "target")}
}

func (matchPairs) Scored() bool { return true }

type pair struct{ from, to string }

func (m matchPairs) Prepare(document any) (Scorer, error) {
	s := &pairScorer{rule: m, wanted: map[pair]bool{}, targets: map[string]int{}}
	list, _ := m.key.in(document).([]any)
	for i, item := range list {
		p, ok := m.read(item)
		if !ok || s.wanted[p] {
			return nil, badContent(m.key.pointer+"/"+strconv.Itoa(i), "this is no pair, or one that stands twice", "不是配对，或配对重复")
		}
		s.wanted[p] = true
		s.targets[p.from]++
	}
	if len(s.wanted) == 0 {
		return nil, badContent(m.key.pointer, "there are no pairs", "缺少配对答案")
	}
	return s, nil
}

func (m matchPairs) read(item any) (pair, bool) {
	object, _ := item.(map[string]any)
	from, ok1 := object[m.from].(string)
	to, ok2 := object[m.to].(string)
	return pair{from, to}, ok1 && ok2
}

type pairScorer struct {
	rule    matchPairs
	wanted  map[pair]bool
	targets map[string]int // how many targets a premise has
}

func (s *pairScorer) Score(response any) (Result, error) {
	if response == nil {
		return Result{Status: Scored}, nil
	}
	list, ok := s.rule.response.in(response).([]any)
	if !ok {
		return Result{}, badResponse(s.rule.response.pointer, "there are no pairs here", "此处没有配对")
	}
	type tally struct{ given, right int }
	tallies := make(map[string]tally, len(list))
	seen := make(map[pair]bool, len(list))
	parts := make([]Part, 0, len(list))
	for i, item := range list {
		p, ok := s.rule.read(item)
		if !ok || seen[p] {
			return Result{}, badResponse(s.rule.response.pointer+"/"+strconv.Itoa(i), "this is no pair, or one that stands twice", "不是配对，或配对重复")
		}
		seen[p] = true
		t, part := tallies[p.from], Part{Item: p.from, Given: p.to, Right: s.wanted[p]}
		t.given++
		if part.Right {
			t.right++
			part.Fraction = share(1, len(s.wanted))
		}
		tallies[p.from] = t
		parts = append(parts, part)
	}
	earned := 0
	for from, t := range tallies {
		earned += max(0, t.right-max(0, t.given-s.targets[from]))
	}
	return Result{Status: Scored, Fraction: share(earned, len(s.wanted)), Parts: parts}, nil
}

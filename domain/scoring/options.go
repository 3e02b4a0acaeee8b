package scoring

import "strconv"

// mapResponse is map_response@1: options carry weights. Params:
//
//	response  pointer to an option's id or a list of ids
//	options   pointer to the list of options, objects with "id"
//	key       pointer to the right id or ids
//	percent   name of the member of an option that holds its weight in percent, with up to five decimals
//	          (default "percent"); where it is absent a right option weighs 100 divided by the number of
//	          right options, and a wrong one 0
//	minimum   the least sum in percent (default 0)
//	rule      pointer to an optional object of the content: {"mode", "partial", "minimum"}, where minimum
//	          goes before the parameter
//
// Modes: "weights" (the default) sums the weights of what was chosen and keeps the sum within minimum..100. "all" wants
// exactly the right options. "subset" gives partial percent (default 50) for some of the right ones
// and no wrong one. "share" gives that case the share of right options that were chosen.
type mapResponse struct {
	response, options, key, rule place
	percent                      string
	minimum                      weight
}

func newMapResponse(p *params) Rule {
	return mapResponse{
		response: p.pointer("response", true), options: p.pointer("options", true), key: p.pointer("key", true),
		rule: p.pointer("rule", false), percent: p.member("percent", "percent"), minimum: p.percent("minimum", 0),
	}
}

func (mapResponse) Scored() bool { return true }

type optionScorer struct {
	weights  map[string]option
	right    int
	mode     string
	partial  weight
	minimum  weight
	response place
}

type option struct {
	weight weight
	right  bool
}

func (m mapResponse) Prepare(document any) (Scorer, error) {
	s := &optionScorer{mode: "weights", partial: fullWeight / 2, minimum: m.minimum, weights: map[string]option{}, response: m.response}
	if err := s.readRule(m, document); err != nil {
		return nil, err
	}
	list, _ := m.options.in(document).([]any)
	for i, item := range list {
		object, _ := item.(map[string]any)
		id, ok := object["id"].(string)
		if _, twice := s.weights[id]; !ok || twice {
			return nil, badContent(m.options.pointer+"/"+strconv.Itoa(i), "an option needs an id of its own", "选项需要唯一的 id")
		}
		s.weights[id] = option{}
	}
	keys, isList := m.key.in(document).([]any)
	if !isList {
		keys = []any{m.key.in(document)}
	}
	for _, key := range keys {
		id, _ := key.(string)
		if o, known := s.weights[id]; !known || o.right {
			return nil, badContent(m.key.pointer, "the key names no option, or one twice", "答案未对应选项或重复")
		}
		s.weights[id] = option{right: true}
	}
	s.right = len(keys)
	for _, item := range list {
		object := item.(map[string]any)
		id := object["id"].(string)
		o := s.weights[id]
		if percent, given := object[m.percent].(float64); given {
			o.weight = weightOf(percent)
		} else if o.right {
			o.weight = fullWeight / weight(s.right)
		}
		s.weights[id] = o
	}
	return s, nil
}

func (s *optionScorer) readRule(m mapResponse, document any) error {
	rule, _ := m.rule.in(document).(map[string]any)
	if mode, ok := rule["mode"].(string); ok {
		s.mode = mode
	}
	if partial, ok := rule["partial"].(float64); ok {
		s.partial = weightOf(partial)
	}
	if minimum, ok := rule["minimum"].(float64); ok {
		s.minimum = weightOf(minimum)
	}
	switch s.mode {
	case "weights", "all", "subset", "share":
		return nil
	}
	return badContent(m.rule.pointer+"/mode", "there is no mode %q", "没有判分方式 %q", s.mode)
}

func (s *optionScorer) Score(response any) (Result, error) {
	if response == nil {
		return Result{Status: Scored}, nil
	}
	var sum weight
	right, wrong := 0, 0
	choose := func(id string) (Part, bool) {
		o, known := s.weights[id]
		if !known {
			return Part{}, false
		}
		sum += o.weight
		if o.right {
			right++
		} else {
			wrong++
		}
		return Part{Item: id, Right: o.right, Fraction: o.weight.fraction()}, true
	}
	var parts []Part
	switch given := s.response.in(response).(type) {
	case string:
		part, known := choose(given)
		if !known {
			return Result{}, s.unknown("", given)
		}
		parts = []Part{part}
	case []any:
		parts = make([]Part, 0, len(given))
		for i, item := range given {
			id, _ := item.(string)
			part, known := choose(id)
			if !known {
				return Result{}, s.unknown("/"+strconv.Itoa(i), id)
			}
			for _, before := range parts {
				if before.Item == id {
					return Result{}, badResponse(s.response.pointer, "an option was chosen twice", "重复选择了同一选项")
				}
			}
			parts = append(parts, part)
		}
	default:
		return Result{}, badResponse(s.response.pointer, "there is no answer here", "此处没有作答")
	}
	return Result{Status: Scored, Fraction: s.total(sum, right, wrong), Parts: parts}, nil
}

func (s *optionScorer) unknown(at, id string) error {
	return badResponse(s.response.pointer+at, "there is no option %.40q", "没有选项 %.40q", id)
}

func (s *optionScorer) total(sum weight, right, wrong int) Fraction {
	if s.mode == "weights" {
		if s.right > 1 && wrong == 0 && right == s.right && sum > fullWeight-weight(s.right) {
			sum = max(sum, fullWeight) // thirds of a whole are a whole
		}
		return max(s.minimum, min(sum, fullWeight)).fraction()
	}
	switch {
	case wrong > 0 || right == 0:
		return 0
	case right == s.right:
		return Full
	case s.mode == "subset":
		return s.partial.fraction()
	case s.mode == "share":
		return share(right, s.right)
	}
	return 0
}

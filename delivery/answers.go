package delivery

import (
	"net/http"
	"strconv"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/attempt"
	"qbank/domain/content"
	"qbank/domain/fault"
	"qbank/domain/lesson"
)

// AnswerOutcome is what became of one answer of a request with several: a receipt or a problem.
type AnswerOutcome struct {
	*attempt.Receipt
	Problem *Problem `json:"problem,omitempty"`
}

// maxLate bounds how long before its arrival a client may say that an answer was given, microseconds: 60 days offline.
const maxLate = 60 * 24 * 3600 * 1_000_000

// answer records answers. The body is one answer, or {"answers": [...]} with an outcome for each.
func (d *Door) answer(w http.ResponseWriter, r *http.Request, actor access.Actor) error {
	attemptID, err := id(r)
	if err != nil {
		return err
	}
	request, err := body(w, r)
	if err != nil {
		return err
	}
	sentMono, there := request["sent_mono"]
	if _, isNumber := sentMono.(float64); there && !isNumber {
		return shape("/sent_mono", fault.Say("milliseconds are a number", "毫秒应为数字"))
	}
	received := d.Now().UnixMicro()
	list, many := request["answers"]
	if !many {
		return d.answerOne(w, r, actor, attemptID, request, sentMono, received)
	}
	return d.answerMany(w, r, actor, attemptID, list, sentMono, received)
}

func (d *Door) answerOne(w http.ResponseWriter, r *http.Request, actor access.Actor, id attempt.ID, request map[string]any, sentMono any, received int64) error {
	answer, err := parseAnswer(request, sentMono, received)
	if err != nil {
		return err
	}
	var result [1]commands.AnswerResult
	command := commands.AnswerQuestions{Attempt: id, Answers: []commands.Answer{answer}, Results: result[:]}
	if _, err := d.Bus.Do(r.Context(), actor, command); err != nil {
		return err
	}
	if result[0].Err != nil {
		return result[0].Err
	}
	respondBytes(w, http.StatusOK, appendReceipt(make([]byte, 0, 160), result[0].Receipt))
	return nil
}

func (d *Door) answerMany(w http.ResponseWriter, r *http.Request, actor access.Actor, id attempt.ID, list, sentMono any, received int64) error {
	entries, ok := list.([]any)
	if !ok || len(entries) == 0 || len(entries) > maxAnswers {
		return shape("/answers", fault.Say("a list of 1 to %d answers is expected", "应为 1 到 %d 个答案的列表", maxAnswers))
	}
	outcomes := make([]AnswerOutcome, len(entries))
	command := commands.AnswerQuestions{Attempt: id}
	var at []int // where the outcome of each answer of the command goes
	for i, entry := range entries {
		fields, isObject := entry.(map[string]any)
		if !isObject {
			return shape("/answers/"+strconv.Itoa(i), fault.Say("an answer is an object", "答案应为对象"))
		}
		answer, err := parseAnswer(fields, sentMono, received)
		if err != nil {
			outcomes[i] = d.refused(r, i, err)
			continue
		}
		command.Answers, at = append(command.Answers, answer), append(at, i)
	}
	command.Results = make([]commands.AnswerResult, len(command.Answers))
	if _, err := d.Bus.Do(r.Context(), actor, command); err != nil {
		return err
	}
	for k, result := range command.Results {
		if result.Err != nil {
			outcomes[at[k]] = d.refused(r, at[k], result.Err)
			continue
		}
		outcomes[at[k]] = AnswerOutcome{Receipt: &result.Receipt}
	}
	return respond(w, http.StatusOK, map[string]any{"results": outcomes})
}

// refused is the outcome of the i-th answer of a request; its problems lead into the request's body.
func (d *Door) refused(r *http.Request, i int, err error) AnswerOutcome {
	p := problemOf(err, r, d.Logger)
	for k := range p.Errors {
		p.Errors[k].Pointer = "/answers/" + strconv.Itoa(i) + p.Errors[k].Pointer
	}
	return AnswerOutcome{Problem: &p}
}

// parseAnswer reads {key, slot, response, sha256?, event_mono?}. sha256 is what the student saw: an answer to another version than stands there is refused.
// event_mono and sent_mono are milliseconds of one monotonic clock of the
// client's, when the answer was given and when the request was sent: their difference says how old the answer is, whatever the
// client believes the time to be.
func parseAnswer(fields map[string]any, sentMono any, received int64) (commands.Answer, error) {
	var none commands.Answer
	key, isText := fields["key"].(string)
	if _, there := fields["key"]; there && !isText {
		return none, shape("/key", fault.Say("a key is a string", "key 应为字符串"))
	}
	if err := attempt.CheckKey(key); err != nil {
		return none, err
	}
	slot, isText := fields["slot"].(string)
	if !isText {
		return none, shape("/slot", fault.Say("the slot of a question is expected", "应为题目的位置（slot）"))
	}
	response, there := fields["response"]
	if !there {
		return none, shape("/response", fault.Say("a response is expected", "缺少 response"))
	}
	seen, isText := fields["sha256"].(string)
	if _, there := fields["sha256"]; there && !isText {
		return none, shape("/sha256", fault.Say("the hash of the public view is expected", "应为题目公开内容的哈希"))
	}
	given, isNumber := fields["event_mono"].(float64)
	if _, there := fields["event_mono"]; there && !isNumber {
		return none, shape("/event_mono", fault.Say("milliseconds are a number", "毫秒应为数字"))
	}
	answer := commands.Answer{Key: key, Slot: lesson.Slot(slot), Response: response, Public: content.Hash(seen)}
	if sent, hasSent := sentMono.(float64); hasSent && isNumber {
		age := min(max((sent-given)*1000, 0), maxLate)
		answer.ClientAt, answer.Mono = received-int64(age), []float64{given, sent}
	}
	return answer, nil
}

// appendReceipt writes a receipt by hand: it is the one answer that is sent a million times a day.
func appendReceipt(out []byte, r attempt.Receipt) []byte {
	out = append(out, `{"key":`...)
	out = content.AppendString(out, r.Key)
	out = append(out, `,"slot":`...)
	out = content.AppendString(out, string(r.Slot))
	out = append(out, `,"sequence":`...)
	out = strconv.AppendInt(out, int64(r.Sequence), 10)
	out = append(out, `,"received_at":`...)
	out = strconv.AppendInt(out, r.ReceivedAt, 10)
	return append(out, '}')
}

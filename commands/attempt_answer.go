package commands

import (
	"context"
	"encoding/json"

	"qbank/domain/access"
	"qbank/domain/attempt"
	"qbank/domain/content"
	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/lesson"
	"qbank/domain/release"
	"qbank/domain/roster"
)

// AnswerQuestions records answers of one attempt, each on its own: one that is refused does not hold up the others.
type AnswerQuestions struct {
	Attempt attempt.ID
	Answers []Answer
	Results []AnswerResult // filled by Do, one for each answer; make it as long as Answers
}

// Answer is an answer as a client gives it.
type Answer struct {
	Key      string
	Slot     lesson.Slot
	Response any          // as content.Decode returned it
	Public   content.Hash // of the public view that the student saw; "": not said
	ClientAt int64        // microseconds, by the client's clock set right; 0: unknown
	Mono     []float64    // what that was reckoned from; see attempt.Answered
}

// AnswerResult is a receipt, or why there is none; the places of its problems lead into the answer: "/key", "/response/choice".
type AnswerResult struct {
	Receipt attempt.Receipt
	Err     error
}

// Needs the right to answer.
func (AnswerQuestions) Needs() access.Permission { return access.Answer }

// Do records the answers.
func (c AnswerQuestions) Do(ctx context.Context, w *Work) error {
	if err := w.asOneself(); err != nil {
		return err
	}
	var of release.Served
	recordedAny := false
	err := w.attempt(ctx, c.Attempt, func(a attempt.Attempt) ([]event.Event, error) {
		of = release.Served{Release: a.Release, Lesson: a.Lesson, Org: a.Org, Version: a.Version}
		before := a.Revision
		a, events, err := w.takeDue(ctx, a)
		if err != nil {
			return nil, err
		}
		// Two of one request may share a key: what is recorded first must be seen by the second.
		batch := make(map[string]int, len(c.Answers))
		ahead := 0
		for i, answer := range c.Answers {
			if twin, twice := batch[answer.Key]; twice {
				c.Results[i] = c.twin(twin, i)
				continue
			}
			recorded, replayed, err := c.judge(ctx, w, a, answer, ahead)
			switch {
			case err != nil && fault.Of(err) == nil:
				return nil, err
			case err != nil:
				c.Results[i] = AnswerResult{Err: err}
			case recorded == nil:
				c.Results[i] = AnswerResult{Receipt: replayed}
			default:
				events = append(events, *recorded)
				c.Results[i] = AnswerResult{Receipt: recorded.Receipt(before + len(events))}
				batch[answer.Key] = i
				ahead++
				revised, err := w.corrected(ctx, a, *recorded, answer.Response)
				if err != nil {
					return nil, err
				}
				if revised != nil { // the attempt keeps the version it pinned, whose key is wrong
					events = append(events, *revised)
				}
			}
		}
		recordedAny = ahead > 0
		return events, nil
	})
	if err == nil && recordedAny && w.Observer != nil {
		w.Observer.Answered(w.Actor, of)
	}
	return err
}

// asOneself refuses staff who look through a student's eyes.
func (w *Work) asOneself() error {
	if w.Actor.ActingFor == "" {
		return nil
	}
	return fault.Refuse(fault.Denied, "access.read_only", fault.Say("whoever looks through a student's eyes cannot answer", "代看身份不能作答"))
}

// twin answers for a key that stands twice in one request.
func (c AnswerQuestions) twin(first, second int) AnswerResult {
	a, b := c.Answers[first], c.Answers[second]
	if a.Slot == b.Slot && content.Equal(a.Response, b.Response) {
		return c.Results[first]
	}
	return AnswerResult{Err: attempt.KeyReused()}
}

// judge checks and scores one answer. It returns the event to store, or the receipt of the same answer given before.
func (c AnswerQuestions) judge(ctx context.Context, w *Work, a attempt.Attempt, answer Answer, ahead int) (*attempt.Answered, attempt.Receipt, error) {
	var none attempt.Receipt
	if err := attempt.CheckKey(answer.Key); err != nil {
		return nil, none, err
	}
	item, err := a.Item(answer.Slot)
	if err != nil {
		return nil, none, err
	}
	judge, err := w.Judges.Judge(ctx, item.Question, item.Version)
	if err != nil {
		return nil, none, err
	}
	submission, err := c.submission(ctx, w, a, answer, judge)
	if err != nil {
		return nil, none, err
	}
	if receipt, replayed, err := a.Replay(submission); replayed || err != nil {
		return nil, receipt, err
	}
	if err := w.answerable(ctx, item, answer.Public); err != nil {
		return nil, none, err
	}
	if problems := judge.Type.CheckResponse(judge.Public, answer.Response); len(problems) > 0 {
		for i := range problems {
			problems[i].Pointer = "/response" + problems[i].Pointer
		}
		return nil, none, fault.Refuse(fault.Invalid, "answer.invalid", fault.Say("the response does not fit the question", "答案与题目要求不符"), problems...)
	}
	result, err := judge.Scorer.Score(answer.Response)
	if err != nil {
		return nil, none, err
	}
	submission.Status, submission.Fraction, submission.Parts = result.Status, result.Fraction, result.Parts
	submission.Mark, submission.Ahead = result.Fraction.Of(item.Max), ahead
	recorded, err := a.Answer(submission)
	return &recorded, none, err
}

func (c AnswerQuestions) submission(ctx context.Context, w *Work, a attempt.Attempt, answer Answer, judge *Judge) (attempt.Submission, error) {
	response := json.RawMessage(content.Canonical(answer.Response))
	s := attempt.Submission{Answered: attempt.Answered{Key: answer.Key, Slot: answer.Slot, At: w.meta.At, ClientAt: answer.ClientAt, Mono: answer.Mono}}
	if !judge.Type.Personal() {
		s.Response, s.Payload = response, attempt.Payload(answer.Slot, response)
		return s, nil
	}
	var err error
	s.Sealed, s.Digest, err = w.People.Seal(ctx, roster.PersonOf(a.Student), response)
	return s, err
}

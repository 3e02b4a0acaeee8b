package commands

import (
	"context"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/question"
)

// RetireQuestion takes a question out of use. What is live with it in the actor's environment goes on, so that is refused where nobody has said
// that it may: students go on getting the question there until another version of the lesson is released, the lesson is withdrawn, or the
// question is taken down.
type RetireQuestion struct {
	Question  question.ID
	Revision  int // what the caller saw; a newer one is a conflict for the caller to resolve
	Reason    string
	WhileLive bool // lessons may go on with it
}

// maxUses is as many live lessons as a refusal names.
const maxUses = 100

// Needs the right to publish questions.
func (RetireQuestion) Needs() access.Permission { return access.PublishQuestions }

// Do retires the question.
func (c RetireQuestion) Do(ctx context.Context, w *Work) error {
	return w.question(ctx, c.Question, c.Revision, func(q question.Question) ([]event.Event, error) {
		retired := question.Retired{Reason: c.Reason}
		events, err := q.Retire(retired)
		if err != nil || c.WhileLive || w.Actor.Scope.Environment == "" {
			return events, err
		}
		uses, position, err := w.Uses.StillLive(ctx, w.Actor.Scope, c.Question)
		if err != nil {
			return nil, err
		}
		if len(uses) > 0 {
			return nil, fault.Refuse(fault.Conflict, "question.live", fault.Say(
				"it is live in %d lessons in %s, which would go on with it: say that they may, or release others first",
				"题目正在环境 %[2]s 的 %[1]d 个讲次中使用，停用后仍会继续下发：请确认允许，或先发布其他版本", len(uses), w.Actor.Scope.Environment)).
				With("live", uses[:min(len(uses), maxUses)])
		}
		retired.SeenAt = position
		return q.Retire(retired)
	})
}

package graphql

import (
	"context"

	"github.com/google/uuid"

	"qbank/domain/content"
	"qbank/domain/content/compare"
	"qbank/domain/discussion"
	"qbank/domain/fault"
	"qbank/domain/lesson"
	"qbank/projections/discussions"
	"qbank/projections/lessons"
)

// document is what is discussed, as it is now: the draft of a question, or the plan of a lesson.
type document struct {
	content any
	hash    content.Hash
	schema  compare.Schema
}

// readDocuments reads each subject once, however many threads hang on it.
func (r *request) readDocuments(ctx context.Context, subjects []discussion.Subject) (map[discussion.Subject]*document, error) {
	ids := map[discussion.Kind][]uuid.UUID{}
	for _, s := range subjects {
		ids[s.Kind] = append(ids[s.Kind], s.ID)
	}
	found := make(map[discussion.Subject]*document, len(subjects))
	if questions := ids[discussion.Question]; len(questions) > 0 {
		if err := r.reads(ctx, catalogModel); err != nil {
			return nil, err
		}
		drafts, err := r.Catalog.Drafts(ctx, r.actor.Scope.Org, questions)
		if err != nil {
			return nil, err
		}
		for id, draft := range drafts {
			rules, doc, err := call{request: r, ctx: ctx}.opened(draft.Type, draft.Content)
			if err != nil {
				return nil, err
			}
			found[discussion.Subject{Kind: discussion.Question, ID: id}] = &document{doc, draft.Hash, rules}
		}
	}
	if plans := ids[discussion.Lesson]; len(plans) > 0 {
		if err := r.reads(ctx, lessonsModel); err != nil {
			return nil, err
		}
		keys := make([]lessons.Key, len(plans))
		for i, id := range plans {
			keys[i].Lesson = id
		}
		drafts, err := r.Lessons.Plans(ctx, r.actor.Scope.Org, keys)
		if err != nil {
			return nil, err
		}
		for key, plan := range drafts {
			doc := plan.Document()
			found[discussion.Subject{Kind: discussion.Lesson, ID: key.Lesson}] = &document{doc, content.HashOf(doc), lesson.Names}
		}
	}
	return found, nil
}

func noThread() *fault.Fault {
	return fault.Refuse(fault.NotFound, "thread.not_found", fault.Say("there is no such thread", "没有这个讨论串"))
}

// thread finds a thread that the caller names by its id.
func (c call) thread(text string) (discussions.Thread, error) {
	id, err := parseID(text, threadName)
	if err != nil {
		return discussions.Thread{}, err
	}
	return c.foundThread(func() (discussions.Thread, bool, error) {
		found, err := c.Discussions.Get(c.ctx, c.actor.Scope.Org, []uuid.UUID{id})
		t, there := found[id]
		return t, there, err
	})
}

// threadWith finds the thread that a comment stands in.
func (c call) threadWith(comment uuid.UUID) (discussions.Thread, error) {
	return c.foundThread(func() (discussions.Thread, bool, error) { return c.Discussions.Of(c.ctx, c.actor.Scope.Org, comment) })
}

// foundThread looks for a thread, and where it is not there once more when the read model has caught up with the log: it may have been
// opened a moment ago.
func (c call) foundThread(look func() (discussions.Thread, bool, error)) (discussions.Thread, error) {
	if err := c.reads(c.ctx, discussionsModel); err != nil {
		return discussions.Thread{}, err
	}
	t, found, err := look()
	if found || err != nil {
		return t, err
	}
	head, err := c.Store.Head(c.ctx)
	if err != nil {
		return t, err
	}
	if err := c.Engine.Wait(c.ctx, discussionsModel, head); err != nil {
		return t, err
	}
	if t, found, err = look(); err == nil && !found {
		err = noThread()
	}
	return t, err
}

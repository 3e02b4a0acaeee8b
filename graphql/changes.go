package graphql

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"
	gql "github.com/graphql-go/graphql"

	"qbank/domain/access"
	"qbank/domain/environment"
	"qbank/eventstore"
	"qbank/graphql/engine"
	"qbank/internal/jobs"
	"qbank/internal/watch"
	"qbank/projections/catalog"
	"qbank/projections/lessons"
	"qbank/projections/read"
	"qbank/projections/releases"
	"qbank/projections/reviews"
)

// objectSubscriptions are those of one thing each. Another type needs one line here: its name, its read model, its type and the events that its
// read model hears of.
func (s *schema) objectSubscriptions() []subscription {
	return []subscription{
		s.follows(questionName, catalogModel, s.question, new(catalog.Projection).Events()),
		s.follows(lessonName, lessonsModel, s.lesson, new(lessons.Projection).Events()),
		s.follows(releaseName, releasesModel, s.release, new(releases.Projection).Events()),
	}
}

// queueNews is what has changed in a queue.
type queueNews struct {
	position int64
	waiting  []any
	gone     []any
	many     bool
}

func (s *schema) reviewSubscriptions() []subscription {
	payload := object("ReviewQueueChanged", "What has changed in a queue of reviews.", func() []member[*queueNews] {
		type q = *queueNews
		return []member[q]{
			show("position", required(engine.Long), "Position of the last event that is told of, for the argument at.", func(q q) any { return q.position }),
			show("waiting", many(s.review), "What waits in the queue as filtered, and is new there or not as it was.", func(q q) any { return q.waiting }),
			show("gone", many(gql.ID), "Global ids of what was reviewed or changed and does not wait in the queue as filtered, whether it did before or not.",
				func(q q) any { return q.gone }),
			show("many", required(gql.Boolean), "So much has changed that it is not listed: read the queue again.", func(q q) any { return q.many }),
		}
	})
	return []subscription{{name: "reviewQueueChanged", of: payload, needs: access.ReviewQuestions, model: reviewsModel, args: s.queueFilters(),
		about: "Tells what comes to wait for an approval, and what does no longer.",
		wants: func(c call) (watch.Wants, error) {
			_, err := c.Reviews.Queue(c.ctx, c.actor.Scope.Org, c.reviewFilter(), read.Page{First: 1}) // a filter that cannot be is refused now
			return watch.Wants{Events: new(reviews.Projection).Events(), Every: time.Second}, err      // many follow the same queue, and much happens to it
		},
		value: func(c call, n *news) (any, error) {
			told := &queueNews{position: n.Position, many: n.Many, waiting: []any{}, gone: []any{}}
			if n.Many {
				return told, nil
			}
			filter := c.reviewFilter()
			filter.IDs = n.IDs
			waiting, err := c.Reviews.Queue(c.ctx, c.actor.Scope.Org, filter, read.Page{First: read.MaxPage})
			if err != nil {
				return nil, err
			}
			seen, err := c.Reviews.Get(c.ctx, c.actor.Scope.Org, n.IDs)
			if err != nil {
				return nil, err
			}
			for i := range waiting.Rows {
				told.waiting = append(told.waiting, &waiting.Rows[i])
				delete(seen, waiting.Rows[i].ID)
			}
			for _, id := range n.IDs {
				if i, visible := seen[id]; visible && i.SubmittedAt != 0 && (filter.Kind == "" || filter.Kind == i.Kind) {
					told.gone = append(told.gone, reviewedID(&i))
				}
			}
			if len(told.waiting)+len(told.gone) == 0 {
				return nil, nil
			}
			return told, nil
		}}}
}

// liveNews is what has changed of what is live.
type liveNews struct {
	position int64
	lessons  []any
	many     bool
}

func (s *schema) lessonSubscriptions() []subscription {
	payload := object("LiveLessonsChanged", "Lessons that went live in the environment, or left it.", func() []member[*liveNews] {
		type l = *liveNews
		return []member[l]{
			show("position", required(engine.Long), "Position of the last event that is told of, for the argument at.", func(l l) any { return l.position }),
			show("lessons", many(s.lesson), "The lessons; liveLessons says what is live of them.", func(l l) any { return l.lessons }),
			show("many", required(gql.Boolean), "So much has changed that it is not listed.", func(l l) any { return l.many }),
		}
	})
	return []subscription{{name: "liveLessonsChanged", of: payload, needs: access.ReadLessons, model: deliveryModel,
		about: "Tells which lessons go live in the token's environment, or leave it.",
		wants: func(c call) (watch.Wants, error) {
			scope, err := c.scope()
			return watch.Wants{Events: []string{environment.Released{}.Name(), environment.Withdrawn{}.Name(), environment.Completed{}.Name()},
				Stream: environment.Name(scope.Environment).Stream(), About: lessonOf}, err
		},
		value: func(c call, n *news) (any, error) {
			told := &liveNews{position: n.Position, many: n.Many, lessons: []any{}}
			for _, id := range n.IDs {
				if id == uuid.Nil { // a release of several lessons has become what is live of them
					told.many = true
					continue
				}
				found, err := resolved(c.lessons.Load(c.ctx, id), nil)
				if err != nil {
					return nil, err
				}
				if found != nil {
					told.lessons = append(told.lessons, found)
				}
			}
			if len(told.lessons) == 0 && !told.many {
				return nil, nil
			}
			return told, nil
		}}}
}

// lessonOf is the lesson that a release is of; uuid.Nil where it is of several.
func lessonOf(r *eventstore.Recorded) uuid.UUID {
	var released struct {
		Lesson uuid.UUID `json:"lesson"`
	}
	_ = json.Unmarshal(r.Data, &released) // what cannot be read is of no lesson
	return released.Lesson
}

func (s *schema) importSubscriptions() []subscription {
	find := func(c call) (*job, error) {
		id, err := c.args.id("id", importName)
		if err != nil {
			return nil, err
		}
		return c.importJob(id)
	}
	return []subscription{{name: "jobProgress", of: s.importJob, needs: access.WriteQuestions, begins: true,
		about: "Tells how the work on a file is doing, at once and whenever it has gone on; the stream ends with the work.",
		args:  gql.FieldConfigArgument{"id": arg(gql.NewNonNull(gql.ID), "The id that the upload returned.")},
		wants: func(c call) (watch.Wants, error) {
			found, err := find(c)
			if err != nil {
				return watch.Wants{}, err
			}
			return watch.Wants{Events: []string{jobs.Topic}, Stream: found.ID}, nil
		},
		value: func(c call, n *news) (any, error) {
			found, err := find(c)
			if err != nil || n.again(fmt.Sprint(found.State, string(found.Progress))) {
				return nil, err
			}
			n.feed.over = found.State == jobs.Done || found.State == jobs.Failed
			return found, nil
		}}}
}

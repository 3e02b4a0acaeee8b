package graphql

import (
	"slices"

	gql "github.com/graphql-go/graphql"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/environment"
	"qbank/domain/lesson"
	"qbank/domain/question"
	"qbank/domain/session"
	"qbank/graphql/engine"
	"qbank/projections/catalog"
	"qbank/projections/delivery"
	"qbank/projections/read"
	"qbank/projections/roster"
	"qbank/projections/uses"
)

// erratumTypes are where errata and revisions of a question go.
func (s *schema) erratumTypes() {
	place := object("LivePlace", "A place of a live lesson with the version that is live there.", func() []member[*environment.Frozen] {
		type f = *environment.Frozen
		return []member[f]{
			show("slot", required(gql.String), "Name of the place; of a draw, its pool.", func(f f) any { return f.Slot }),
			show("version", required(gql.Int), "Version of the question.", func(f f) any { return f.Version }),
		}
	})
	s.liveUse = object("LiveUse", "A lesson that is live with a question.", func() []member[*liveUse] {
		type l = *liveUse
		return []member[l]{
			load("lesson", s.lesson, "The lesson.", func(c call, l l) (any, error) { return c.lessons.Load(c.ctx, l.Lesson.Lesson), nil }),
			show("lessonVersion", required(gql.Int), "Its version.", func(l l) any { return l.Version }),
			show("release", required(gql.ID), "Id of the release that made it live.", func(l l) any { return l.Release.String() }),
			show("candidate", required(gql.Boolean), "Only those get it whom a release under way lets in.", func(l l) any { return l.Candidate }),
			show("places", many(place), "Where the question stands in it.", func(l l) any { return pointers(l.places) }),
			load("sessions", s.connection(s.session), "Its class sessions that are planned and have pinned nothing yet.", func(c call, l l) (any, error) {
				scope, err := c.scope()
				if err != nil {
					return nil, err
				}
				return list(c, rosterModel, func(p read.Page) (read.Rows[roster.Session], error) {
					return c.Roster.Sessions(c.ctx, scope, roster.SessionFilter{Lesson: l.Lesson.Lesson, State: session.Waiting}, p)
				}, same)
			}).with(pageArgs(nil)).needing(access.ReadRoster),
		}
	})
	declined := object("DeclinedRevision", "Why a lesson keeps the version it has.", func() []member[*uses.Declined] {
		type d = *uses.Declined
		return []member[d]{
			show("by", required(gql.String), "Opaque id of who declined.", func(d d) any { return d.By }),
			show("reason", required(gql.String), "Why.", func(d d) any { return d.Reason }),
			show("at", required(engine.Instant), "When.", func(d d) any { return d.At }),
		}
	})
	s.offer = object("RevisionOffer", "A revision (改版) of a question that a lesson may take.", func() []member[*uses.Offer] {
		type o = *uses.Offer
		return []member[o]{
			load("lesson", s.lesson, "The lesson.", func(c call, o o) (any, error) { return c.lessons.Load(c.ctx, o.Lesson), nil }),
			load("question", s.question, "The question.", func(c call, o o) (any, error) { return c.questions.Load(c.ctx, o.Question), nil }),
			show("owner", required(gql.String), "Opaque id of who wrote the lesson last: whose turn it is.", func(o o) any { return o.Owner }),
			show("from", required(gql.Int), "The oldest version that the lesson has.", func(o o) any { return o.From }),
			show("to", required(gql.Int), "What is offered: the newest revision, with its errata.", func(o o) any { return o.To }),
			show("places", required(gql.Int), "How many places of the lesson have an older version.", func(o o) any { return o.Places }),
			show("since", required(engine.Instant), "When the revision was published.", func(o o) any { return o.Since }),
			show("declined", declined, "Null while nobody has declined.", func(o o) any { return o.Declined }),
		}
	})
}

// liveUse is a live lesson with the places of one question.
type liveUse struct {
	delivery.Held
	places []environment.Frozen
}

// questionUses are the members of a question that tell where it is live, and what is offered of it.
func (s *schema) questionUses() []member[*catalog.Question] {
	type q = *catalog.Question
	return []member[q]{
		load("live", many(s.liveUse), "Where it is live in the token's environment.", func(c call, q q) (any, error) {
			return c.liveUses(q.ID)
		}).needing(access.ReadReleases),
		load("revisionOffers", s.connection(s.offer), "The lessons that its newest revision is offered to.", func(c call, q q) (any, error) {
			return c.offers(uses.Filter{Question: q.ID})
		}).with(pageArgs(nil)).needing(access.ReadLessons),
	}
}

// liveUses are the lessons that are live with a question in the token's environment.
func (c call) liveUses(id question.ID) (any, error) {
	if _, err := c.scope(); err != nil {
		return nil, err
	}
	return c.held.Then(c.ctx, id, func(held []delivery.Held, _ bool) (any, error) {
		out := make([]any, len(held))
		for i, h := range held {
			out[i] = &liveUse{h, slices.DeleteFunc(slices.Clone(h.Questions), func(f environment.Frozen) bool { return f.Question != id })}
		}
		return out, nil
	}), nil
}

// erratumOf is the last of the errata that directly follow the version at a place; null where there is none.
func erratumOf(c call, i *lesson.Item) (any, error) {
	if i.Version == 0 {
		return nil, nil
	}
	return c.errata.Then(c.ctx, i.Question, func(errata []int, _ bool) (any, error) {
		last := i.Version
		for slices.Contains(errata, last+1) {
			last++
		}
		if last == i.Version {
			return nil, nil
		}
		return last, nil
	}), nil
}

func (c call) offers(filter uses.Filter) (any, error) {
	connection, err := list(c, usesModel, func(p read.Page) (read.Rows[uses.Offer], error) {
		return c.Uses.Offers(c.ctx, c.actor.Scope.Org, filter, p)
	}, same)
	if err == nil {
		connection.Total = counted(func() (int, bool, error) { return c.Uses.Count(c.ctx, c.actor.Scope.Org, filter) })
	}
	return connection, err
}

func (s *schema) erratumRoots() []root {
	return []root{{name: "revisionOffers", of: s.connection(s.offer), needs: access.ReadLessons,
		about: "The revisions that lessons of the organisation and below may take, the newest first: the queue of their owners.",
		args: pageArgs(gql.FieldConfigArgument{"mine": arg(gql.Boolean, "Only those of lessons that the caller wrote last."),
			"owner": arg(gql.String, "Only those of lessons that this person wrote last."), "lesson": arg(gql.ID, "Only those of a lesson: global id or UUID."),
			"question": arg(gql.ID, "Only those of a question: global id, UUID or code (题号)."), "declined": arg(gql.Boolean, "Those that were declined, instead of those that are open.")}),
		resolve: func(c call) (any, error) {
			filter := uses.Filter{Owner: c.args.text("owner"), Declined: c.args.yes("declined")}
			if c.args.yes("mine") {
				filter.Owner = c.actor.ID
			}
			var err error
			if filter.Lesson, err = c.args.id("lesson", lessonName); err != nil {
				return nil, err
			}
			if filter.Question, err = c.questionIn(c.args); err != nil {
				return nil, err
			}
			return c.offers(filter)
		}}}
}

func (s *schema) erratumMutations() []mutation {
	it := aLesson(payload("RevisionPayload", "What a decision about a revision came to.", s.lessonNow()))
	offered := inputs{"revision": must(gql.Int, "The revision of the lesson that you saw."), "question": must(gql.ID, "Global id, UUID or code (题号) of the question."),
		"version": must(gql.Int, "The version that is offered.")}
	return []mutation{
		step(it, "acceptRevision", "Puts a revision into the draft of a lesson that has an older version. A lesson that is locked needs a request for a change.", offered,
			func(c call, id lesson.ID, revision int, a args) (commands.AcceptRevision, error) {
				question, err := c.question(a.text("question"))
				return commands.AcceptRevision{Lesson: id, Revision: revision, Question: question, Version: a.number("version")}, err
			}).decidedBy(commands.WhoDecides),
		step(it, "declineRevision", "Keeps the version that a lesson has; the next revision is offered again.", offered.and(inputs{"reason": must(gql.String, "Why.")}),
			func(c call, id lesson.ID, revision int, a args) (commands.DeclineRevision, error) {
				question, err := c.question(a.text("question"))
				return commands.DeclineRevision{Lesson: id, Revision: revision, Question: question, Version: a.number("version"), Reason: a.text("reason")}, err
			}).decidedBy(commands.WhoDecides),
	}
}

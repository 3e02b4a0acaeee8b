package graphql

import (
	"github.com/google/uuid"
	gql "github.com/graphql-go/graphql"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/regrade"
	"qbank/graphql/engine"
	"qbank/projections/gradebook"
	"qbank/projections/read"
	"qbank/projections/regrades"
)

// maxAffected bounds a page of whom a regrade concerns: each is read from the history of an attempt and scored anew.
const maxAffected = 100

func (s *schema) regradeTypes() {
	s.regradeState = enum("RegradeState", "Where a regrade stands.", enumValue[regrade.State]{regrade.Open, "Nobody has asked for it."},
		enumValue[regrade.State]{regrade.InQuestion, "Somebody has; another person decides."},
		enumValue[regrade.State]{regrade.Standing, "It holds for every answer to the wrong versions."},
		enumValue[regrade.State]{regrade.Refused, "The marks stay as they are."}, enumValue[regrade.State]{regrade.Over, "The marks before were given back."})
	s.regradePolicy = enum("RegradePolicy", "What becomes of a mark that was given by a wrong key.",
		enumValue[regrade.Policy]{regrade.Better, "The better of the two marks."}, enumValue[regrade.Policy]{regrade.Exact, "The mark by the right key, whoever loses by it."},
		enumValue[regrade.Policy]{regrade.Full, "Full marks for everybody who answered."},
		enumValue[regrade.Policy]{regrade.Drop, "The question counts for nothing, neither in the marks nor in what was to be had."})
	outcome := object("RegradeOutcome", "What a policy would do to the marks.", func() []member[*regrade.Outcome] {
		type o = *regrade.Outcome
		return []member[o]{
			show("gain", required(gql.Int), "Answers that gain marks.", func(o o) any { return o.Gain }),
			show("lose", required(gql.Int), "Answers that lose marks.", func(o o) any { return o.Lose }),
			show("delta", required(Mark), "All marks together.", func(o o) any { return o.Delta }),
		}
	})
	figures := object("RegradeFigures", "Who would gain and who would lose.", func() []member[*regrade.Figures] {
		type f = *regrade.Figures
		return []member[f]{
			show("attempts", required(gql.Int), "Attempts with an answer to a wrong version.", func(f f) any { return f.Attempts }),
			show("answers", required(gql.Int), "Such answers.", func(f f) any { return f.Answers }),
			show("unread", required(gql.Int), "Of them, those that cannot be scored anew: erased, marked by hand, or not fitting the erratum.", func(f f) any { return f.Unread }),
			show("better", required(outcome), "With the better mark.", func(f f) any { return &f.Better }),
			show("exact", required(outcome), "With the exact mark.", func(f f) any { return &f.Exact }),
			show("full", required(outcome), "With full marks for all.", func(f f) any { return &f.Full }),
			show("drop", required(outcome), "With the question taken out.", func(f f) any { return &f.Drop }),
			show("position", required(engine.Long), "Position in the log up to which attempts were known.", func(f f) any { return f.Position }),
			show("at", required(engine.Instant), "When they were drawn.", func(f f) any { return f.At }),
		}
	})
	step := object("RegradeEvent", "One thing that happened to a regrade.", func() []member[*regrades.Step] {
		type e = *regrades.Step
		return []member[e]{
			show("kind", required(gql.String), "proposed, assessed, asked, approved, declined, revoked.", func(e e) any { return e.Kind }),
			show("by", required(gql.String), "Opaque id of who did it.", func(e e) any { return e.By }),
			show("at", required(engine.Instant), "When.", func(e e) any { return e.At }),
			show("policy", s.regradePolicy, "That was asked for, or approved.", func(e e) any { return chosen(e.Policy) }),
			show("reason", gql.String, "Why.", func(e e) any { return filled(e.Reason) }),
			show("figures", figures, "What it rested on.", func(e e) any { return e.Figures }),
			show("position", required(engine.Long), "Position in the log.", func(e e) any { return e.Position }),
		}
	})
	s.regradeProgress = s.progressType(figures, outcome)
	affected := s.affectedType()
	s.regrade = object(regradeName, "A regrade (重判): marks that were given by a wrong key, and what becomes of them.", func() []member[*regrades.Regrade] {
		type r = *regrades.Regrade
		return []member[r]{
			show("id", required(gql.ID), "Global id.", func(r r) any { return engine.GlobalID(regradeName, r.ID.String()) }),
			show("org", required(gql.String), "The organisation of the attempts.", func(r r) any { return r.Org }),
			load("question", s.question, "The question.", func(c call, r r) (any, error) { return c.questions.Load(c.ctx, r.Question), nil }),
			show("from", required(gql.Int), "The first wrong version.", func(r r) any { return r.From }),
			show("to", required(gql.Int), "The erratum; the versions before it are wrong.", func(r r) any { return r.To }),
			show("state", required(s.regradeState), "Where it stands.", func(r r) any { return r.State }),
			show("revision", required(gql.Int), "Number of its events.", func(r r) any { return r.Revision }),
			show("policy", s.regradePolicy, "That was asked for last.", func(r r) any { return chosen(r.Policy) }),
			show("reason", gql.String, "Why.", func(r r) any { return filled(r.Reason) }),
			show("askedBy", gql.String, "Opaque id of who asked.", func(r r) any { return filled(r.AskedBy) }),
			show("decidedBy", gql.String, "Opaque id of who decided last.", func(r r) any { return filled(r.DecidedBy) }),
			show("figures", figures, "What it would do, as it was looked at last; null before that.", func(r r) any { return r.Figures }),
			load("assessing", required(gql.Boolean), "Somebody is looking, or will: figures follow.", func(c call, r r) (any, error) { return c.Assessor.Waiting(c.ctx, r.ID) }),
			load("progress", s.regradeProgress, "How far the work is that was begun last about it: looking, or settling marks; null where there was none.",
				func(c call, r r) (any, error) { return c.progress.Load(c.ctx, r.ID), nil }),
			show("proposedAt", required(engine.Instant), "When it was proposed.", func(r r) any { return r.ProposedAt }),
			show("updatedAt", required(engine.Instant), "When something happened to it last.", func(r r) any { return r.UpdatedAt }),
			load("history", s.connection(step), "What happened to it, the newest first.", func(c call, r r) (any, error) {
				return list(c, regradesModel, func(p read.Page) (read.Rows[regrades.Step], error) {
					return c.Regrades.History(c.ctx, c.actor.Scope, r.ID, p)
				}, same)
			}).with(pageArgs(nil)),
			load("affected", s.connection(affected), "Whom it concerns, 100 attempts at a time at most: the mark that was given, and what each policy makes of it.", affectedBy).
				with(pageArgs(nil)).needing(access.ReadResults),
		}
	}, s.node)
}

// concerned is an attempt that a regrade is about, with its answers to wrong versions.
type concerned struct{ lines []commands.RegradeLine }

func (s *schema) affectedType() *gql.Object {
	answer := object("RegradedAnswer", "An answer to a wrong version.", func() []member[*commands.RegradeLine] {
		type l = *commands.RegradeLine
		under := func(name string, p regrade.Policy, about string) member[l] {
			return show(name, required(Mark), about, func(l l) any { return l.Under(p).Mark })
		}
		return []member[l]{
			show("slot", required(gql.String), "Name of the place.", func(l l) any { return string(l.Item.Slot) }),
			show("version", required(gql.Int), "The version that was answered.", func(l l) any { return l.Item.Version }),
			show("max", required(Mark), "Marks for a full answer.", func(l l) any { return l.Item.Max }),
			show("given", required(Mark), "The mark that was given.", func(l l) any { return l.Standing.Given().Mark }),
			show("now", required(Mark), "The mark as it is.", func(l l) any { return l.Standing.Mark() }),
			show("revised", required(gql.Boolean), "Whether a regrade has changed it.", func(l l) any { return l.Standing.Revised != nil }),
			show("readable", required(gql.Boolean), "Whether it can be scored by the right key.", func(l l) any { return l.Anew != nil }),
			under("better", regrade.Better, "With the better mark."), under("exact", regrade.Exact, "With the exact mark."),
			under("full", regrade.Full, "With full marks for all."),
		}
	})
	return object("AffectedAttempt", "An attempt that a regrade concerns.", func() []member[*concerned] {
		type a = *concerned
		return []member[a]{
			show("attemptId", required(gql.ID), "Global id of the attempt.", func(a a) any { return engine.GlobalID(attemptName, a.lines[0].Attempt.String()) }),
			show("student", required(s.person), "The student.", func(a a) any { return person(a.lines[0].Student) }),
			show("number", required(gql.Int), "1, 2, 3 … of this student at this lesson.", func(a a) any { return a.lines[0].Number }),
			show("answers", many(answer), "The answers to wrong versions.", func(a a) any { return pointers(a.lines) }),
		}
	})
}

// affectedBy reads a page of attempts, and scores their answers anew. One whose answers are all at other places is left out.
func affectedBy(c call, r *regrades.Regrade) (any, error) {
	page, err := list(c, gradebookModel, func(p read.Page) (read.Rows[uuid.UUID], error) {
		p.First, p.Last = min(p.First, maxAffected), min(p.Last, maxAffected)
		return c.Gradebook.AskedOf(c.ctx, access.Scope{Org: r.Org, Environment: r.Environment}, gradebook.Asked{Question: r.Question, From: r.From, To: r.To}, p)
	}, same)
	if err != nil || len(page.Edges) == 0 {
		return page, err
	}
	ids := make([]uuid.UUID, len(page.Edges))
	for i, edge := range page.Edges {
		ids[i] = *edge.Node.(*uuid.UUID)
	}
	lines, err := c.Commands.RegradeLines(c.ctx, r.Proposed, ids)
	if err != nil {
		return nil, err
	}
	by := map[uuid.UUID]*concerned{}
	for _, line := range lines {
		if by[line.Attempt] == nil {
			by[line.Attempt] = &concerned{}
		}
		by[line.Attempt].lines = append(by[line.Attempt].lines, line)
	}
	kept := page.Edges[:0]
	for i, edge := range page.Edges {
		if one := by[ids[i]]; one != nil {
			kept = append(kept, engine.Edge{Cursor: edge.Cursor, Node: one})
		}
	}
	page.Edges = kept
	return page, nil
}

func (s *schema) regradeRoots() []root {
	return []root{
		byID("regrade", regradeName, "A regrade of the token's environment.", s.regrade, regrade.NotFound).scoped(),
		{name: "regrades", of: s.connection(s.regrade), needs: access.ProposeRegrades, about: "The regrades of the token's environment, of the organisation and below, the latest change first.",
			args: pageArgs(gql.FieldConfigArgument{"states": arg(listIn(s.regradeState), "Only those in one of these states."),
				"question": arg(gql.ID, "Only those of a question: global id, UUID or code (题号).")}),
			resolve: func(c call) (any, error) {
				scope, err := c.scope()
				if err != nil {
					return nil, err
				}
				filter := regrades.Filter{States: choices[regrade.State](c.args, "states")}
				if filter.Question, err = c.questionIn(c.args); err != nil {
					return nil, err
				}
				return list(c, regradesModel, func(p read.Page) (read.Rows[regrades.Regrade], error) {
					return c.Regrades.List(c.ctx, scope, filter, p)
				}, same)
			}},
	}
}

func (s *schema) regradeMutations() []mutation {
	changed := payload("RegradePayload", "What a step of a regrade came to.",
		load("regrade", s.regrade, "The regrade as it is now.", func(c call, o *outcome) (any, error) { return one(c, c.regrades, o.ID, regrade.NotFound()), nil }))
	it := thing{name: "regrade", typ: regradeName, about: "Global id or UUID of the regrade.", of: changed, scoped: true}
	reason := inputs{"reason": must(gql.String, "Why.")}
	return []mutation{
		it.onSeen("assessRegrade", "Looks, as a job, at what a regrade would do; its figures follow.", commands.AssessRegrade{}.Needs(), nil, (call).assess),
		step(it, "askRegrade", "Asks for a regrade under a policy. Another person decides.",
			inputs{"policy": must(s.regradePolicy, "What becomes of the marks."), "reason": reason["reason"]},
			func(_ call, id regrade.ID, n int, a args) (commands.AskRegrade, error) {
				return commands.AskRegrade{Regrade: id, Revision: n, Policy: choice(a, "policy", regrade.Policy("")), Reason: a.text("reason")}, nil
			}),
		step(it, "approveRegrade", "Makes a regrade stand that another person asked for: marks are revised from then on.",
			inputs{"note": in(gql.String, "For those who read the history.")},
			func(_ call, id regrade.ID, n int, a args) (commands.ApproveRegrade, error) {
				return commands.ApproveRegrade{Regrade: id, Revision: n, Note: a.text("note")}, nil
			}),
		step(it, "declineRegrade", "Leaves the marks as they are.", reason, func(_ call, id regrade.ID, n int, a args) (commands.DeclineRegrade, error) {
			return commands.DeclineRegrade{Regrade: id, Revision: n, Reason: a.text("reason")}, nil
		}),
		step(it, "revokeRegrade", "Gives back the marks there were before a regrade that stands.", reason,
			func(_ call, id regrade.ID, n int, a args) (commands.RevokeRegrade, error) {
				return commands.RevokeRegrade{Regrade: id, Revision: n, Reason: a.text("reason")}, nil
			}),
	}
}

// assess queues a look at a regrade, where nobody is looking yet. It writes nothing to the log: the revision seen does not matter.
func (c call) assess(id regrade.ID, _ int, _ args) (*outcome, error) {
	if err := c.reads(c.ctx, regradesModel); err != nil {
		return nil, err
	}
	found, err := c.Regrades.Get(c.ctx, c.actor.Scope, []uuid.UUID{id})
	if err != nil {
		return nil, err
	}
	r, known := found[id]
	if !known {
		return nil, regrade.NotFound()
	}
	looking, err := c.Assessor.Waiting(c.ctx, id)
	if err == nil && !looking {
		err = c.Assessor.Add(c.ctx, c.actor, uuid.Must(uuid.NewV7()), id)
	}
	return &outcome{Done: commands.Done{ID: id, Revision: r.Revision}}, err
}

package graphql

import (
	"maps"
	"slices"

	"github.com/google/uuid"
	gql "github.com/graphql-go/graphql"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/environment"
	"qbank/domain/reissue"
	"qbank/graphql/engine"
	"qbank/observations/ledger"
	"qbank/projections/delivery"
	"qbank/projections/reissues"
)

// maxNamed is how many students a field names; counts are always of all.
const maxNamed = 500

// ledgerClass is how far a reissue has come in a class.
type ledgerClass struct {
	class uuid.UUID // zero: students who are in none
	lines []ledgerLine
}

// ledgerLine is a student with what was seen.
type ledgerLine struct {
	student uuid.UUID
	marks   ledger.Marks
}

func (l *ledgerClass) count(stage ledger.Stage) (n int) {
	for _, line := range l.lines {
		if line.marks.At(stage) > 0 {
			n++
		}
	}
	return n
}

// missing are those who were not seen to have it: nothing shows it, and no device says that it holds it.
func (l *ledgerClass) missing() (list []*ledgerLine) {
	for i := range l.lines {
		if m := l.lines[i].marks; m.At(ledger.Running) == 0 && m.At(ledger.Verified) == 0 {
			list = append(list, &l.lines[i])
		}
	}
	return list
}

// ledger draws the ledger of whoever is in the audience now. Those of the largest classes come first.
func (c call) ledger(r *reissues.Reissue) (any, error) {
	scope := access.Scope{Org: r.Org, Environment: r.Environment}
	reached, err := c.Roster.Audience(c.ctx, scope, r.Audience)
	if err != nil {
		return nil, err
	}
	students := make([]uuid.UUID, len(reached.Members))
	for i, m := range reached.Members {
		students[i] = m.Student
	}
	marks, err := c.Ledger.Of(c.ctx, r.ID, students)
	if err != nil {
		return nil, err
	}
	byClass := map[uuid.UUID]*ledgerClass{}
	var list []*ledgerClass
	for _, m := range reached.Members {
		l := byClass[m.Class]
		if l == nil {
			l = &ledgerClass{class: m.Class}
			byClass[m.Class] = l
			list = append(list, l)
		}
		l.lines = append(l.lines, ledgerLine{m.Student, marks[m.Student]})
	}
	slices.SortStableFunc(list, func(a, b *ledgerClass) int {
		if n := len(b.lines) - len(a.lines); n != 0 {
			return n
		}
		return slices.Compare(a.class[:], b.class[:])
	})
	return anys(list), nil
}

func (s *schema) ledgerTypes() {
	line := object("ReissueLedgerLine", "What was seen to become of a reissue with a student. Null: nothing yet.", func() []member[*ledgerLine] {
		type l = *ledgerLine
		at := func(name, about string, stage ledger.Stage) member[l] {
			return show(name, engine.Instant, about, func(l l) any { return since(l.marks.At(stage)) })
		}
		return []member[l]{
			show("student", required(s.person), "The student.", func(l l) any { return person(l.student.String()) }),
			at("toldAt", "Told by an event, or by a manifest that has it.", ledger.Told), at("fetchedAt", "The content was fetched.", ledger.Fetched),
			at("verifiedAt", "The device says that it holds what it should.", ledger.Verified), at("runningAt", "An attempt shows it.", ledger.Running),
			at("failedAt", "The device says that it cannot have it.", ledger.Failed),
		}
	})
	s.ledgerClass = object("ReissueLedgerClass", "The ledger of one class.", func() []member[*ledgerClass] {
		type l = *ledgerClass
		number := func(name, about string, stage ledger.Stage) member[l] {
			return show(name, required(gql.Int), about, func(l l) any { return l.count(stage) })
		}
		return []member[l]{
			load("class", s.class, "The class; null: students of none.", func(c call, l l) (any, error) { return maybe(c, c.classes, l.class) }),
			show("students", required(gql.Int), "How many there are.", func(l l) any { return len(l.lines) }),
			number("told", "How many were told.", ledger.Told), number("fetched", "How many fetched it.", ledger.Fetched),
			number("verified", "How many hold it, by what their devices say.", ledger.Verified), number("running", "How many have it in an attempt.", ledger.Running),
			number("failed", "How many cannot have it, by what their devices say.", ledger.Failed),
			show("missingCount", required(gql.Int), "How many were not seen to have it.", func(l l) any { return len(l.missing()) }),
			show("missing", many(line), "Who was not seen to have it: 500 at most.", func(l l) any { return anys(firstOf(l.missing())) }),
			show("lines", many(line), "All of them: 500 at most.", func(l l) any { return pointers(l.lines[:min(len(l.lines), maxNamed)]) }),
		}
	})
}

func firstOf[T any](list []T) []T { return list[:min(len(list), maxNamed)] }

// dryRun is what a wish would come to.
type dryRun struct {
	terms    reissue.Terms
	reach    reissue.Reach
	classes  []*dryRunClass
	overlaps []reissues.Reissue
	second   bool
	changes  bool // somebody may get another version than now
}

// dryRunClass is those of an audience who are in one class.
type dryRunClass struct {
	class                  uuid.UUID
	students               []uuid.UUID
	open, answered, exempt []uuid.UUID // by how they stand to it; a student may be in several
}

// concernedBatch is how many students are looked up at once.
const concernedBatch = 1_000

func (c call) dryRun(wish commands.Wish) (*dryRun, error) {
	terms, reached, err := c.Commands.PlanReissue(c.ctx, c.actor, wish)
	if err != nil {
		return nil, err
	}
	if err := c.reads(c.ctx, gradebookModel); err != nil {
		return nil, err
	}
	d := &dryRun{terms: terms, reach: reached.Reach()}
	d.second = !c.actor.Can(access.GrantReissues) || d.reach.Students > reissue.Alone
	questions := make([]uuid.UUID, len(terms.Pins))
	for i, pin := range terms.Pins {
		questions[i] = pin.Question
	}
	byClass := map[uuid.UUID]*dryRunClass{}
	for members := range slices.Chunk(reached.Members, concernedBatch) {
		students := make([]uuid.UUID, len(members))
		for i, m := range members {
			students[i] = m.Student
		}
		concerned, err := c.Gradebook.Concerned(c.ctx, terms.Environment, students, questions, terms.Lesson)
		if err != nil {
			return nil, err
		}
		for _, m := range members {
			l := byClass[m.Class]
			if l == nil {
				l = &dryRunClass{class: m.Class}
				byClass[m.Class] = l
				d.classes = append(d.classes, l)
			}
			l.students = append(l.students, m.Student)
			stands := concerned[m.Student]
			if len(stands.Open) > 0 {
				l.open = append(l.open, m.Student)
			}
			if stands.Answered {
				l.answered = append(l.answered, m.Student)
			}
			if stands.Exempt {
				l.exempt = append(l.exempt, m.Student)
			}
		}
	}
	scope := access.Scope{Org: terms.Org, Environment: terms.Environment}
	d.overlaps, err = c.Reissues.Overlaps(c.ctx, scope, questions, max(terms.From, c.Commands.Now().UnixMicro()), terms.Until)
	if err == nil {
		d.changes, err = c.changes(d)
	}
	return d, err
}

// changes reports whether somebody may get another version by a reissue than without it: where what is live has another, for all or for those in a release
// under way, where attempts are open, which may have begun with another, or where another reissue is in force.
func (c call) changes(d *dryRun) (bool, error) {
	if len(d.overlaps) > 0 || slices.ContainsFunc(d.classes, func(l *dryRunClass) bool { return len(l.open) > 0 }) {
		return true, nil
	}
	if err := c.reads(c.ctx, deliveryModel); err != nil {
		return false, err
	}
	byQuestion := map[uuid.UUID][]reissue.Pin{}
	for _, pin := range d.terms.Pins {
		byQuestion[pin.Question] = append(byQuestion[pin.Question], pin)
	}
	held, err := c.Delivery.HoldingAny(c.ctx, environment.Name(d.terms.Environment), slices.Collect(maps.Keys(byQuestion)))
	for _, h := range held {
		if !delivery.Visible(h.Org, d.terms.Org) || d.terms.Lesson != uuid.Nil && h.Lesson.Lesson != d.terms.Lesson {
			continue
		}
		for _, f := range h.Questions {
			for _, pin := range byQuestion[f.Question] {
				if (pin.Slot == "" || pin.Slot == f.Slot) && pin.Version != f.Version {
					return true, err
				}
			}
		}
	}
	return false, err
}

func (s *schema) dryRunType(pin *gql.Object) {
	class := object("ReissueDryRunClass", "Those of an audience who are in one class.", func() []member[*dryRunClass] {
		type l = *dryRunClass
		group := func(name, about string, of func(l) []uuid.UUID) []member[l] {
			return []member[l]{
				show(name+"Count", required(gql.Int), about, func(l l) any { return len(of(l)) }),
				show(name, many(s.person), about+" 500 at most.", func(l l) any { return persons(firstOf(of(l))) }),
			}
		}
		return slices.Concat([]member[l]{load("class", s.class, "The class; null: students of none.", func(c call, l l) (any, error) { return maybe(c, c.classes, l.class) })},
			group("student", "All of them.", func(l l) []uuid.UUID { return l.students }),
			group("open", "Those whose open attempts would take it.", func(l l) []uuid.UUID { return l.open }),
			group("answered", "Those who answered a question of it in an open attempt: what is answered stays.", func(l l) []uuid.UUID { return l.answered }),
			group("exempt", "Those in an exam that keeps its versions.", func(l l) []uuid.UUID { return l.exempt }))
	})
	s.dryRun = object("ReissueDryRun", "What a reissue would come to.", func() []member[*dryRun] {
		type d = *dryRun
		return []member[d]{
			show("students", required(gql.Int), "How many there are, each once.", func(d d) any { return d.reach.Students }),
			show("digest", required(gql.String), "Digest of who they are: say it when you grant, and another audience is refused.", func(d d) any { return string(d.reach.Digest) }),
			show("secondPerson", required(gql.Boolean), "Somebody else would have to grant it.", func(d d) any { return d.second }),
			show("changes", required(gql.Boolean), "Somebody may get another version than now; false: what they get has the same ones already, or is not live at all. "+
				"A lesson's reissue gives versions of its questions; its stages, marks and tries stay those of what is live.", func(d d) any { return d.changes }),
			show("pins", many(pin), "The versions that they would get.", func(d d) any { return pointers(d.terms.Pins) }),
			show("classes", many(class), "Class by class.", func(d d) any { return anys(d.classes) }),
			show("overlaps", many(s.reissue), "Granted reissues of the same questions in the same time: whoever is in both gets what is granted later.", func(d d) any {
				return pointers(d.overlaps)
			}),
		}
	})
}

func (s *schema) dryRunRoot() root {
	arguments := gql.FieldConfigArgument{}
	for name, field := range s.wishInput() {
		of := field.Type
		if name == "reason" {
			of = gql.String
		}
		arguments[name] = arg(of, field.Description)
	}
	return root{name: "dryRunReissue", of: s.dryRun, needs: access.AskReissues, about: "Whom a reissue would reach, and how they stand to it. Nothing is changed.",
		args: arguments, resolve: func(c call) (any, error) {
			if err := c.reads(c.ctx, reissuesModel); err != nil {
				return nil, err
			}
			if err := c.reads(c.ctx, rosterModel); err != nil {
				return nil, err
			}
			wish, err := c.wish(c.args)
			if err != nil {
				return nil, err
			}
			return c.dryRun(wish)
		}}
}

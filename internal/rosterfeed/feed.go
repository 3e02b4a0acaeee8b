package rosterfeed

import (
	"context"
	"hash/fnv"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/fault"
	domain "qbank/domain/roster"
	"qbank/domain/session"
	"qbank/interchange/roster"
)

// Result says what a record came to.
type Result string

// The results. Append-only: company systems compare them.
const (
	Stored    Result = "stored"    // it was news
	Unchanged Result = "unchanged" // it was known
	Stale     Result = "stale"     // something newer is known
	Refused   Result = "refused"   // it cannot be so; see the fault
	Failed    Result = "failed"    // it could not be tried; send it again
)

// Outcome is what a record came to.
type Outcome struct {
	Place    string // where the record stands
	Kind     roster.Kind
	Result   Result
	ID       uuid.UUID // of what it is about, unless it was refused
	Position int64     // of the last event; 0 where nothing changed
	Err      error     // why it was refused or failed
}

// Bus carries out commands.
type Bus interface {
	Do(ctx context.Context, actor access.Actor, c commands.Command, options ...commands.Option) (commands.Done, error)
}

// Feed takes records.
type Feed struct{ Commands Bus }

// workers is how many records are taken at once: commits of several share a transaction.
const workers = 8

// Take carries out entries for an actor. The outcomes stand in the order of the entries.
func (f Feed) Take(ctx context.Context, actor access.Actor, entries []roster.Entry) []Outcome {
	outcomes := make([]Outcome, len(entries))
	for begin := 0; begin < len(entries); {
		end := begin + 1
		for end < len(entries) && entries[end].Record.Kind == entries[begin].Record.Kind {
			end++
		}
		f.takeAll(ctx, actor, entries[begin:end], outcomes[begin:end])
		begin = end
	}
	return outcomes
}

// takeAll takes records of one kind: what is about the same thing is one worker's, in order.
func (f Feed) takeAll(ctx context.Context, actor access.Actor, entries []roster.Entry, outcomes []Outcome) {
	var shares [workers][]int
	for i, e := range entries {
		hash := fnv.New32a()
		_, _ = hash.Write([]byte(key(e.Record))) // never fails
		share := hash.Sum32() % workers
		shares[share] = append(shares[share], i)
	}
	var g errgroup.Group
	for _, share := range shares {
		g.Go(func() error {
			for _, i := range share {
				outcomes[i] = f.take(ctx, actor, entries[i])
			}
			return nil
		})
	}
	_ = g.Wait() // each outcome holds its own error
}

// key is what a record is about. A transfer is about two classes: all of them are one worker's.
func key(r roster.Record) string {
	switch r.Kind {
	case roster.Transfer:
		return ""
	case roster.Student:
		return r.Student.Number
	case roster.Join, roster.Leave:
		return r.Class
	}
	return r.Code
}

func (f Feed) take(ctx context.Context, actor access.Actor, e roster.Entry) Outcome {
	o := Outcome{Place: e.Place, Kind: e.Record.Kind, Err: e.Err}
	if o.Err == nil {
		o.Err = here(actor, e.Record)
	}
	if o.Err == nil {
		var done commands.Done
		done, o.Err = f.Commands.Do(ctx, actor, command(actor, e.Record))
		o.ID, o.Position = done.ID, done.Position
	}
	switch refusal := fault.Of(o.Err); {
	case o.Err == nil && o.Position > 0:
		o.Result = Stored
	case o.Err == nil:
		o.Result = Unchanged
	case fault.Is(o.Err, "roster.stale"):
		o.Result = Stale
	case refusal != nil && refusal.Kind != fault.Unavailable && refusal.Kind != fault.Internal:
		o.Result = Refused
	default:
		o.Result = Failed
	}
	return o
}

// here refuses a record of another environment than the actor's.
func here(actor access.Actor, r roster.Record) error {
	if r.Environment == "" || r.Environment == actor.Scope.Environment {
		return nil
	}
	message := fault.Say("this token is of another environment", "此令牌属于另一个环境")
	return fault.Refuse(fault.Invalid, "session.environment", message, fault.Problem{Pointer: "/environment", Code: "environment", Message: message})
}

// command is what a record asks for.
func command(actor access.Actor, r roster.Record) commands.Command {
	sessionID := session.IDOf(actor.Scope.Org, actor.Scope.Environment, r.Code)
	student := []string{r.Student.Number}
	switch r.Kind {
	case roster.Class:
		return commands.KeepClass{Code: r.Code, Title: r.Title, Course: r.Parent, Teachers: people(r.Teachers), Tutors: people(r.Tutors),
			Students: people(r.Students), AsOf: r.AsOf}
	case roster.Student:
		return commands.DescribeStudent{Student: person(r.Student), StudentFacts: domain.StudentFacts{Grade: r.Grade, Region: r.Region}, AsOf: r.AsOf}
	case roster.Join:
		return commands.JoinClass{Code: r.Class, Students: people([]roster.Person{r.Student}), Window: r.Window, AsOf: r.AsOf}
	case roster.Leave:
		return commands.LeaveClass{Code: r.Class, Students: student, AsOf: r.AsOf}
	case roster.Transfer:
		return commands.TransferStudents{From: r.Class, To: r.To, Students: student, AsOf: r.AsOf}
	case roster.Session:
		return commands.PlanSession{Code: r.Code, Title: r.Title, Lesson: r.LessonID, LessonOf: r.Lesson, Teacher: person(r.Teacher), Classes: r.Classes,
			Start: r.Start, End: r.End, AsOf: r.AsOf}
	case roster.Cancel:
		return commands.CancelSession{Session: sessionID, Reason: r.Reason}
	case roster.Guest:
		return commands.AdmitGuests{Session: sessionID, Students: student}
	}
	return commands.KeepNode{Kind: domain.Kind(r.Kind), Code: r.Code, Title: r.Title, Parent: r.Parent, Lesson: r.LessonID, Window: r.Window, AsOf: r.AsOf}
}

func person(p roster.Person) commands.Person { return commands.Person{Number: p.Number, Name: p.Name} }

// people are persons, nil where nothing was said of any.
func people(list []roster.Person) []commands.Person {
	if list == nil {
		return nil
	}
	out := make([]commands.Person, len(list))
	for i, p := range list {
		out[i] = person(p)
	}
	return out
}

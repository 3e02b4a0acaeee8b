package errata

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/google/uuid"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/environment"
	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/question"
	"qbank/processes"
	"qbank/projections/delivery"
	"qbank/projections/gradebook"
)

// Name of the process.
const Name = "errata"

// Live reads where questions are live; see package delivery.
type Live interface {
	Holding(ctx context.Context, question uuid.UUID) ([]delivery.Held, error)
	HoldingLessons(ctx context.Context, in environment.Name, lessons []uuid.UUID) ([]delivery.Held, error)
}

// Waiter returns when a read model has reached a position.
type Waiter interface {
	Wait(ctx context.Context, model string, position int64) error
}

// Book knows where attempts were asked a question.
type Book interface {
	Lanes(ctx context.Context, q gradebook.Asked) ([]access.Scope, error)
}

// Process brings errata to every use.
type Process struct {
	Commands *commands.Bus
	Live     Live
	Book     Book
	Models   Waiter
	Logger   *slog.Logger
}

// Name is "errata".
func (Process) Name() string { return Name }

// Events names errata, and whatever changes what is live.
func (Process) Events() []string {
	return event.Names(question.Published{}, environment.Released{}, environment.Opened{}, environment.Patched{})
}

// Handle brings errata to where they belong.
func (p Process) Handle(ctx context.Context, e processes.Event) error {
	var held []delivery.Held
	err := p.reached(ctx, e)
	if err != nil {
		return err
	}
	switch payload := e.Payload.(type) {
	case question.Published:
		if payload.Kind != question.Erratum {
			return nil
		}
		if held, err = p.Live.Holding(ctx, e.Stream); err == nil {
			err = p.propose(ctx, e, payload.Version, held)
		}
	case environment.Released:
		held, err = p.Live.HoldingLessons(ctx, payload.Environment, []uuid.UUID{payload.Lesson})
	case environment.Patched:
		held, err = p.Live.HoldingLessons(ctx, payload.Environment, []uuid.UUID{payload.Lesson})
	case environment.Opened:
		lessons := make([]uuid.UUID, len(payload.Lessons))
		for i, entry := range payload.Lessons {
			lessons[i] = entry.Lesson
		}
		held, err = p.Live.HoldingLessons(ctx, payload.Environment, lessons)
	}
	if err != nil {
		return err
	}
	return p.patch(ctx, e, held)
}

// reached waits until what is live is known as it was after the event.
func (p Process) reached(ctx context.Context, e processes.Event) error {
	if published, is := e.Payload.(question.Published); is && published.Kind != question.Erratum {
		return nil
	}
	if err := p.Models.Wait(ctx, "delivery", e.Position); err != nil {
		return fmt.Errorf("wait for what is live: %w", err)
	}
	return nil
}

// propose opens regrades where the erratum changes marks: where attempts were asked what it corrects, and where they may still be.
func (p Process) propose(ctx context.Context, e processes.Event, erratum int, held []delivery.Held) error {
	rescored, err := p.Commands.Rescored(ctx, e.Stream, erratum)
	if err != nil || !rescored {
		return err
	}
	from, err := p.Commands.Corrects(ctx, e.Stream, erratum)
	if err != nil {
		return err
	}
	if err := p.Models.Wait(ctx, "gradebook", e.Position); err != nil {
		return fmt.Errorf("wait for the gradebook: %w", err)
	}
	lanes, err := p.Book.Lanes(ctx, gradebook.Asked{Question: e.Stream, From: from, To: erratum})
	if err != nil {
		return err
	}
	for _, h := range held {
		lanes = append(lanes, access.Scope{Org: h.Org, Environment: string(h.Environment)})
	}
	for _, lane := range lanes { // the same one twice is proposed once
		_, err := p.Commands.Do(ctx, system(lane.Org, environment.Name(lane.Environment)), commands.ProposeRegrade{Question: e.Stream, Version: erratum, Org: lane.Org},
			commands.Because(e.ID, e.Meta.Correlation))
		if err != nil {
			return fmt.Errorf("propose a regrade of question %s in %s: %w", e.Stream, lane.Environment, err)
		}
	}
	return nil
}

// patch gives each place what it needs; most need nothing. What moved on meanwhile has an event of its own, further on in the log.
func (p Process) patch(ctx context.Context, e processes.Event, held []delivery.Held) error {
	for _, h := range held {
		_, err := p.Commands.Do(ctx, system(h.Org, h.Environment), commands.PatchRelease{Environment: h.Environment, Org: h.Org, Release: h.Release,
			Lesson: h.Lesson.Lesson, Version: h.Version, Questions: h.Questions},
			commands.As(processes.CommandID(Name+"/"+h.Release.String()+"/"+h.Lesson.Lesson.String(), e.ID, 0)), commands.Because(e.ID, e.Meta.Correlation))
		if fault.Is(err, "release.moved") {
			p.Logger.InfoContext(ctx, "a lesson moved on before its erratum came", "lesson", h.Lesson.Lesson, "environment", h.Environment)
			continue
		}
		if err != nil {
			return fmt.Errorf("bring errata to lesson %s in %s: %w", h.Lesson.Lesson, h.Environment, err)
		}
	}
	return nil
}

// system acts where something is live.
func system(org string, in environment.Name) access.Actor {
	return access.Actor{ID: access.System(Name), Roles: []access.Role{access.Admin}, Scope: access.Scope{Org: org, Environment: string(in)}}
}

package commands_test

import (
	"testing"

	"github.com/google/uuid"

	"qbank/commands"
	"qbank/domain/environment"
	"qbank/domain/fault"
	"qbank/domain/lesson"
	"qbank/domain/paper"
	"qbank/domain/question"
	"qbank/domain/scoring"
	"qbank/eventstore"
)

func TestPapers(t *testing.T) {
	t.Parallel()
	h := open(t)
	q, pooled := h.published("2+2?"), h.published("2+3?")
	draft := h.created("2+4?").ID

	plan := sheet(q)
	plan.Sections[0].Pools = []paper.Pool{{ID: "p", Count: 1, Max: scoring.OneMark, Questions: []paper.Ref{{Question: pooled}, {Question: draft}}}}
	made := h.do(commands.CreatePaper{Plan: plan})
	refusal := h.refused(admin, commands.PublishPaper{Paper: made.ID, Revision: 1}, "paper.invalid")
	if len(refusal.Problems) != 1 || refusal.Problems[0].Pointer != "/sections/0/draws/0/pool/1/id" {
		t.Errorf("got %+v", refusal.Problems)
	}
	h.refused(admin, commands.EditPaper{Paper: made.ID, Revision: 1, Plan: sheet(uuid.New())}, "paper.invalid")
	h.refused(admin, commands.EditPaper{Paper: made.ID, Revision: 9, Plan: sheet(q)}, "revision.not_found")
	l := h.do(commands.CreateLesson{Plan: lesson.Plan{Title: "Exam"}})
	h.refused(admin, commands.LayOutPaper{Paper: made.ID, Lesson: l.ID, Revision: 1}, "paper.not_published")

	// Two editors who saw the same paper both keep their work.
	renamed, shorter := plan, plan
	renamed.Title = "Mid-term"
	shorter.Sections = []paper.Section{plan.Sections[0]}
	shorter.Sections[0].Pools = []paper.Pool{{ID: "p", Count: 1, Max: scoring.OneMark, Questions: []paper.Ref{{Question: pooled}}}}
	h.do(commands.EditPaper{Paper: made.ID, Revision: 1, Plan: renamed})
	edited := h.do(commands.EditPaper{Paper: made.ID, Revision: 1, Plan: shorter})
	published := h.do(commands.PublishPaper{Paper: made.ID, Revision: edited.Revision})
	h.refused(admin, commands.PublishPaper{Paper: made.ID, Revision: 1}, "revision.stale")
	h.refused(admin, commands.LayOutPaper{Paper: made.ID, Version: 2, Lesson: l.ID, Revision: 1}, "paper.not_published")
	h.refused(admin, commands.LayOutPaper{Paper: made.ID, Lesson: l.ID, Revision: 2}, "revision.stale")
	h.do(commands.LayOutPaper{Paper: made.ID, Lesson: l.ID, Revision: 1})
	h.do(commands.PublishLesson{Lesson: l.ID, Revision: 2})

	// A release freezes pools as it does items: with the errata that followed.
	h.edit(pooled, "2+33?")
	h.publish(pooled, question.Erratum)
	h.do(commands.ReleaseLesson{Environment: "prod", Lesson: l.ID})
	released := environment.Released{}
	recorded, err := h.Store.ReadStream(t.Context(), environment.Name("prod").Stream(), eventstore.Range{})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range recorded {
		e, err := h.Commands.Codec.Decode(r.Type, r.SchemaVersion, r.Data)
		if err != nil {
			t.Fatal(err)
		}
		released = e.(environment.Released)
	}
	if len(released.Questions) != 2 || released.Questions[1] != (environment.Frozen{Slot: "p.*", Question: pooled, Version: 2}) {
		t.Errorf("released %+v", released)
	}

	h.do(commands.RetirePaper{Paper: made.ID, Revision: published.Revision, Reason: "over"})
	h.refused(admin, commands.LayOutPaper{Paper: made.ID, Lesson: l.ID, Revision: 3}, "paper.retired")
	h.refused(admin, commands.AssemblePaper{Paper: made.ID, Revision: commands.Anything, For: paper.Audience{Students: make([]string, 1001)}}, "paper.audience")
	if _, err := h.Commands.Do(t.Context(), stranger, commands.LayOutPaper{Paper: made.ID, Lesson: l.ID, Revision: 3}); !fault.Is(err, "paper.not_found") {
		t.Errorf("got %v", err)
	}
}

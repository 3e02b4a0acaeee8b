package commands_test

import (
	"testing"

	"github.com/google/uuid"

	"qbank/commands"
	"qbank/domain/batch"
	"qbank/domain/content"
	"qbank/domain/question"
	"qbank/domain/workflow"
	"qbank/interchange"
)

// takeIn imports a file of one item, which its source knows by an id.
func (h house) takeIn(source, stem, title string) (b uuid.UUID, item batch.Item) {
	h.Helper()
	b = uuid.New()
	h.do(commands.StartImport{Batch: b, Format: "gift"})
	c := commands.ImportItems{Batch: b, Report: make([]batch.Item, 1), Items: []interchange.Item{{Source: source, Title: title, Type: singleChoice,
		Content: choice(stem), Metadata: question.Metadata{Title: title}}}}
	h.do(c)
	h.do(commands.FinishImport{Batch: b})
	return b, c.Report[0]
}

func (h house) takeBack(b uuid.UUID, item batch.Item) question.Question {
	h.Helper()
	for range 2 { // whoever does it may be interrupted and do it again
		h.do(commands.UndoImportedItem{Batch: b, Item: item})
	}
	return h.question(item.Question)
}

func TestAnImportIsTakenBackAndMayComeAgain(t *testing.T) {
	t.Parallel()
	h := open(t)
	_, first := h.takeIn("1", "2+2?", "Sums")
	again, refiled := h.takeIn("1", "2+2?", "Addition")
	if first.Status != batch.Created || refiled.Status != batch.Updated || first.Question != refiled.Question {
		t.Fatalf("got %+v, then %+v", first, refiled)
	}
	if q := h.takeBack(again, refiled); q.Metadata.Title != "Sums" {
		t.Errorf("the title is %q", q.Metadata.Title)
	}
	if _, back := h.takeIn("1", "2+2?", "Addition"); back.Status != batch.Updated {
		t.Errorf("what was taken back came again as %s", back.Status)
	}
	last, back := h.takeIn("1", "2+3?", "Arithmetic")
	h.do(commands.EditQuestion{Question: back.Question, Revision: back.Revision, Content: with(choice("2+3?"), "key", "b")})
	if q := h.takeBack(last, back); !content.Equal(q.Draft.Content, with(choice("2+2?"), "key", "b")) || q.Metadata.Title != "Addition" {
		t.Errorf("got %v under %q", q.Draft.Content, q.Metadata.Title)
	}
}

func TestAQuestionThatAnImportStartedIsWithdrawnOrRetired(t *testing.T) {
	t.Parallel()
	h := open(t)
	b, item := h.takeIn("1", "2+2?", "Sums")
	if q := h.takeBack(b, item); q.State != workflow.Withdrawn {
		t.Errorf("it is %s", q.State)
	}
	b, item = h.takeIn("2", "2+2?", "Sums")
	h.publish(item.Question, question.Revision)
	if q := h.takeBack(b, item); q.State != workflow.Retired {
		t.Errorf("what was published meanwhile is %s", q.State)
	}
}

package commands_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/uuid"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/batch"
	"qbank/eventstore"
	"qbank/interchange"
	"qbank/internal/pgtest"
	"qbank/internal/stack"
)

// readCounter counts the events that are read from one stream.
type readCounter struct {
	commands.Log
	stream uuid.UUID
	read   int
}

func (l *readCounter) ReadStream(ctx context.Context, stream uuid.UUID, r eventstore.Range) ([]eventstore.Recorded, error) {
	recorded, err := l.Log.ReadStream(ctx, stream, r)
	if stream == l.stream {
		l.read += len(recorded)
	}
	return recorded, err
}

func TestAnImportReadsItsOwnReportOnce(t *testing.T) {
	t.Parallel()
	st, err := stack.Open(t.Context(), pgtest.New(t), stack.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(st.Close)
	const items, chunk = 60, 5
	log := &readCounter{Log: st.Commands.Log, stream: uuid.Must(uuid.NewV7())}
	st.Commands.Log = log
	var text strings.Builder
	for i := range items {
		fmt.Fprintf(&text, "// [id:i%d]\n::I%d::Is %d even? {%c}\n\n", i, i, i, "TF"[i%2])
	}
	source, err := interchange.OpenGIFT(strings.NewReader(text.String()), interchange.Defaults{})
	if err != nil {
		t.Fatal(err)
	}
	author := access.Actor{ID: "wang", Roles: []access.Role{access.Author}, Scope: access.Scope{Org: "school"}}
	totals, err := st.Commands.Import(t.Context(), author, commands.Import{Batch: log.stream, Format: "gift", File: "even.gift", Source: source, Chunk: chunk})
	if err != nil {
		t.Fatal(err)
	}
	if totals.Created != items {
		t.Fatalf("%d of %d created", totals.Created, items)
	}
	stored := items/chunk + 2 // reports between start and finish
	if log.read >= stored {
		t.Errorf("the import read %d events of its own, and stored only %d", log.read, stored)
	}
	var reported int
	if err := st.Commands.ImportReport(t.Context(), log.stream, func(batch.Item) error { reported++; return nil }); err != nil || reported != items {
		t.Errorf("the report has %d of %d items (%v)", reported, items, err)
	}
	if _, err := st.Commands.Do(t.Context(), author, commands.UndoImport{Batch: log.stream, Reason: "a test"}); err != nil {
		t.Errorf("the finished import cannot be undone: %v", err)
	}
}

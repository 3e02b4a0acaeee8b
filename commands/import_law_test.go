package commands

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"qbank/domain"
	"qbank/domain/access"
	"qbank/domain/batch"
	"qbank/domain/content"
	"qbank/domain/fault"
	"qbank/domain/qtype"
	"qbank/domain/question"
	"qbank/domain/workflow"
	"qbank/eventstore"
	"qbank/interchange"
	"qbank/schemas"
)

// memory is a log in memory that fails when it is told to.
type memory struct {
	streams map[uuid.UUID][]eventstore.Recorded
	head    int64
	fuse    int  // appends until one fails; 0: none does
	late    bool // the failing one is stored all the same: its answer is lost
}

var errCut = errors.New("the connection is cut")

func (m *memory) Append(_ context.Context, appends ...eventstore.Append) ([]eventstore.Outcome, error) {
	fails := false
	if m.fuse > 0 {
		m.fuse--
		fails = m.fuse == 0
	}
	if fails && !m.late {
		return nil, errCut
	}
	outcomes := make([]eventstore.Outcome, len(appends))
	for i, a := range appends {
		stream := m.streams[a.Stream]
		if len(stream) != a.Expected {
			outcomes[i] = eventstore.Outcome{Status: eventstore.Conflicted, Version: len(stream)}
			continue
		}
		for _, e := range a.Events {
			m.head++
			stream = append(stream, eventstore.Recorded{Event: e, Stream: a.Stream, Version: len(stream) + 1, Position: m.head})
		}
		m.streams[a.Stream] = stream
		outcomes[i] = eventstore.Outcome{Status: eventstore.Stored, Version: len(stream), Position: m.head}
	}
	if fails {
		return nil, errCut
	}
	return outcomes, nil
}

func (m *memory) ReadStream(_ context.Context, id uuid.UUID, r eventstore.Range) ([]eventstore.Recorded, error) {
	stream := m.streams[id]
	if r.To > 0 && r.To < len(stream) {
		stream = stream[:r.To]
	}
	if r.From > 1 {
		stream = stream[min(r.From-1, len(stream)):]
	}
	return stream, nil
}

func (m *memory) ReadStreams(_ context.Context, ids []uuid.UUID) (map[uuid.UUID][]eventstore.Recorded, error) {
	found := map[uuid.UUID][]eventstore.Recorded{}
	for _, id := range ids {
		if stream := m.streams[id]; len(stream) > 0 {
			found[id] = stream
		}
	}
	return found, nil
}

// counter hands out numbers.
type counter struct{ last int64 }

func (c *counter) Next(_ context.Context, count int) ([]int64, error) {
	numbers := make([]int64, count)
	for i := range numbers {
		c.last++
		numbers[i] = c.last
	}
	return numbers, nil
}

// desk is where tests give commands.
type desk struct {
	t   failer
	log *memory
	bus *Bus
}

type failer interface {
	Helper()
	Fatalf(format string, args ...any)
	Errorf(format string, args ...any)
}

var author = access.Actor{ID: "wang", Roles: []access.Role{access.Admin}, Scope: access.Scope{Org: "school"}}

func newDesk(t failer) *desk {
	t.Helper()
	log := &memory{streams: map[uuid.UUID][]eventstore.Recorded{}}
	bus := &Bus{Log: log, Codec: domain.Codec, Types: NewTypes(log, domain.Codec), Numbers: &counter{100_000},
		Logger: slog.New(slog.DiscardHandler)}
	builtIn, err := schemas.BuiltIn()
	if err == nil {
		err = errors.Join(bus.Start(), RegisterBuiltIn(context.Background(), bus, builtIn))
	}
	if err != nil {
		t.Fatalf("%v", err)
	}
	return &desk{t, log, bus}
}

func (d *desk) do(c Command) Done {
	d.t.Helper()
	return d.doAs(author, c)
}

// approve is what somebody else does.
func (d *desk) approve(c ApproveQuestion) {
	d.t.Helper()
	d.doAs(access.Actor{ID: "li", Roles: []access.Role{access.Reviewer}, Scope: author.Scope}, c)
}

func (d *desk) doAs(actor access.Actor, c Command) Done {
	d.t.Helper()
	done, err := d.bus.Do(context.Background(), actor, c)
	if err != nil {
		d.t.Fatalf("%T: %v", c, err)
	}
	return done
}

// states are the questions, by what names them in their source; without what never existed.
func (d *desk) states(ids []string) map[string]question.Question {
	d.t.Helper()
	states := map[string]question.Question{}
	for _, id := range ids {
		found, err := d.bus.States(context.Background(), []uuid.UUID{question.ImportedID(author.Scope.Org, id)})
		if err != nil {
			d.t.Fatalf("%v", err)
		}
		for _, q := range found {
			states[id] = q
		}
	}
	return states
}

// shelf is a file of items.
type shelf struct {
	items []interchange.Item
	next  int
}

func (s *shelf) Next() (interchange.Item, error) {
	if s.next == len(s.items) {
		return interchange.Item{}, io.EOF
	}
	s.next++
	return s.items[s.next-1], nil
}

func (*shelf) Close() error { return nil }

// take imports a file and returns the report. It is run again as often as it is interrupted.
func (d *desk) take(id uuid.UUID, items []interchange.Item, chunk int, cuts []cut, dry bool) ([]batch.Item, ImportTotals) {
	d.t.Helper()
	for try := 0; ; try++ {
		var report []batch.Item
		if try < len(cuts) {
			d.log.fuse, d.log.late = cuts[try].after, cuts[try].late
			chunk = cuts[try].chunk
		} else {
			d.log.fuse = 0
		}
		totals, err := d.bus.Import(context.Background(), author, Import{
			Batch: id, Format: "gift", File: "f", Hash: "h", Source: &shelf{items: items}, Chunk: chunk, DryRun: dry,
			Report: func(i batch.Item) error { report = append(report, i); return nil },
		})
		if errors.Is(err, errCut) {
			continue
		}
		if err != nil {
			d.t.Fatalf("import: %v", err)
		}
		d.log.fuse = 0
		return report, totals
	}
}

type cut struct {
	after int
	late  bool
	chunk int
}

func (d *desk) undo(id uuid.UUID) {
	d.t.Helper()
	d.do(UndoImport{Batch: id, Reason: "wrong file"})
	for range 2 { // the process that does it may meet the wish again
		err := d.bus.ImportReport(context.Background(), id, func(item batch.Item) error {
			_, err := d.bus.Do(context.Background(), author, UndoImportedItem{Batch: id, Item: item})
			return err
		})
		if err != nil {
			d.t.Fatalf("undo: %v", err)
		}
	}
}

func statement(text string) any {
	return map[string]any{"stem": map[string]any{"format": "plain", "text": text}, "key": true}
}

var sources = []string{"s1", "s2", "s3", "s4"}

var trueFalse = qtype.Ref{ID: "true-false", Version: "1.0.0"}

// drawFile draws items with repeated ids, edits of content and of metadata, and such as cannot be taken.
func drawFile(t *rapid.T) []interchange.Item {
	items := make([]interchange.Item, rapid.IntRange(0, 8).Draw(t, "items"))
	for i := range items {
		variant := rapid.IntRange(0, 5).Draw(t, "variant")
		items[i] = interchange.Item{Index: i, Source: rapid.SampledFrom(sources).Draw(t, "source"), Title: "Q", Type: trueFalse,
			Content: statement(fmt.Sprint("text ", variant%3)), Metadata: question.Metadata{Subject: fmt.Sprint("subject ", variant%2)}}
		switch rapid.IntRange(0, 9).Draw(t, "luck") {
		case 0:
			items[i].Refused, items[i].Notes = true, []batch.Note{{Code: "unreadable"}}
		case 1:
			items[i].Metadata.Title = strings.Repeat("x", 1000)
		case 2:
			items[i].Content = map[string]any{} // incomplete
		}
	}
	return items
}

func drawCuts(t *rapid.T) []cut {
	cuts := make([]cut, rapid.IntRange(0, 3).Draw(t, "cuts"))
	for i := range cuts {
		cuts[i] = cut{rapid.IntRange(1, 4).Draw(t, "after"), rapid.Bool().Draw(t, "late"), rapid.IntRange(1, 4).Draw(t, "chunk")}
	}
	return cuts
}

// expect is what a report says of the items, by a model: the first of an id that can be taken counts.
func expect(items []interchange.Item, hashes map[string]string) (statuses []batch.Status) {
	met := map[string]string{}
	for _, item := range items {
		hash := fmt.Sprint(item.Content, item.Metadata.Subject)
		before, inFile := met[item.Source]
		old, known := hashes[item.Source]
		status := batch.Created
		switch {
		case item.Refused || item.Metadata.Title != "", inFile && before != hash:
			status = batch.Refused
		case inFile || known && old == hash:
			status = batch.Unchanged
		case known:
			status = batch.Updated
		}
		if status != batch.Refused && !inFile {
			met[item.Source] = hash
		}
		statuses = append(statuses, status)
	}
	maps.Copy(hashes, met)
	return statuses
}

// essence is what an undo has to bring back.
type essence struct {
	State    workflow.State
	Content  string
	Metadata content.Hash
	Hash     content.Hash // of the origin
}

func essences(states map[string]question.Question) map[string]essence {
	out := map[string]essence{}
	for id, q := range states {
		out[id] = essence{q.State, string(content.Canonical(q.Draft.Content)), q.Metadata.Hash(), q.Origin.Hash}
	}
	return out
}

func TestImportsAreExact(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := newDesk(t)
		hashes := map[string]string{}
		created := map[string]int{}
		for range rapid.IntRange(1, 4).Draw(t, "files") {
			items := drawFile(t)
			before, known := essences(d.states(sources)), maps.Clone(hashes)
			dry, _ := d.take(uuid.New(), items, rapid.IntRange(1, 4).Draw(t, "dry chunk"), nil, true)
			if !reflect.DeepEqual(essences(d.states(sources)), before) {
				t.Fatal("a dry run changed something")
			}
			id := uuid.New()
			report, totals := d.take(id, items, 3, drawCuts(t), false)
			want := expect(items, hashes)
			for _, r := range [][]batch.Item{dry, report} {
				var got []batch.Status
				for i, item := range r {
					if item.Index != i || item.Source != items[i].Source || (item.Question == uuid.Nil) != (item.Status == batch.Refused) ||
						item.Status == batch.Refused && len(item.Notes) == 0 {
						t.Fatalf("item %d is reported as %+v", i, item)
					}
					got = append(got, item.Status)
				}
				if !slices.Equal(got, want) {
					t.Fatalf("got %v, want %v", got, want)
				}
			}
			checkTotals(t, report, totals)
			for i, item := range report {
				if item.Status == batch.Created {
					created[items[i].Source]++
				}
			}
			after := d.states(sources)
			for source, q := range after {
				if created[source] != 1 {
					t.Fatalf("%s was created %d times", source, created[source])
				}
				if got := fmt.Sprint(q.Draft.Content, q.Metadata.Subject); got != hashes[source] && hashes[source] != "withdrawn" {
					t.Fatalf("%s is %s, want %s", source, got, hashes[source])
				}
			}
			events := d.log.head
			again, _ := d.take(uuid.New(), items, 2, nil, false)
			for i, item := range again {
				if item.Status == batch.Created || item.Status == batch.Updated {
					t.Fatalf("imported again, item %d is %s", i, item.Status)
				}
			}
			if !reflect.DeepEqual(essences(d.states(sources)), essences(after)) || d.log.head-events > int64(len(items)+2) {
				t.Fatal("importing again changed something")
			}
			if rapid.Bool().Draw(t, "undo") {
				d.undo(id)
				hashes = known
				for source, now := range essences(d.states(sources)) {
					was, existed := before[source]
					if !existed {
						if now.State != workflow.Withdrawn {
							t.Fatalf("%s, started by the import, is %s", source, now.State)
						}
						hashes[source] = "withdrawn" // importing it again revives it: an update
						continue
					}
					if now.State == workflow.Withdrawn {
						hashes[source] = "withdrawn"
						now.Hash = was.Hash // it says nothing any more
					}
					if now != was {
						t.Fatalf("%s is %+v, was %+v", source, now, was)
					}
				}
			}
		}
	})
}

func checkTotals(t *rapid.T, report []batch.Item, totals ImportTotals) {
	var want ImportTotals
	for _, item := range report {
		want.add(item)
	}
	want.Position = totals.Position
	if totals != want {
		t.Fatalf("got %+v, want %+v", totals, want)
	}
}

func TestManyItemsOfOneIDAreNoRace(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	var items []interchange.Item
	for i := range 40 {
		items = append(items, interchange.Item{Index: i, Source: "same", Type: trueFalse, Content: statement("one")})
	}
	if _, totals := d.take(uuid.New(), items, 40, nil, false); totals.Created != 1 || totals.Same != 39 || totals.Noted != 39 {
		t.Errorf("got %+v", totals)
	}
}

func TestAnotherFileCannotGoOnWithAnImport(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	id := uuid.New()
	d.take(id, []interchange.Item{{Source: "a", Type: trueFalse, Content: statement("one")}}, 1, nil, false)
	_, err := d.bus.Import(t.Context(), author, Import{Batch: id, Format: "gift", File: "f", Hash: "another", Source: &shelf{}})
	if !fault.Is(err, "import.other_file") {
		t.Error(err)
	}
}

func TestReportsAreBounded(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	item := interchange.Item{Source: strings.Repeat("我", 200), Type: trueFalse, Content: statement("one"), Notes: make([]batch.Note, 500)}
	report, totals := d.take(uuid.New(), []interchange.Item{item}, 1, nil, false)
	if totals.Refused != 1 || len(report[0].Source) > 310 || len(report[0].Notes) > 25 {
		t.Errorf("got %+v", report[0])
	}
	_, err := d.bus.Import(t.Context(), author, Import{Batch: uuid.New(), Format: "gift", File: "f",
		Source: &shelf{items: []interchange.Item{{Index: MaxImportFile, Type: trueFalse}}}})
	if !fault.Is(err, "import.too_long") {
		t.Error(err)
	}
	err = func() error {
		_, err := d.bus.Do(t.Context(), author, ImportItems{Items: make([]interchange.Item, MaxImportItems+1)})
		return err
	}()
	if !fault.Is(err, "import.chunk") {
		t.Error(err)
	}
}

func TestOnlyWritersImport(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	student := access.Actor{ID: "s", Roles: []access.Role{access.Student}, Scope: author.Scope}
	for _, dry := range []bool{false, true} {
		_, err := d.bus.Import(t.Context(), student, Import{Batch: uuid.New(), Source: &shelf{}, DryRun: dry})
		if !fault.Is(err, "access.denied") {
			t.Error(err)
		}
	}
}

func TestWhatPeopleDidSinceTheImportStays(t *testing.T) {
	t.Parallel()
	one := func(text, subject string) []interchange.Item {
		return []interchange.Item{{Source: "a", Type: trueFalse, Content: statement(text), Metadata: question.Metadata{Subject: subject}}}
	}
	publish := func(d *desk, id question.ID) {
		q := d.states([]string{"a"})["a"]
		d.do(SubmitQuestion{Question: id, Revision: q.Revision})
		d.approve(ApproveQuestion{Question: id, Revision: q.Revision + 1, Hash: q.Draft.Hash})
		d.do(PublishQuestion{Question: id, Revision: q.Revision + 2, Kind: question.Revision})
	}
	id := question.ImportedID(author.Scope.Org, "a")
	for name, c := range map[string]struct {
		earlier, file []interchange.Item
		since         func(d *desk)
		state         workflow.State
		text, subject string
	}{
		"started by the import":           {nil, one("new", "s"), func(*desk) {}, workflow.Withdrawn, "new", "s"},
		"started, and edited since":       {nil, one("new", "s"), func(d *desk) { d.edit(id, statement("by hand")) }, workflow.Withdrawn, "by hand", "s"},
		"started, and published since":    {nil, one("new", "s"), func(d *desk) { publish(d, id) }, workflow.Retired, "new", "s"},
		"edited by the import":            {one("old", "s"), one("new", "s"), func(*desk) {}, workflow.Draft, "old", "s"},
		"filed anew by the import":        {one("old", "s"), one("old", "t"), func(*desk) {}, workflow.Draft, "old", "s"},
		"the same field edited since":     {one("old", "s"), one("new", "t"), func(d *desk) { d.edit(id, statement("by hand")) }, workflow.Draft, "by hand", "t"},
		"another field edited since":      {one("old", "s"), one("new", "s"), func(d *desk) { d.edit(id, explained("new")) }, workflow.Draft, "old", "s"},
		"filed anew since":                {one("old", "s"), one("new", "t"), func(d *desk) { d.describe(id, question.Metadata{Subject: "by hand"}) }, workflow.Draft, "old", "by hand"},
		"another file was imported since": {one("old", "s"), one("new", "s"), func(d *desk) { d.take(uuid.New(), one("newer", "s"), 1, nil, false) }, workflow.Draft, "newer", "s"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			if c.earlier != nil {
				d.take(uuid.New(), c.earlier, 1, nil, false)
			}
			imported := uuid.New()
			report, _ := d.take(imported, c.file, 1, nil, false)
			c.since(d)
			d.do(UndoImport{Batch: imported, Reason: "wrong file"})
			for range 2 {
				_, err := d.bus.Do(t.Context(), author, UndoImportedItem{Batch: imported, Item: report[0]})
				if err != nil && !fault.Is(err, "question.merge_conflict") {
					t.Fatal(err)
				}
			}
			q := d.states([]string{"a"})["a"]
			text := q.Draft.Content.(map[string]any)["stem"].(map[string]any)["text"]
			if q.State != c.state || text != c.text || q.Metadata.Subject != c.subject {
				t.Errorf("it is %s, %q, %q", q.State, text, q.Metadata.Subject)
			}
		})
	}
}

func explained(text string) any {
	doc := statement(text).(map[string]any)
	doc["explanation"] = map[string]any{"format": "plain", "text": "because"}
	return doc
}

func (d *desk) edit(id question.ID, doc any) {
	d.t.Helper()
	q := d.states([]string{"a"})["a"]
	d.do(EditQuestion{Question: id, Revision: q.Revision, Content: doc})
}

func (d *desk) describe(id question.ID, m question.Metadata) {
	d.t.Helper()
	q := d.states([]string{"a"})["a"]
	d.do(DescribeQuestion{Question: id, Revision: q.Revision, Metadata: m})
}

// Somebody put the question back by hand before the import was taken back: the file is still news when it comes again.
func TestWhatIsTakenBackCanBeImportedAgain(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	file := func(text string) []interchange.Item {
		return []interchange.Item{{Source: "a", Type: trueFalse, Content: statement(text)}}
	}
	d.take(uuid.New(), file("old"), 1, nil, false)
	second := uuid.New()
	d.take(second, file("new"), 1, nil, false)
	d.edit(question.ImportedID(author.Scope.Org, "a"), statement("old"))
	d.undo(second)
	if _, totals := d.take(uuid.New(), file("new"), 1, nil, false); totals.Updated != 1 {
		t.Errorf("got %+v", totals)
	}
}

func TestANewerVersionOfATypeIsNoNewsOfAFile(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	file := func(text, version string) []interchange.Item {
		return []interchange.Item{{Source: "a", Type: qtype.Ref{ID: "multiple-choice", Version: version}, Content: statement(text)}}
	}
	version := func() string { return d.states([]string{"a"})["a"].Draft.Type.Version }
	d.take(uuid.New(), file("one", "1.0.0"), 1, nil, false)
	if _, totals := d.take(uuid.New(), file("one", "1.0.1"), 1, nil, false); totals.Same != 1 || version() != "1.0.0" {
		t.Errorf("got %+v, a question of %s", totals, version())
	}
	if _, totals := d.take(uuid.New(), file("two", "1.0.1"), 1, nil, false); totals.Updated != 1 || version() != "1.0.1" {
		t.Errorf("got %+v, a question of %s", totals, version())
	}
}

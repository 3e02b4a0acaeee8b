package collect_test

import (
	"context"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/content"
	"qbank/domain/lesson"
	"qbank/domain/qtype"
	"qbank/domain/resource"
	"qbank/internal/library"
	"qbank/internal/pgtest"
	"qbank/internal/stack"
	"qbank/internal/stack/stacktest"
	"qbank/processes/collect"
)

type shelf struct {
	*stack.Stack
	t         *testing.T
	collector *collect.Collector
	later     time.Duration // how far the collector's clock is ahead
}

func open(t *testing.T) *shelf {
	t.Helper()
	st, err := stack.Open(t.Context(), pgtest.New(t), stack.Options{MaxWait: stacktest.MaxWait, Logger: slog.New(slog.DiscardHandler), Files: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	stacktest.Run(t, st, st.Run)
	s := &shelf{Stack: st, t: t}
	s.collector = &collect.Collector{Library: st.Library, Logger: st.Logger, Now: func() time.Time { return time.Now().Add(s.later) }}
	return s
}

func author(org string) access.Actor {
	return access.Actor{ID: "author", Roles: []access.Role{access.Admin}, Scope: access.Scope{Org: org}}
}

func (s *shelf) keep(org, file string) library.Kept {
	s.t.Helper()
	kept, err := s.Library.Take(s.t.Context(), author(org), library.Upload{Body: strings.NewReader(file)})
	if err != nil {
		s.t.Fatal(err)
	}
	return kept
}

func (s *shelf) do(org string, c commands.Command) commands.Done {
	s.t.Helper()
	done, err := s.Commands.Do(s.t.Context(), author(org), c)
	if err != nil {
		s.t.Fatalf("%T: %v", c, err)
	}
	return done
}

// look lets the collector look when so much time has passed.
func (s *shelf) look(later time.Duration) {
	s.t.Helper()
	s.later = later
	if err := s.collector.Look(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
}

func (s *shelf) is(id uuid.UUID, hash content.Hash, state resource.State, there bool) {
	s.t.Helper()
	if err := s.Library.CaughtUp(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
	found, err := s.Resources.Get(s.t.Context(), "school", []uuid.UUID{id})
	if err != nil || found[id].State != state || s.Library.Blobs.Has(string(hash)) != there {
		s.t.Fatalf("the file is %q, %v; its bytes are there: %v; want %q, %v", found[id].State, err, s.Library.Blobs.Has(string(hash)), state, there)
	}
}

func picture(hash content.Hash) any {
	return map[string]any{"stem": map[string]any{"format": "markdown", "text": "![](/v1/blobs/" + string(hash) + ")"}}
}

var typ = qtype.Ref{ID: "essay", Version: "1.0.0"}

const day = 24 * time.Hour

func TestAFileThatNothingNamesGoesAfterAWhile(t *testing.T) {
	t.Parallel()
	s := open(t)
	file := s.keep("school", "%PDF-1")
	s.look(6 * day)
	s.is(file.ID, file.Hash, resource.Kept, true)
	s.look(8 * day)
	s.is(file.ID, file.Hash, resource.Marked, true)
	s.look(0) // before it has settled
	s.is(file.ID, file.Hash, resource.Marked, true)
	if known, err := s.Commands.Resources.Known(t.Context(), "school", []content.Hash{file.Hash}); err != nil || len(known) != 0 {
		t.Errorf("a marked file is known: %v, %v", known, err)
	}
	s.look(9 * day)
	s.is(file.ID, file.Hash, resource.Gone, false)
	s.look(10 * day)
	again := s.keep("school", "%PDF-1")
	if !again.New || again.ID != file.ID {
		t.Errorf("uploaded again: %+v", again)
	}
	s.is(file.ID, file.Hash, resource.Kept, true)
}

func TestWhatIsNamedStays(t *testing.T) {
	t.Parallel()
	s := open(t)
	drafted, planned, above := s.keep("school", "%PDF-1"), s.keep("school", "%PDF-2"), s.keep("school", "%PDF-3")
	q := s.do("school", commands.CreateQuestion{Type: typ, Content: picture(drafted.Hash)})
	s.do("school", commands.CreateLesson{Plan: lesson.Plan{Title: "uses " + string(planned.Hash)}})
	s.do("school/maths", commands.CreateQuestion{Type: typ, Content: picture(above.Hash)})
	s.do("other", commands.CreateQuestion{Type: typ, Content: picture(drafted.Hash)})
	s.look(30 * day)
	for _, kept := range []library.Kept{drafted, planned, above} {
		s.is(kept.ID, kept.Hash, resource.Kept, true)
	}
	s.do("school", commands.EditQuestion{Question: q.ID, Revision: 1, Content: picture(planned.Hash)})
	s.look(6 * day) // the grace time begins when the last use ends
	s.is(drafted.ID, drafted.Hash, resource.Kept, true)
	s.look(8 * day)
	s.is(drafted.ID, drafted.Hash, resource.Marked, true) // that others name the hash does not keep it
}

// A reference that is made between the look and the mark, or after the mark, is found by the last look.
func TestAReferenceMadeMeanwhileKeepsTheFile(t *testing.T) {
	t.Parallel()
	s := open(t)
	file := s.keep("school", "%PDF-1")
	s.look(8 * day)
	s.is(file.ID, file.Hash, resource.Marked, true)
	s.do("school", commands.CreateQuestion{Type: typ, Content: picture(file.Hash)})
	s.look(2 * time.Hour)
	s.is(file.ID, file.Hash, resource.Kept, true)
	s.look(30 * day)
	s.is(file.ID, file.Hash, resource.Kept, true)
}

func TestBytesOfTwoOrganisationsGoWithTheLast(t *testing.T) {
	t.Parallel()
	s := open(t)
	first, second := s.keep("school", "%PDF-1"), s.keep("school/maths", "%PDF-1")
	if first.ID == second.ID || first.Hash != second.Hash {
		t.Fatalf("%+v %+v", first, second)
	}
	s.do("school/maths", commands.CollectResource{Resource: second.ID})
	s.look(9 * day)
	s.is(second.ID, second.Hash, resource.Gone, true)
	s.do("school", commands.CollectResource{Resource: first.ID})
	s.look(9 * day)
	s.is(first.ID, first.Hash, resource.Gone, false)
}

// Whoever uploads a file again means to use it: its time begins anew, also where it was about to be marked.
func TestAnUploadBeginsTheGraceTimeAnew(t *testing.T) {
	t.Parallel()
	s := open(t)
	file := s.keep("school", "%PDF-1")
	s.do("school", commands.CollectResource{Resource: file.ID}) // by a look that saw the state of long ago
	s.look(2 * time.Hour)
	s.is(file.ID, file.Hash, resource.Kept, true)
	if again := s.keep("school", "%PDF-1"); again.New {
		t.Errorf("%+v", again)
	}
	again := s.do("school", commands.KeepResource{Again: true, Facts: file.Uploaded})
	if again.Position == 0 {
		t.Error("nothing says that it was uploaded again")
	}
}

// Uploads, references and looks at once, with no settling time to speak of: whoever is told that a file is kept has its bytes.
func TestNoFileIsLostInARace(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.collector.Times = collect.Times{Grace: time.Nanosecond, Settle: time.Nanosecond}
	stop := make(chan struct{})
	var looking sync.WaitGroup
	looking.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				if err := s.collector.Look(context.Background()); err != nil {
					t.Error(err)
				}
			}
		}
	})
	for range 25 {
		kept := s.keep("school", "%PDF-1")
		q := s.do("school", commands.CreateQuestion{Type: typ, Content: picture(kept.Hash)})
		// From here on it is named: it is there, or was marked before and then it can be uploaded again, to stay.
		again := s.keep("school", "%PDF-1")
		for range 3 {
			file, err := s.Library.Open(again.Hash)
			if err != nil {
				t.Fatal(err)
			}
			if text, err := io.ReadAll(file); err != nil || string(text) != "%PDF-1" {
				t.Fatalf("%q, %v", text, err)
			}
			file.Close()
		}
		s.do("school", commands.EditQuestion{Question: q.ID, Revision: 1, Content: map[string]any{}})
	}
	close(stop)
	looking.Wait()
}

// A file that is uploaded again in the very moment in which it would go is there in the end, if anything says that it is kept.
func TestAnUploadAndTheLastLookExcludeEachOther(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.collector.Times = collect.Times{Grace: time.Nanosecond, Settle: time.Nanosecond}
	for range 30 {
		file := s.keep("school", "%PDF-1")
		s.do("school", commands.CollectResource{Resource: file.ID})
		var both sync.WaitGroup
		both.Go(func() {
			if _, err := s.Library.Take(context.Background(), author("school"), library.Upload{Body: strings.NewReader("%PDF-1")}); err != nil {
				t.Error(err)
			}
		})
		both.Go(func() {
			if err := s.collector.Look(context.Background()); err != nil {
				t.Error(err)
			}
		})
		both.Wait()
		if err := s.Library.CaughtUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		found, err := s.Resources.Get(t.Context(), "school", []uuid.UUID{file.ID})
		if err != nil || found[file.ID].State != resource.Gone && !s.Library.Blobs.Has(string(file.Hash)) {
			t.Fatalf("the file is %s and its bytes are gone, %v", found[file.ID].State, err)
		}
	}
}

func TestBytesThatNobodyRecordedGo(t *testing.T) {
	t.Parallel()
	s := open(t)
	hash, _, err := s.Library.Blobs.Put(strings.NewReader("%PDF-left behind"), 100)
	if err != nil {
		t.Fatal(err)
	}
	kept := s.keep("school", "%PDF-1")
	s.look(time.Hour)
	if !s.Library.Blobs.Has(hash) {
		t.Error("it might still be on its way")
	}
	s.look(2 * day)
	if s.Library.Blobs.Has(hash) || !s.Library.Blobs.Has(string(kept.Hash)) {
		t.Error("the wrong bytes went")
	}
}

package question_test

import (
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"qbank/domain/content"
	"qbank/domain/event"
	"qbank/domain/qtype"
	"qbank/domain/question"
	"qbank/domain/workflow"
)

var codec = event.NewCodec(question.Events)

// machine does what it is told to a question, and keeps a second one that knows only what was written down.
type machine struct {
	q, read  question.Question
	history  []event.Event
	versions []question.Published
	agreed   content.Hash // what reviewers agreed to last; "" where that is void
}

func (m *machine) does(t *rapid.T, events []event.Event, err error) {
	if err != nil {
		return
	}
	for _, e := range events {
		name, version, data, err := codec.Encode(e)
		if err != nil {
			t.Fatal(err)
		}
		again, err := codec.Decode(name, version, data)
		if err != nil {
			t.Fatal(err)
		}
		m.q, m.read, m.history = m.q.Apply(e), m.read.Apply(again), append(m.history, e)
		m.follow(t, e)
	}
}

func (m *machine) follow(t *rapid.T, e event.Event) {
	switch e := e.(type) {
	case question.Approved:
		m.agreed = e.Hash
	case question.Edited, question.Returned, question.Retired, question.Withdrawn:
		m.agreed = ""
	case question.Published:
		if e.Hash != m.agreed || e.Hash != content.HashBytes(e.Content) {
			t.Fatalf("published %s, approved was %q", e.Hash, m.agreed)
		}
		m.agreed = ""
		if e.Version != len(m.versions)+1 {
			t.Fatalf("version %d follows %d others", e.Version, len(m.versions))
		}
		m.versions = append(m.versions, e)
	}
}

func (m *machine) Check(t *rapid.T) {
	if !reflect.DeepEqual(m.q, m.read) {
		t.Fatalf("what was written down leads to\n%+v, not\n%+v", m.read, m.q)
	}
	if again := apply(question.Question{}, m.history); !reflect.DeepEqual(again, m.q) {
		t.Fatalf("the same history leads to\n%+v and\n%+v", again, m.q)
	}
	q := m.q
	if q.Revision != len(m.history) || q.Latest != len(m.versions) {
		t.Fatalf("revision %d of %d events, version %d of %d", q.Revision, len(m.history), q.Latest, len(m.versions))
	}
	if q.Exists() && q.Draft.Hash != content.HashOf(q.Draft.Content) {
		t.Fatalf("the draft's hash is not that of its content")
	}
	if (q.Approved != "") != (q.State == workflow.Approved) || (q.Approved != "" && q.Approved != q.Draft.Hash) {
		t.Fatalf("a question that is %s has the approval %q of the draft %q", q.State, q.Approved, q.Draft.Hash)
	}
	if q.State == workflow.Withdrawn && q.Latest > 0 {
		t.Fatalf("a published question was withdrawn")
	}
}

func documents(t *rapid.T) doc {
	word := rapid.SampledFrom([]string{"", "2+2?", "2+3?", "一加一"})
	d := doc{"stem": word.Draw(t, "stem")}
	if rapid.Bool().Draw(t, "with hint") {
		d["hint"] = rapid.SampledFrom([]any{nil, "count", 3.5, true, []any{"a", "b"}}).Draw(t, "hint")
	}
	options := []any{}
	for _, id := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a", "b", "c", "d"}), 0, 4, rapid.ID).Draw(t, "options") {
		options = append(options, doc{"id": id, "text": word.Draw(t, "text")})
	}
	d["options"] = options
	return d
}

func TestWhateverIsAskedOfAQuestionItsPromisesHold(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := &machine{}
		var seen question.Draft // as an editor saw it, perhaps long ago
		ask := func(do func(*rapid.T) ([]event.Event, error)) func(*rapid.T) {
			return func(t *rapid.T) {
				events, err := do(t)
				m.does(t, events, err)
			}
		}
		plain := func(s step) func(*rapid.T) {
			return ask(func(*rapid.T) ([]event.Event, error) { return s(m.q) })
		}
		kinds := rapid.SampledFrom([]question.Kind{question.Erratum, question.Revision})
		types := rapid.SampledFrom([]qtype.Ref{choice1, choice2})
		t.Repeat(map[string]func(*rapid.T){
			"": m.Check,
			"create": func(t *rapid.T) {
				events, err := created(documents(t))(m.q)
				m.does(t, events, err)
				seen = m.q.Draft
			},
			"look": func(*rapid.T) { seen = m.q.Draft },
			"edit": ask(func(t *rapid.T) ([]event.Event, error) {
				return m.q.Edit(seen, question.Draft{Type: types.Draw(t, "type"), Content: documents(t)}, nil)
			}),
			"overwrite": ask(func(t *rapid.T) ([]event.Event, error) {
				return m.q.Revive(draft(documents(t)), question.Metadata{}, nil)
			}),
			"describe": ask(func(t *rapid.T) ([]event.Event, error) {
				return m.q.Describe(question.Metadata{Title: rapid.StringN(0, 4, -1).Draw(t, "title"), Tags: rapid.SliceOfN(rapid.String(), 0, 2).Draw(t, "tags")})
			}),
			"restore": ask(func(t *rapid.T) ([]event.Event, error) {
				if len(m.history) == 0 {
					return nil, nil
				}
				to := rapid.IntRange(1, len(m.history)).Draw(t, "to")
				return m.q.Restore(question.Restoration{Past: apply(question.Question{}, m.history[:to]), Metadata: rapid.Bool().Draw(t, "metadata"),
					Fields: rapid.SliceOfN(rapid.SampledFrom([]string{"/stem", "/hint", "/options", "/options/1", "/options/0/text", "/x"}), 0, 2).Draw(t, "fields")})
			}),
			"submit": plain(submitted), "approve": plain(approved), "return": plain(returned), "retire": plain(retired),
			"reinstate": plain(reinstated), "withdraw": plain(withdrawn),
			"publish": ask(func(t *rapid.T) ([]event.Event, error) {
				return m.q.Publish(kinds.Draw(t, "kind"), rules{m.q.Draft.Type})
			}),
			"go live": ask(func(t *rapid.T) ([]event.Event, error) { // what chance alone would rarely find
				for _, s := range then(submitted, approved) {
					events, err := s(m.q)
					m.does(t, events, err)
				}
				return m.q.Publish(kinds.Draw(t, "kind"), rules{m.q.Draft.Type})
			}),
		})
	})
}

func TestAnEditMakesTheDocumentTheDraftWhereNobodyElseWrote(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		from, to := documents(t), documents(t)
		q := apply(question.Question{}, []event.Event{question.Created{Type: choice1, Code: "Q1", Content: content.Canonical(from), Hash: content.HashOf(from)}})
		events, err := q.Edit(q.Draft, draft(to), nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := apply(q, events).Draft; !content.Equal(got.Content, to) || got.Hash != content.HashOf(to) {
			t.Fatalf("got %v, want %v", got.Content, to)
		}
	})
}

func TestTidyMetadataStayAsTheyAre(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := question.Metadata{Title: rapid.String().Draw(t, "title"), Chapter: " " + rapid.String().Draw(t, "chapter") + "\t",
			Tags: rapid.SliceOf(rapid.String()).Draw(t, "tags"), Points: rapid.SliceOf(rapid.StringMatching(` ?[a-c]{0,2} ?`)).Draw(t, "points")}
		tidy, err := m.Tidy()
		if err != nil {
			return
		}
		if again, err := tidy.Tidy(); err != nil || !reflect.DeepEqual(again, tidy) || again.Hash() != tidy.Hash() {
			t.Fatalf("%+v came to %+v, %v", tidy, again, err)
		}
	})
}

package delivery_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/uuid"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/attempt"
	"qbank/domain/release"
	"qbank/domain/targeting"
	"qbank/eventstore"
)

// nowhere is a log that stores every append at once, and forgets it.
type nowhere struct{ commands.Log }

func (nowhere) Append(_ context.Context, appends ...eventstore.Append) ([]eventstore.Outcome, error) {
	outcomes := make([]eventstore.Outcome, len(appends))
	for i, a := range appends {
		outcomes[i] = eventstore.Outcome{Status: eventstore.Stored, Position: 1, Version: a.Expected + len(a.Events)}
	}
	return outcomes, nil
}

// discard is a response that nobody reads.
type discard struct{ header http.Header }

func (d discard) Header() http.Header         { return d.header }
func (d discard) Write(b []byte) (int, error) { return len(b), nil }
func (d discard) WriteHeader(int)             {}

// BenchmarkAnswer is one answer through the door without the network and the database: what the product adds to them.
func BenchmarkAnswer(b *testing.B) {
	s := newScene(b)
	n := s.troubled(trouble{})
	n.open.Bus.Log = nowhere{s.Store}
	wang := s.student("wang")
	id := wang.start(s.lesson).ID
	request := httptest.NewRequest(http.MethodPost, path(id, "answers"), nil)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer "+wang.token)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if i%(attempt.MaxAnswers-1) == 0 && i > 0 { // the attempt is full
			b.StopTimer()
			n = s.troubled(trouble{})
			n.open.Bus.Log = nowhere{s.Store}
			b.StartTimer()
		}
		body := fmt.Appendf(nil, `{"key":"k%d","slot":"q1","response":{"choice":"a"},"event_mono":81240,"sent_mono":81300}`, i)
		request.Body, request.ContentLength = http.NoBody, int64(len(body))
		request.Body = readOnly{bytes.NewReader(body)}
		n.door.ServeHTTP(discard{http.Header{}}, request)
	}
}

type readOnly struct{ *bytes.Reader }

func (readOnly) Close() error { return nil }

// BenchmarkManifest is a manifest that the client has already.
func BenchmarkManifest(b *testing.B) {
	s := newScene(b)
	wang := s.student("wang")
	request := httptest.NewRequest(http.MethodGet, manifestPath(s.lesson), nil)
	request.Header.Set("Authorization", "Bearer "+wang.token)
	request.Header.Set("If-None-Match", wang.get(manifestPath(s.lesson)).is(200).header.Get("ETag"))
	b.ReportAllocs()
	for b.Loop() {
		s.door.ServeHTTP(discard{http.Header{}}, request)
	}
}

// BenchmarkBlob is a public view that others have loaded before.
func BenchmarkBlob(b *testing.B) {
	s := newScene(b)
	wang := s.student("wang")
	at := decode[manifest](wang.get(manifestPath(s.lesson)).is(200)).Items[0].Source
	wang.get(at).is(200)
	request := httptest.NewRequest(http.MethodGet, at, nil)
	request.Header.Set("Authorization", "Bearer "+wang.token)
	b.ReportAllocs()
	for b.Loop() {
		s.door.ServeHTTP(discard{http.Header{}}, request)
	}
}

// BenchmarkResolve is what one student more costs, whose rules are evaluated: a deny list, a condition, the split.
func BenchmarkResolve(b *testing.B) {
	s := corrected(b)
	id := s.gray(func(c *commands.PlanRelease) {
		c.Steps = []release.Step{{Weight: 50}, {Weight: 100}}
		c.Rules = []targeting.Clause{{Students: []string{"eve"}, Out: true}, {When: `platform == "android" && app_version.atLeast("5.9")`}}
	})
	s.step(commands.StartRelease{Release: id, Revision: 1})
	wang := as(uuid.NewString(), access.Student)
	wang.Device = access.Device{Platform: "ios", AppVersion: "5.9.2"}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Commands.Resolve(b.Context(), wang, commands.Ask{Lesson: s.lesson}); err != nil {
			b.Fatal(err)
		}
	}
}

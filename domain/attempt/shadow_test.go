package attempt_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/google/uuid"

	"qbank/domain/attempt"
	"qbank/domain/event"
	"qbank/domain/scoring"
)

// A shadow works as the student's own attempt does, and nothing that listens to attempts hears of it.
func TestAShadowIsAnAttemptUnderOtherNames(t *testing.T) {
	t.Parallel()
	codec := event.NewCodec(attempt.Events)
	ticket := uuid.New()
	var own, shadow, read attempt.Attempt
	apply := func(to *attempt.Attempt, events []event.Event, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range events {
			*to = to.Apply(e)
			if to != &shadow {
				continue
			}
			if !strings.HasPrefix(e.Name(), "attempt.shadow_") {
				t.Errorf("%s is an event of a shadow", e.Name())
			}
			name, version, data, err := codec.Encode(e)
			if err != nil {
				t.Fatal(err)
			}
			again, err := codec.Decode(name, version, data)
			if err != nil || !json.Valid(data) {
				t.Fatal(err)
			}
			read = read.Apply(again)
		}
	}
	begun, err := own.StartUnder(uuid.Nil, started())
	apply(&own, begun, err)
	begun, err = shadow.StartUnder(ticket, started())
	apply(&shadow, begun, err)
	for _, a := range []attempt.Answered{answered("k", "q1", `{"choice":"a"}`, scoring.Full), written("w", "d")} {
		for _, to := range []*attempt.Attempt{&own, &shadow} {
			recorded, err := to.Answer(submission(a))
			apply(to, []event.Event{to.Recorded(recorded)}, err)
		}
	}
	for _, to := range []*attempt.Attempt{&own, &shadow} {
		done, err := to.Finish(9, nil)
		apply(to, done, err)
	}
	if !reflect.DeepEqual(read, shadow) {
		t.Errorf("%+v was written, %+v is read", shadow, read)
	}
	if own.ID() == shadow.ID() || shadow.ID() == (attempt.ShadowStarted{Started: started(), Ticket: uuid.New()}).ID() || own.ID() != started().ID() {
		t.Error("a shadow has the id of another attempt")
	}
	if shadow.Shadow != ticket {
		t.Errorf("the shadow of %s", shadow.Shadow)
	}
	shadow.Shadow = uuid.Nil
	if !reflect.DeepEqual(own, shadow) {
		t.Errorf("%+v, its shadow %+v", own, shadow)
	}
}

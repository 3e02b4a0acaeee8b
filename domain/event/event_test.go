package event_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"qbank/domain/event"
)

// renamed is in its third shape: version 1 had "colour", version 2 "color", version 3 has a list.
type renamed struct {
	Colours []string `json:"colours"`
}

func (renamed) Name() string { return "thing.painted" }

type other struct{}

func (other) Name() string { return "thing.made" }

var toAmerican event.Upcast = func(data json.RawMessage) (json.RawMessage, error) {
	var old struct{ Colour string }
	err := json.Unmarshal(data, &old)
	return json.RawMessage(fmt.Sprintf(`{"color":%q}`, old.Colour)), err
}

var toList event.Upcast = func(data json.RawMessage) (json.RawMessage, error) {
	var old struct{ Color string }
	err := json.Unmarshal(data, &old)
	return json.RawMessage(fmt.Sprintf(`{"colours":[%q]}`, old.Color)), err
}

func TestOldShapesLeadStepByStepToTheLatest(t *testing.T) {
	t.Parallel()
	codec := event.NewCodec([]event.Definition{event.Define[renamed](toAmerican, toList)}, []event.Definition{event.Define[other]()})
	steps := map[int]event.Upcast{}
	codec.Upcasts(func(name string, from int, up event.Upcast) {
		if name != "thing.painted" {
			t.Errorf("%s has an upcast", name)
		}
		steps[from] = up
	})
	data, version := json.RawMessage(`{"colour":"red"}`), 1
	for up := steps[version]; up != nil; up = steps[version] {
		var err error
		if data, err = up(data); err != nil {
			t.Fatal(err)
		}
		version++
	}
	e, err := codec.Decode("thing.painted", version, data)
	if err != nil || version != 3 || !slices.Equal(e.(renamed).Colours, []string{"red"}) {
		t.Errorf("version %d is read as %+v, %v", version, e, err)
	}
	if _, version, _, err := codec.Encode(e); err != nil || version != 3 {
		t.Errorf("it is written as version %d, %v", version, err)
	}
}

func TestWhatIsNotKnownIsNotGuessed(t *testing.T) {
	t.Parallel()
	codec := event.NewCodec([]event.Definition{event.Define[renamed](toAmerican, toList)})
	for _, c := range []struct {
		name    string
		version int
		data    string
		want    string
	}{
		{"thing.made", 1, `{}`, "not known"},
		{"thing.painted", 2, `{}`, "not known"},
		{"thing.painted", 4, `{}`, "not known"},
		{"thing.painted", 3, `{"colours":1}`, "decode thing.painted version 3"},
	} {
		if _, err := codec.Decode(c.name, c.version, json.RawMessage(c.data)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s version %d: got %v", c.name, c.version, err)
		}
	}
	if _, _, _, err := codec.Encode(other{}); err == nil {
		t.Error("an event that is not defined was written")
	}
	if names := codec.Names(); !slices.Equal(names, []string{"thing.painted"}) {
		t.Errorf("got %v", names)
	}
}

func TestANameIsDefinedOnce(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Error("two definitions of one name are accepted")
		}
	}()
	event.NewCodec([]event.Definition{event.Define[other]()}, []event.Definition{event.Define[other]()})
}

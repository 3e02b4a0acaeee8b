package domain_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"qbank/domain"
	"qbank/domain/event"
	"qbank/domain/qtype"
)

// zero is an empty event of each name.
func zero(t testing.TB, name string) event.Event {
	t.Helper()
	e, err := domain.Codec.Decode(name, 1, json.RawMessage(`{}`))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestWhatWasWrittenDownIsWhatIsRead(t *testing.T) {
	t.Parallel()
	names := domain.Codec.Names()
	slices.Sort(names)
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			kind := reflect.TypeOf(zero(t, name))
			rapid.Check(t, func(t *rapid.T) {
				value := reflect.New(kind).Elem()
				fill(t, value)
				want := value.Interface().(event.Event)
				written, version, data, err := domain.Codec.Encode(want)
				if err != nil || written != name {
					t.Fatalf("encoded as %q: %v", written, err)
				}
				got, err := domain.Codec.Decode(name, version, data)
				if err != nil {
					t.Fatal(err)
				}
				if !reflect.DeepEqual(got, want) {
					t.Fatalf("%s\nis read as %+v\nwas        %+v", data, got, want)
				}
			})
		})
	}
}

// fill draws a value of any type that events are made of.
func fill(t *rapid.T, v reflect.Value) {
	switch v.Interface().(type) {
	case uuid.UUID:
		v.Set(reflect.ValueOf(uuid.UUID(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "id"))))
		return
	case qtype.Ref:
		v.Set(reflect.ValueOf(qtype.Ref{ID: rapid.StringMatching(`[a-z][a-z0-9]{2,5}`).Draw(t, "type"), Version: "1.2.3"}))
		return
	case json.RawMessage:
		data, err := json.Marshal(document(t, 2))
		if err != nil {
			t.Fatal(err)
		}
		v.SetBytes(data)
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Field(i).CanSet() {
				fill(t, v.Field(i))
			}
		}
	case reflect.Slice:
		if n := rapid.IntRange(0, 2).Draw(t, "length"); n > 0 {
			v.Set(reflect.MakeSlice(v.Type(), n, n))
			for i := range n {
				fill(t, v.Index(i))
			}
		}
	case reflect.Map:
		if n := rapid.IntRange(0, 2).Draw(t, "size"); n > 0 {
			v.Set(reflect.MakeMap(v.Type()))
			for range n {
				key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
				fill(t, key)
				fill(t, value)
				v.SetMapIndex(key, value)
			}
		}
	case reflect.Pointer:
		if rapid.Bool().Draw(t, "there") {
			v.Set(reflect.New(v.Type().Elem()))
			fill(t, v.Elem())
		}
	case reflect.Interface:
		if d := document(t, 2); d != nil {
			v.Set(reflect.ValueOf(d))
		}
	case reflect.String:
		v.SetString(rapid.String().Draw(t, "text"))
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, "flag"))
	case reflect.Int, reflect.Int64, reflect.Int32:
		v.SetInt(rapid.Int64Range(-1<<31, 1<<31-1).Draw(t, "number"))
	case reflect.Float64:
		v.SetFloat(rapid.Float64Range(-1e15, 1e15).Draw(t, "number"))
	case reflect.Uint8, reflect.Uint64:
		v.SetUint(rapid.Uint64Max(255).Draw(t, "number"))
	default:
		t.Fatalf("events are not made of %s", v.Type())
	}
}

// document draws JSON as content.Decode returns it.
func document(t *rapid.T, depth int) any {
	switch rapid.IntRange(0, 3+2*min(depth, 1)).Draw(t, "kind") {
	case 0:
		return nil
	case 1:
		return rapid.Bool().Draw(t, "flag")
	case 2:
		return rapid.String().Draw(t, "text")
	case 3:
		return rapid.Float64().Draw(t, "number")
	case 4:
		list := make([]any, rapid.IntRange(0, 2).Draw(t, "length"))
		for i := range list {
			list[i] = document(t, depth-1)
		}
		return list
	default:
		object := map[string]any{}
		for range rapid.IntRange(0, 2).Draw(t, "size") {
			object[rapid.String().Draw(t, "name")] = document(t, depth-1)
		}
		return object
	}
}

func TestEventNamesAreWhatTheLogHas(t *testing.T) {
	t.Parallel()
	names := domain.Codec.Names()
	slices.Sort(names)
	want := []string{
		"attempt.answered", "attempt.finished", "attempt.graded", "attempt.started",
		"class.created", "class.members_joined", "class.members_left", "class.renamed",
		"import.finished", "import.reported", "import.started", "import.undone",
		"knowledge.point_kept", "knowledge.point_retired", "knowledge.tree_created", "knowledge.tree_published",
		"lesson.change_approved", "lesson.change_declined", "lesson.change_requested",
		"lesson.created", "lesson.edited", "lesson.locked", "lesson.published", "lesson.retired", "lesson.unlocked",
		"question.approved", "question.created", "question.described", "question.edited", "question.published",
		"question.reinstated", "question.retired", "question.returned", "question.submitted", "question.withdrawn",
		"release.activated", "release.withdrawn",
		"resource.collected", "resource.removed", "resource.renamed", "resource.restored", "resource.tagged", "resource.uploaded", "type.registered",
		"question.assigned", "question.unassigned", "workflow.defined", "workflow.chosen",
		"lesson.submitted", "lesson.approved", "lesson.returned", "lesson.assigned", "lesson.unassigned", "lesson.recalled",
		"api_key.created", "api_key.revoked", "staff.role_granted", "staff.role_revoked",
	}
	for _, name := range want { // append-only: more may come
		if !slices.Contains(names, name) {
			t.Errorf("%s is in the log and nobody can read it", name)
		}
	}
}

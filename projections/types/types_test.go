package types_test

import (
	"strings"
	"testing"

	"qbank/domain/content"
	"qbank/domain/fault"
	"qbank/domain/qtype"
	"qbank/projections/projtest"
	"qbank/projections/read"
	"qbank/projections/types"
	"qbank/schemas"
)

func registered(id, version, org string, builtIn bool) projtest.Facts {
	ref := qtype.Ref{ID: id, Version: version}
	document := []byte(`{"category":"choice","id":"` + id + `","title":{"en":"A type","zh-CN":"题型"},"version":"` + version + `"}`)
	return projtest.In(ref.String(), qtype.Registered{Ref: ref, Org: org, BuiltIn: builtIn, Document: document, Hash: content.HashBytes(document)}).By("wang")
}

func history() []projtest.Facts {
	return []projtest.Facts{
		registered("choice", "1.10.0", "", true), registered("choice", "1.9.0", "", true), registered("choice", "2.0.0", "", true),
		registered("riddle", "1.0.0", "acme/math", false), registered("maze", "1.0.0", "other", false),
	}
}

func names(t *testing.T, r *types.Reader, org string, f types.Filter) string {
	t.Helper()
	var list []string
	page := read.Page{First: 2}
	for {
		rows, err := r.List(t.Context(), org, f, page)
		if err != nil {
			t.Fatal(err)
		}
		for _, typ := range rows.Rows {
			list = append(list, typ.Ref.String())
		}
		if !rows.More {
			return strings.Join(list, " ")
		}
		page.After = rows.Cursors[1]
	}
}

func TestTypesAreListedForThoseWhoMayUseThem(t *testing.T) {
	t.Parallel()
	reader := types.NewReader(projtest.Given(t, qtype.Events, types.New(), history()...).Pool)
	const common = "choice@1.9.0 choice@1.10.0 choice@2.0.0"
	for org, want := range map[string]string{
		"acme": common + " riddle@1.0.0", "acme/math": common + " riddle@1.0.0", "acme/math/senior": common + " riddle@1.0.0",
		"acme/physics": common, "other": common + " maze@1.0.0",
	} {
		if got := names(t, reader, org, types.Filter{}); got != want {
			t.Errorf("%s sees %s, want %s", org, got, want)
		}
	}
	if got := names(t, reader, "acme", types.Filter{ID: "riddle", Category: "choice"}); got != "riddle@1.0.0" {
		t.Errorf("filtered: %s", got)
	}
}

func TestAVersionIsReadWithItsDocument(t *testing.T) {
	t.Parallel()
	reader := types.NewReader(projtest.Given(t, qtype.Events, types.New(), history()...).Pool)
	ref := qtype.Ref{ID: "riddle", Version: "1.0.0"}
	typ, document, err := reader.Get(t.Context(), "acme/math", ref)
	if err != nil || content.HashBytes(document) != typ.Hash || typ.Ref != ref || typ.Title["zh-CN"] != "题型" || typ.RegisteredBy != "wang" {
		t.Errorf("got %+v, %s, %v", typ, document, err)
	}
	if _, _, err := reader.Get(t.Context(), "acme/physics", ref); !fault.Is(err, "type.unknown") {
		t.Errorf("of others: %v", err)
	}
}

func TestBuiltInTypesAreListed(t *testing.T) {
	t.Parallel()
	list, err := schemas.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	var facts []projtest.Facts
	for _, typ := range list {
		events, err := qtype.Registration{}.Register(typ, "", true)
		if err != nil {
			t.Fatal(err)
		}
		facts = append(facts, projtest.In(typ.Ref().String(), events...))
	}
	log := projtest.Given(t, qtype.Events, types.New(), facts...)
	rows, err := types.NewReader(log.Pool).List(t.Context(), "acme", types.Filter{}, read.Page{})
	if err != nil || len(rows.Rows) != len(list) {
		t.Fatalf("got %d types, %v; want %d", len(rows.Rows), err, len(list))
	}
	for i, typ := range rows.Rows {
		if typ.Ref != list[i].Ref() || typ.Category != list[i].Category() || typ.Title["en"] != list[i].Title("en") || typ.Hash != list[i].Hash() {
			t.Errorf("got %+v", typ)
		}
	}
	log.RebuildEquals(t, types.New())
}

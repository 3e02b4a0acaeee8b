package graphql_test

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"testing"

	gql "github.com/graphql-go/graphql"

	"qbank/domain/access"
	"qbank/graphql/engine"
)

// everything selects every field of a type that needs no argument, and of what is below it to a depth.
func everything(t gql.Type, depth int) string {
	var fields gql.FieldDefinitionMap
	switch t := gql.GetNamed(t).(type) {
	case *gql.Object:
		fields = t.Fields()
	case *gql.Interface:
		fields = t.Fields()
	default:
		return ""
	}
	var parts []string
	for name, f := range fields {
		if name == "edges" || slices.ContainsFunc(f.Args, func(a *gql.Argument) bool { _, must := a.Type.(*gql.NonNull); return must }) {
			continue
		}
		if _, leaf := gql.GetNamed(f.Type).(gql.Leaf); leaf {
			parts = append(parts, name)
		} else if depth > 0 {
			if below := everything(f.Type, depth-1); below != "" {
				parts = append(parts, name+below)
			}
		}
	}
	if len(parts) == 0 {
		return ""
	}
	sort.Strings(parts)
	return " { " + strings.Join(parts, " ") + " }"
}

// Every field of everything that a lesson leaves behind can be read, as deep as one request may go.
func TestEverythingCanBeRead(t *testing.T) {
	t.Parallel()
	h := mistake(t)
	admin := h.as(t, access.Admin)
	h.settle(t)
	s := schema(t)
	asked := h.asked()
	asked["viewer"], asked["projections"], asked["roles"], asked["signIns"] = "viewer", "projections", "roles", fmt.Sprintf("signIns(person: %q)", h.member)
	if _, _, err := h.sessions.Start(t.Context(), h.member, "https://id.example", nil, "a browser"); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for name, f := range s.QueryType().Fields() {
		head, _, _ := strings.Cut(asked[name], " {")
		tooMuch := []string{engine.CodeTooCostly, engine.CodeTooMany, engine.CodeTooLarge, engine.CodeTooDeep}
		for depth := 6; ; depth-- {
			a := admin.say("{ "+head+everything(f.Type, depth)+" }", nil)
			if depth > 0 && len(a.Errors) > 0 && slices.Contains(tooMuch, a.Errors[0].Extensions.Code) {
				continue
			}
			if len(a.Errors) > 0 || a.at(name) == nil || depth == 0 {
				t.Errorf("%s, %d deep: %.2000s", name, depth, a.raw)
			}
			note(seen, named(f.Type), a.at(name))
			break
		}
	}
	for name, typ := range s.TypeMap() {
		if o, is := typ.(*gql.Object); is && name[0] != '_' && o != s.QueryType() && o != s.MutationType() && !strings.HasSuffix(name, "Payload") &&
			!strings.HasSuffix(name, "Edge") && !seen[name] && !slices.Contains(unseen, name) {
			t.Errorf("nothing of type %s was read", name)
		}
	}
}

// unseen are types that other tests look at: they are reached with arguments, or where something is wrong.
var unseen = []string{"PastQuestion", "QuestionDiff", "PublishedKnowledgePoint", "Problem", "ProjectionFailure", "ImportNote", "Change", "Grade",
	"KnowledgeTreeVersion", "ReleasePromotion", "GoLivePublication", "BulkOutcome", "LessonDiff", "TextSpan", "LessonStage", "LessonMedium", "LessonWebpage", "LessonCue", "CueCount", "LessonDraw", "LessonDrawItem", "LessonMaster", "LessonLock",
	"LessonChange", "CarriedCue", "PaperBlocker", "PaperPlan", "Subscription", "QuestionChanged", "LessonChanged", "ReviewQueueChanged", "LiveLessonsChanged", "ReleaseChanged",
	"DeclinedRevision", "RevisedMark"}

// note remembers the types that an answer has values of.
func note(seen map[string]bool, t gql.Type, v any) {
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			note(seen, t, item)
		}
	case map[string]any:
		seen[t.Name()] = true
		if o, is := t.(*gql.Object); is {
			for name, value := range v {
				note(seen, named(o.Fields()[name].Type), value)
			}
		}
	}
}

func named(t gql.Type) gql.Type { return gql.GetNamed(t).(gql.Type) }

package commands_test

import (
	"context"
	"slices"
	"testing"

	"github.com/google/uuid"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/hotconfig"
	"qbank/domain/reissue"
	"qbank/domain/release"
	"qbank/domain/roster"
	"qbank/domain/targeting"
)

// roll is a roster of a few classes, of everybody's: read models do not run here.
type roll []uuid.UUID

func (roll) Reach(context.Context, access.Scope, []uuid.UUID) (students, classes int, err error) {
	return 0, 0, nil
}

func (roll) Audience(context.Context, access.Scope, reissue.Audience) (reissue.Reached, error) {
	return reissue.Reached{}, nil
}

func (r roll) Unknown(_ context.Context, _ string, classes []uuid.UUID) ([]uuid.UUID, error) {
	return slices.DeleteFunc(slices.Clone(classes), func(id uuid.UUID) bool { return slices.Contains(r, id) }), nil
}

// A rule for a class that there is not would let nobody in, and nobody would notice.
func TestRulesNameClassesThatThereAre(t *testing.T) {
	t.Parallel()
	h := open(t)
	known, typo, other := roster.ClassID("acme", "7b"), uuid.New(), uuid.New()
	h.Commands.Audiences, h.Commands.Configs = roll{known}, nil
	actor, l := releaser("prod"), h.publishedLesson()
	rule := func(classes ...uuid.UUID) (c targeting.Clause) {
		for _, class := range classes {
			c.Classes = append(c.Classes, class.String())
		}
		return c
	}
	plan := commands.PlanRelease{Title: "Gray", Lessons: []commands.PlannedLesson{{Lesson: l}}, Steps: []release.Step{{Weight: 100}}, Rules: []targeting.Clause{rule(known), rule(typo, known, other)}}
	h.doAs(actor, commands.DescribeConfig{Key: "speed", Spec: speed(), Reason: "new"})
	rules := commands.SetConfigRules{Config: hotconfig.IDOf("acme", "speed"), Revision: 1, Reason: "try",
		Rules: []hotconfig.Rule{{Clause: rule(known), Value: []byte("2")}, {Clause: rule(typo, known, other), Value: []byte("3")}}}
	for code, c := range map[string]commands.Command{"release.invalid": plan, "config.invalid": rules} {
		f := h.refused(actor, c, code)
		if len(f.Problems) != 2 || f.Problems[0].Pointer != "/rules/1/classes/0" || f.Problems[1].Pointer != "/rules/1/classes/2" || f.Problems[1].Code != "unknown" {
			t.Errorf("%+v", f.Problems)
		}
	}
	plan.Rules = plan.Rules[:1]
	h.doAs(actor, plan)
}

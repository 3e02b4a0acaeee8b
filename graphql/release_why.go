package graphql

import (
	"cmp"
	"slices"
	"time"

	gql "github.com/graphql-go/graphql"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/fault"
	"qbank/domain/release"
	"qbank/domain/text"
	"qbank/internal/stack"
)

// explained is what a student gets, and why.
type explained struct {
	*commands.Resolved
	release.Decision
}

func (s *schema) whyTypes() {
	s.reason = enum("VersionReason", "Why a student gets a version.",
		enumValue[release.Reason]{release.Answered, "The student answered it already."}, enumValue[release.Reason]{release.Pinned, "The attempt pinned it at its start."},
		enumValue[release.Reason]{release.Whole, "It is live for everybody."}, enumValue[release.Reason]{release.Takedown, "What there was is taken down."},
		enumValue[release.Reason]{release.Reissue, "It was reissued to the student."}, enumValue[release.Reason]{release.Session, "The class session pinned it at its start."},
		enumValue[release.Reason]{release.Candidate, "The student is in a release under way."}, enumValue[release.Reason]{release.Baseline, "A release is under way, and the student is not in it."})
	cause := enum("ReleaseCause", "What decided whether a student is in a release.", enumValue[release.Cause]{release.ByRule, "A rule matched."},
		enumValue[release.Cause]{release.BySplit, "No rule did: the share."}, enumValue[release.Cause]{release.ByFreeze, "It is frozen: whoever got it before is in, nobody else."})
	type place struct {
		*explained
		commands.ResolvedPlace
	}
	version := object("WhyPlace", "The version at one place of a lesson, and why.", func() []member[*place] {
		type p = *place
		return []member[p]{
			show("slot", required(gql.String), "Name of the place.", func(p p) any { return string(p.Plan.Items[p.Item].Slot) }),
			load("question", s.question, "The question.", func(c call, p p) (any, error) { return c.questions.Load(c.ctx, p.Plan.Items[p.Item].Question), nil }),
			show("version", gql.Int, "Its version; null: none, it is taken down.", func(p p) any { return positive(p.ResolvedPlace.Version) }),
			show("reason", required(s.reason), "Why.", func(p p) any { return p.ResolvedPlace.Reason }),
			show("by", required(gql.ID), "Id of the release, session, reissue or takedown that it is owed to.", func(p p) any { return p.By.String() }),
		}
	})
	s.why = object("WhyVersion", "What a student gets of a lesson, and why.", func() []member[*explained] {
		type e = *explained
		return []member[e]{
			show("version", required(gql.Int), "Version of the lesson.", func(e e) any { return e.Version }),
			load("release", s.release, "The release that it comes from.", func(c call, e e) (any, error) { return c.releases.Load(c.ctx, e.Release), nil }),
			show("reason", required(s.reason), "Why this one.", func(e e) any { return e.Resolved.Reason }),
			show("in", gql.Boolean, "Whether the student is in the release under way; null: there is none, or nobody asked.", func(e e) any {
				if e.Cause == "" {
					return nil
				}
				return e.In
			}),
			show("cause", cause, "What decided that.", func(e e) any { return chosen(e.Cause) }),
			show("rule", gql.Int, "Index of the rule that matched.", func(e e) any {
				if e.Cause != release.ByRule {
					return nil
				}
				return e.Rule
			}),
			show("bucket", gql.Int, "The bucket that the key falls into, 0 to total - 1: it is in where this is less than the weight.", func(e e) any {
				if e.Cause != release.BySplit {
					return nil
				}
				return e.Bucket
			}),
			show("key", gql.String, "What the split is made by: the student, or the class session.", func(e e) any { return filled(e.Key) }),
			show("weight", gql.Int, "Share of the release under way.", func(e e) any {
				if e.Cause == "" {
					return nil
				}
				return e.Weight
			}),
			show("total", gql.Int, "What weights are out of.", func(e e) any { return positive(e.Total) }),
			show("places", many(version), "Each place.", func(e e) any {
				places := make([]*place, 0, len(e.Places)+len(e.Removed))
				for _, p := range e.Places {
					places = append(places, &place{e, p})
				}
				for _, r := range e.Removed {
					places = append(places, &place{e, commands.ResolvedPlace{Item: r.Item, Reason: release.Takedown, By: r.Takedown}})
				}
				slices.SortStableFunc(places, func(a, b *place) int { return cmp.Compare(a.Item, b.Item) })
				return anys(places)
			}),
		}
	})
}

func (s *schema) whyRoot() root {
	return root{name: "whyVersion", of: s.why, needs: access.ReadReleases,
		about: "Which versions a student gets of a lesson in the token's environment now, and why: the student's own request would come to the same.",
		args: gql.FieldConfigArgument{
			"lesson": arg(gql.NewNonNull(gql.ID), "Global id or UUID."), "student": arg(gql.NewNonNull(gql.String), "The opaque id."),
			"org":     arg(gql.String, "The organisation that the student's token names; the caller's own where it is not given."),
			"session": arg(gql.ID, "The class session that the student is in."), "platform": arg(gql.String, "What the device says: its platform."),
			"appVersion": arg(gql.String, "The version of its app."), "channel": arg(gql.String, "Its channel."), "region": arg(gql.String, "Its region."),
			"locale": arg(gql.String, "Its language."),
		},
		resolve: func(c call) (any, error) { return c.whyVersion() }}
}

func (c call) whyVersion() (any, error) {
	student, err := c.somebody()
	if err != nil {
		return nil, err
	}
	ask := commands.Ask{}
	if ask.Lesson, err = c.args.id("lesson", lessonName); err != nil {
		return nil, err
	}
	if ask.Session, err = c.args.id("session", "Session"); err != nil {
		return nil, err
	}
	for _, model := range []string{deliveryModel, reissuesModel, rosterModel} { // what is live, what overrules it, and for whom
		if err := c.reads(c.ctx, model); err != nil {
			return nil, err
		}
	}
	if err := c.settle(); err != nil {
		return nil, err
	}
	resolved, decision, err := c.Commands.Why(c.ctx, student, ask)
	if err != nil {
		return nil, err
	}
	return &explained{resolved, decision}, nil
}

// somebody is the student whom the arguments describe, with a token of the caller's environment.
func (c call) somebody() (access.Actor, error) {
	scope, err := c.scope()
	if err != nil {
		return access.Actor{}, err
	}
	if org := c.args.text("org"); org != "" {
		if err := c.actor.Within(org); err != nil {
			return access.Actor{}, err
		}
		scope.Org = org
	}
	if problems := c.plainArgs("student", "platform", "appVersion", "channel", "region", "locale"); len(problems) > 0 {
		return access.Actor{}, fault.Refuse(fault.Invalid, "why.invalid", fault.Say("this cannot be looked up", "无法查询"), problems...)
	}
	return access.Actor{ID: c.args.text("student"), Roles: []access.Role{access.Student}, Scope: scope, Device: access.Device{
		Platform: c.args.text("platform"), AppVersion: c.args.text("appVersion"), Channel: c.args.text("channel"), Region: c.args.text("region"),
		Locale: c.args.text("locale")}}, nil
}

// settle waits where a write must be seen: it is in the read model by now, but a snapshot of before may still be trusted.
func (c call) settle() error {
	if c.at == 0 {
		return nil
	}
	select {
	case <-c.ctx.Done():
		return c.ctx.Err()
	case <-time.After(stack.Trusted):
		return nil
	}
}

// plainArgs lists which of these arguments are no short texts.
func (c call) plainArgs(names ...string) (problems []fault.Problem) {
	for _, name := range names {
		problems = append(problems, text.Check("/"+name, c.args.text(name), 0, 200)...)
	}
	return problems
}

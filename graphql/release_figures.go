package graphql

import (
	gql "github.com/graphql-go/graphql"

	"qbank/domain/access"
	"qbank/domain/fault"
	"qbank/domain/release"
	"qbank/domain/release/guard"
	"qbank/graphql/engine"
	"qbank/observations"
	"qbank/projections/releases"
)

// compared is what is observed of a release now.
type compared struct {
	observations.Comparison
	confidence          int
	candidate, baseline map[observations.Kind]map[observations.Cause]int64
}

// side is one of the two.
type side struct {
	guard.Sample
	confidence int
	because    map[observations.Kind]map[observations.Cause]int64
}

// causeCount is how often something failed for a cause.
type causeCount struct {
	cause observations.Cause
	n     int64
}

// causesOf lists what there is, in the order in which causes are listed.
func causesOf(counts map[observations.Cause]int64) []any {
	list := []any{}
	for _, cause := range observations.Causes {
		if n := counts[cause]; n > 0 {
			list = append(list, &causeCount{cause, n})
		}
	}
	return list
}

func (s *schema) observedTypes() {
	s.interval = object("ObservedInterval", "Where a true value lies, by the confidence of the release's guard; 95 % where there is none.", func() []member[*guard.Interval] {
		return []member[*guard.Interval]{
			show("low", required(gql.Float), "Its lower end.", func(i *guard.Interval) any { return i.Low }),
			show("high", required(gql.Float), "Its upper end.", func(i *guard.Interval) any { return i.High }),
		}
	})
	cause := enum("FailureCause", "Why a load or an answer failed, as the device says.",
		enumValue[observations.Cause]{observations.Network, "No connection, or it broke."}, enumValue[observations.Cause]{observations.Timeout, "It took too long."},
		enumValue[observations.Cause]{observations.Missing, "A file was not there."}, enumValue[observations.Cause]{observations.Integrity, "A file was not what its hash says."},
		enumValue[observations.Cause]{observations.Unsupported, "The engine or the device lacks something."}, enumValue[observations.Cause]{observations.Script, "The container broke."},
		enumValue[observations.Cause]{observations.Storage, "No room on the device."}, enumValue[observations.Cause]{observations.Refused, "The server refused it."},
		enumValue[observations.Cause]{observations.Server, "The server failed."}, enumValue[observations.Cause]{observations.Other, "Anything else."})
	s.causeCount = object("FailureCount", "How often something failed for a cause.", func() []member[*causeCount] {
		return []member[*causeCount]{
			show("cause", required(cause), "The cause.", func(c *causeCount) any { return c.cause }),
			show("count", required(engine.Long), "Reports.", func(c *causeCount) any { return c.n }),
		}
	})
}

// quantile gives null for the quantile of nobody.
func quantile(t guard.Times, p float64) any {
	if t.Count() == 0 {
		return nil
	}
	return t.Quantile(p)
}

// comparisonMember is the field of a release that compares its two arms.
func (s *schema) comparisonMember() member[*releases.Release] {
	one := object("ReleaseSide", "What is observed of the students who got one of the two. A student counts once for each lesson.", func() []member[*side] {
		type a = *side
		return []member[a]{
			show("served", required(engine.Long), "To whom a manifest was served.", func(a a) any { return a.Served }),
			show("loads", required(engine.Long), "Whose device said how a load went.", func(a a) any { return a.Loads }),
			show("loadFailures", required(engine.Long), "Of those, with one that failed.", func(a a) any { return a.LoadFailures }),
			show("loadFailureShare", s.interval, "Share of those (Wilson).", func(a a) any { return guard.Wilson(guard.Share{K: a.LoadFailures, N: a.Loads}, a.confidence) }),
			show("failedBecause", many(s.causeCount), "Why loads failed: reports since the beginning of the hour.", func(a a) any { return causesOf(a.because[observations.Failed]) }),
			show("answers", required(engine.Long), "Who answered, or tried to.", func(a a) any { return a.Answers }),
			show("answerErrors", required(engine.Long), "Of those, with an answer that ended in an error.", func(a a) any { return a.AnswerErrors }),
			show("answerErrorShare", s.interval, "Share of those (Wilson).", func(a a) any { return guard.Wilson(guard.Share{K: a.AnswerErrors, N: a.Answers}, a.confidence) }),
			show("errorsBecause", many(s.causeCount), "Why answers failed: reports since the beginning of the hour.", func(a a) any { return causesOf(a.because[observations.AnswerError]) }),
			show("readyP50", gql.Float, "Milliseconds from the manifest to ready: the median.", func(a a) any { return quantile(a.Ready, 0.5) }),
			show("readyP95", gql.Float, "Which 95 of 100 do not exceed.", func(a a) any { return quantile(a.Ready, 0.95) }),
		}
	})
	comparison := object("ReleaseComparison", "A candidate beside its baseline, since the present step began; at the whole, the baseline of the week before.", func() []member[*compared] {
		type f = *compared
		return []member[f]{
			show("from", required(engine.Instant), "They count from here.", func(f f) any { return f.Arms.Since }),
			show("until", required(engine.Instant), "To here.", func(f f) any { return f.Until }),
			show("candidate", required(one), "Those who got the candidate.", func(f f) any { return &side{f.Candidate, f.confidence, f.candidate} }),
			show("baseline", required(one), "The others.", func(f f) any { return &side{f.Baseline, f.confidence, f.baseline} }),
			show("loadFailures", s.interval, "By how much the share of failed loads is larger (Newcombe).", func(f f) any { return f.LoadFailures }),
			show("answerErrors", s.interval, "By how much the share of failed answers is larger (Newcombe).", func(f f) any { return f.AnswerErrors }),
			show("readySlower", s.interval, "By how much the median time to ready is longer, as a share of the baseline's.", func(f f) any { return f.ReadySlower }),
			show("verdict", required(s.verdict), "What the guard says.", func(f f) any { return f.Verdict }),
			show("because", gql.String, "The limit that decided.", func(f f) any { return filled(f.Because) }),
		}
	})
	return load("figures", comparison, "What is observed now; null before it starts, and where a lesson was released at once.", func(c call, r *releases.Release) (any, error) {
		if r.Plan == nil || r.State == release.IsPlanned || r.State == release.IsCancelled {
			return nil, nil
		}
		state, err := c.Commands.ReleaseState(c.ctx, r.ID)
		if err != nil {
			return nil, err
		}
		hasBaseline, err := c.Releases.Baselines(c.ctx, string(state.Environment), state.Lessons.IDs())
		if err != nil {
			return nil, err
		}
		f := &compared{confidence: state.Guard.Confidence}
		if f.Comparison, err = c.Observations.Compare(c.ctx, r.ID, state, hasBaseline, c.Commands.Now().UnixMicro()); err != nil {
			return nil, err
		}
		f.candidate, f.baseline, err = c.Observations.Causes(c.ctx, f.Arms)
		return f, err
	})
}

// The bounds of what is added up, microseconds.
const (
	usualSpan   = 7 * 24 * 3600 * 1_000_000
	longestSpan = 366 * 24 * 3600 * 1_000_000
)

func (s *schema) telemetryRoots() []root {
	tally := object("Telemetry", "What was observed of a version of a lesson from a release, on a platform: sums, not students.", func() []member[*observations.Tally] {
		type t = *observations.Tally
		loads := func(t t) guard.Share { return guard.Share{K: t.Failed, N: t.Ready + t.Failed} }
		return []member[t]{
			load("release", s.release, "The release that it came from.", func(c call, t t) (any, error) { return c.releases.Load(c.ctx, t.Release), nil }),
			show("version", required(gql.Int), "Version of the lesson.", func(t t) any { return t.Version }),
			show("platform", required(gql.String), "android, harmony, ios, linux, macos, web, windows or other.", func(t t) any { return t.Platform }),
			show("served", required(engine.Long), "Manifests served, or told to be unchanged.", func(t t) any { return t.Served }),
			show("ready", required(engine.Long), "Loads that succeeded.", func(t t) any { return t.Ready }),
			show("failed", required(engine.Long), "Loads that failed.", func(t t) any { return t.Failed }),
			show("failureShare", s.interval, "Share of the loads that failed (Wilson, 95 %).", func(t t) any { return guard.Wilson(loads(t), 95) }),
			show("failedBecause", many(s.causeCount), "Why loads failed.", func(t t) any { return causesOf(t.FailedBecause) }),
			show("answered", required(engine.Long), "Requests with answers that were recorded.", func(t t) any { return t.Answered }),
			show("answerErrors", required(engine.Long), "Answers that ended in an error.", func(t t) any { return t.AnswerErrors }),
			show("errorsBecause", many(s.causeCount), "Why answers failed.", func(t t) any { return causesOf(t.ErrorsBecause) }),
			show("readyP50", gql.Float, "Milliseconds from the manifest to ready: the median.", func(t t) any { return quantile(t.Times, 0.5) }),
			show("readyP95", gql.Float, "Which 95 of 100 do not exceed.", func(t t) any { return quantile(t.Times, 0.95) }),
		}
	})
	return []root{{name: "telemetry", of: many(tally), needs: access.ReadReleases,
		about: "How loads and answers of a lesson went in the token's environment, by version, release and platform; the newest version first.",
		args: gql.FieldConfigArgument{"lesson": arg(gql.NewNonNull(gql.ID), "Global id or UUID."), "release": arg(gql.ID, "Only those from this release: global id or UUID."),
			"from": arg(engine.Instant, "From the hour of this instant; a week before the end where it is not given."), "until": arg(engine.Instant, "Up to here; now where it is not given.")},
		resolve: func(c call) (any, error) {
			scope, err := c.scope()
			if err != nil {
				return nil, err
			}
			span := observations.Span{From: c.args.instant("from"), Until: c.args.instant("until")}
			if span.Lesson, err = c.args.id("lesson", lessonName); err != nil {
				return nil, err
			}
			if span.Release, err = c.args.id("release", releaseName); err != nil {
				return nil, err
			}
			if span.Until == 0 {
				span.Until = c.Commands.Now().UnixMicro()
			}
			if span.From == 0 {
				span.From = span.Until - usualSpan
			}
			if span.From >= span.Until || span.Until-span.From > longestSpan {
				message := fault.Say("from lies before until, by a year at most", "起始时间应早于结束时间，且跨度不超过一年")
				return nil, fault.Refuse(fault.Invalid, "telemetry.span", message, fault.Problem{Pointer: "/from", Code: "range", Message: message})
			}
			tallies, err := c.Observations.Tallies(c.ctx, scope, span)
			return pointers(tallies), err
		}}}
}

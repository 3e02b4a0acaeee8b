package graphql_test

import (
	"fmt"
	"testing"

	"qbank/domain/access"
)

// What was observed of a release is shown with what it rests on, to those of its environment and organisation.
func TestWhatIsObservedOfARelease(t *testing.T) {
	t.Parallel()
	h := teach(t)
	analyst := h.as(t, access.Analyst)
	figures := analyst.ask(fmt.Sprintf(`{ release(id: "%s") { figures { verdict because from until loadFailures { low } readySlower { low }
		candidate { served loads loadFailures loadFailureShare { low high } failedBecause { cause count } answers answerErrors answerErrorShare { high } errorsBecause { count } readyP50 readyP95 }
		baseline { served loads readyP50 loadFailureShare { low } } } } }`, h.release), nil)
	figures.is(map[string]any{"release.figures.verdict": "INCONCLUSIVE", "release.figures.because": "load_failures", "release.figures.loadFailures": nil,
		"release.figures.candidate.served": 3, "release.figures.candidate.loads": 3, "release.figures.candidate.loadFailures": 1, "release.figures.candidate.answers": 3,
		"release.figures.candidate.answerErrors": 0, "release.figures.candidate.failedBecause": []any{map[string]any{"cause": "INTEGRITY", "count": 1}},
		"release.figures.candidate.errorsBecause": []any{}, "release.figures.baseline.loads": 0, "release.figures.baseline.readyP50": nil, "release.figures.baseline.loadFailureShare": nil})
	low, _ := figures.at("release.figures.candidate.loadFailureShare.low").(float64)
	high, _ := figures.at("release.figures.candidate.loadFailureShare.high").(float64)
	if low < 0.06 || low > 0.07 || high < 0.79 || high > 0.80 { // Wilson, 1 of 3
		t.Error(figures.raw)
	}
	if p50 := figures.number("release.figures.candidate.readyP50"); p50 < 768 || p50 > 832 {
		t.Error(figures.raw)
	}

	ask := func(c caller, rest string) answer {
		return c.say(fmt.Sprintf(`{ telemetry(lesson: "%s"%s) { version platform served ready failed failureShare { low } failedBecause { cause count } answered answerErrors
			errorsBecause { count } readyP50 readyP95 release { id } } }`, h.lesson, rest), nil)
	}
	ask(analyst, fmt.Sprintf(`, release: "%s"`, h.release)).is(map[string]any{"telemetry.0.version": 1, "telemetry.0.platform": "ios", "telemetry.0.served": 3,
		"telemetry.0.ready": 2, "telemetry.0.failed": 1, "telemetry.0.answered": 3, "telemetry.0.release.id": h.release})
	none := map[string]any{"telemetry": []any{}}
	ask(analyst, `, until: "2001-01-01T00:00:00Z"`).is(none)
	ask(analyst, `, release: "00000000-0000-4000-8000-000000000001"`).is(none)
	ask(h.from(t, "school", "prod", access.Analyst), "").is(none)
	ask(h.from(t, "other", "test", access.Analyst), "").is(none)
	ask(h.as(t, access.Student), "").refused("access.denied")
	ask(analyst, `, from: "2026-01-01T00:00:00Z", until: "2025-01-01T00:00:00Z"`).refused("telemetry.span")
	ask(analyst, `, from: "2020-01-01T00:00:00Z", until: "2025-01-01T00:00:00Z"`).refused("telemetry.span")
}

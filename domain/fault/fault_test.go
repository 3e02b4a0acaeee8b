package fault_test

import (
	"errors"
	"fmt"
	"testing"

	"qbank/domain/fault"
)

func TestAFaultIsFoundHoweverDeepItIsWrapped(t *testing.T) {
	t.Parallel()
	f := fault.Refuse(fault.Conflict, "thing.taken", fault.Say("%d are taken", "已占用 %d 个", 2)).With("revision", 3)
	err := fmt.Errorf("outer: %w", fmt.Errorf("inner: %w", f))
	if !fault.Is(err, "thing.taken") || fault.Is(err, "thing") || fault.Of(err) != f {
		t.Errorf("got %v", fault.Of(err))
	}
	if fault.Of(errors.New("disk full")) != nil || fault.Of(nil) != nil || fault.Is(nil, "") {
		t.Error("a defect passes for a fault")
	}
}

func TestAFaultSpeaksBothLanguages(t *testing.T) {
	t.Parallel()
	text := fault.Say("%d are taken", "已占用 %d 个", 2)
	for locale, want := range map[string]string{"zh-CN": "已占用 2 个", "zh": "已占用 2 个", "en": "2 are taken", "": "2 are taken", "fr": "2 are taken"} {
		if got := text.In(locale); got != want {
			t.Errorf("%q: got %q", locale, got)
		}
	}
	if got := fault.Say("100%", "百分之百"); got.EN != "100%" {
		t.Errorf("a sentence without arguments is a format: %q", got.EN)
	}
}

func TestAnErrorNamesTheFirstPlace(t *testing.T) {
	t.Parallel()
	bad := fault.Problem{Pointer: "/title", Message: fault.Say("too long", "过长")}
	for want, f := range map[string]*fault.Fault{
		`x: no`:                        fault.Refuse(fault.Invalid, "x", fault.Say("no", "否")),
		`x: no: at "/title": too long`: fault.Refuse(fault.Invalid, "x", fault.Say("no", "否"), bad),
		`x: no: at "/title": too long (and 2 more)`: fault.Refuse(fault.Invalid, "x", fault.Say("no", "否"), bad, bad, bad),
	} {
		if f.Error() != want {
			t.Errorf("got %s, want %s", f, want)
		}
	}
}

func TestACauseIsForTheLogs(t *testing.T) {
	t.Parallel()
	cause := errors.New("password=hunter2")
	f := fault.Refuse(fault.Unavailable, "db.away", fault.Say("not now", "请稍后")).Because(cause)
	if !errors.Is(f, cause) || f.Error() != "db.away: not now" {
		t.Errorf("got %v", f)
	}
}

func TestEveryKindHasAName(t *testing.T) {
	t.Parallel()
	want := []string{"internal", "invalid", "unauthenticated", "denied", "not_found", "conflict", "limit", "unavailable"}
	for k := fault.Internal; k <= fault.Unavailable; k++ {
		if k.String() != want[k] {
			t.Errorf("kind %d is %s", k, k)
		}
	}
}

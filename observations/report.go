package observations

import (
	"slices"
	"strings"

	"github.com/google/uuid"

	"qbank/domain/fault"
)

// Kind is what a device reports.
type Kind string

// The kinds of reports.
const (
	Ready       Kind = "ready"        // the lesson was loaded
	Failed      Kind = "failed"       // it could not be
	AnswerError Kind = "answer_error" // an answer could not be given
)

// Kinds lists the kinds of reports.
var Kinds = []Kind{Ready, Failed, AnswerError}

// Cause is why something failed. The list is closed; Other is for the rest.
type Cause string

// The causes.
const (
	Network     Cause = "network"     // no connection, or it broke
	Timeout     Cause = "timeout"     // it took too long
	Missing     Cause = "missing"     // a file was not there
	Integrity   Cause = "integrity"   // a file was not what its hash says
	Unsupported Cause = "unsupported" // the engine or the device lacks something
	Script      Cause = "script"      // the container broke
	Storage     Cause = "storage"     // no room on the device
	Refused     Cause = "refused"     // the server refused it
	Server      Cause = "server"      // the server failed
	Other       Cause = "other"
)

// Causes lists the causes.
var Causes = []Cause{Network, Timeout, Missing, Integrity, Unsupported, Script, Storage, Refused, Server, Other}

// Report is one thing that a device says.
type Report struct {
	ID      string // of the device's choosing, 1 to 64 printable ASCII characters: the same one again is the same report
	Kind    Kind
	Lesson  uuid.UUID
	Release uuid.UUID // as the manifest has them
	Cause   Cause     // of Failed and AnswerError
	Took    int64     // milliseconds from the manifest to Ready
	At      int64     // microseconds; when it happened, by the server's clock
}

// The bounds of a report.
const (
	maxID   = 64
	MaxTook = 3_600_000                 // milliseconds: nobody waits an hour
	MaxLate = 7 * 24 * 3600 * 1_000_000 // microseconds that a report may come after what it is of
)

// Check refuses a report that cannot be. now is microseconds.
func (r Report) Check(now int64) error {
	var problems []fault.Problem
	wrong := func(pointer, code string, message fault.Text) {
		problems = append(problems, fault.Problem{Pointer: pointer, Code: code, Message: message})
	}
	if r.ID == "" || len(r.ID) > maxID || strings.ContainsFunc(r.ID, func(c rune) bool { return c <= ' ' || c > '~' }) {
		wrong("/id", "id", fault.Say("1 to %d printable ASCII characters", "应为 1 到 %d 个可打印的 ASCII 字符", maxID))
	}
	if !slices.Contains(Kinds, r.Kind) {
		wrong("/kind", "enum", fault.Say("one of %v", "应为 %v 之一", Kinds))
	}
	if r.Lesson == uuid.Nil {
		wrong("/lesson", "required", fault.Say("the lesson of the manifest is expected", "应为清单中的讲次"))
	}
	if r.Release == uuid.Nil {
		wrong("/release", "required", fault.Say("the release of the manifest is expected", "应为清单中的发布"))
	}
	switch fails := r.Kind != Ready; {
	case fails && !slices.Contains(Causes, r.Cause):
		wrong("/cause", "enum", fault.Say("one of %v", "应为 %v 之一", Causes))
	case !fails && r.Cause != "":
		wrong("/cause", "unexpected", fault.Say("what is ready has no cause", "加载成功不应有原因"))
	}
	if r.Took < 0 || r.Took > MaxTook || r.Kind != Ready && r.Took != 0 {
		wrong("/took", "range", fault.Say("0 to %d milliseconds, of what is ready", "应为 0 到 %d 毫秒，且仅用于加载成功", MaxTook))
	}
	if r.At > now || now-r.At > MaxLate {
		wrong("/event_mono", "range", fault.Say("at most %d days ago", "应在 %d 天以内", MaxLate/(24*3600*1_000_000)))
	}
	if len(problems) > 0 {
		return fault.Refuse(fault.Invalid, "telemetry.invalid", fault.Say("the report cannot be", "上报内容无效"), problems...)
	}
	return nil
}

// platforms are those that figures tell apart. What a device says of itself is free text; figures are not.
var platforms = []string{"android", "harmony", "ios", "linux", "macos", "web", "windows"}

// otherPlatform is every other one, and what says nothing.
const otherPlatform = "other"

func platform(said string) string {
	if said = strings.ToLower(said); slices.Contains(platforms, said) {
		return said
	}
	return otherPlatform
}

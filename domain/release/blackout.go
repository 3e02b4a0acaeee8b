package release

import (
	"strconv"
	"strings"
	"time"

	"qbank/domain/fault"
)

// MaxBlackouts is how many a release has at most.
const MaxBlackouts = 20

// Moment is an instant, with the rules of the zones that blackouts name. A zone that is missing is not known.
type Moment struct {
	At    int64 // microseconds since 1970 UTC
	Zones map[string]*time.Location
}

// Blackout is hours of every day in which nobody is moved to another version: when classes are under way.
type Blackout struct {
	From string `json:"from"` // "18:00", by the clocks of the zone
	To   string `json:"to"`   // "22:00", the first minute behind; at most "24:00"
	Zone string `json:"zone"` // IANA: "Asia/Shanghai"
}

// Covers reports whether the moment lies in the blackout. In a zone that is not known, all of them do: what cannot be told is not
// risked.
func (b Blackout) Covers(m Moment) bool {
	from, to, ok := b.minutes()
	zone := m.Zones[b.Zone]
	if !ok || zone == nil {
		return true
	}
	local := time.UnixMicro(m.At).In(zone)
	now := local.Hour()*60 + local.Minute()
	return from <= now && now < to
}

func (b Blackout) minutes() (from, to int, ok bool) {
	from, begins := minute(b.From)
	to, ends := minute(b.To)
	return from, to, begins && ends
}

// minute reads "18:05" as minutes since midnight.
func minute(clock string) (int, bool) {
	hours, minutes, colon := strings.Cut(clock, ":")
	h, herr := strconv.ParseUint(hours, 10, 8)
	m, merr := strconv.ParseUint(minutes, 10, 8)
	at := int(h*60 + m)
	return at, colon && herr == nil && merr == nil && len(hours) == 2 && len(minutes) == 2 && m < 60 && at <= 24*60
}

func (b Blackout) check(at string, m Moment) []fault.Problem {
	var problems []fault.Problem
	wrong := func(field, code string, message fault.Text) {
		problems = append(problems, fault.Problem{Pointer: at + field, Code: code, Message: message})
	}
	for _, clock := range [...]struct{ field, at string }{{"/from", b.From}, {"/to", b.To}} {
		if _, ok := minute(clock.at); !ok {
			wrong(clock.field, "clock", fault.Say("a time of day such as 18:00", "应为一天中的时刻，如 18:00"))
		}
	}
	if from, to, ok := b.minutes(); ok && to <= from {
		wrong("/to", "window", fault.Say("a blackout ends after it begins; one over midnight is two: until 24:00 and from 00:00", "静默时段的结束应晚于开始；跨午夜请分成两段：到 24:00 和从 00:00 起"))
	}
	if m.Zones[b.Zone] == nil {
		wrong("/zone", "zone", fault.Say("there is no time zone %.60q; give a name such as Asia/Shanghai", "没有时区 %.60q，请使用 Asia/Shanghai 这样的名称", b.Zone))
	}
	return problems
}

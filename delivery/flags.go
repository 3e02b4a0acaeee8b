package delivery

import (
	"context"
	"strings"

	"github.com/google/uuid"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/fault"
	"qbank/domain/release"
)

// Flag is what a student gets of something that not all get alike, in the words of OpenFeature.
type Flag struct {
	Key      string         `json:"key"`
	Value    any            `json:"value,omitempty"` // a string, number, boolean, object or list; nil: what the client's code says
	Variant  string         `json:"variant,omitempty"`
	Reason   string         `json:"reason"`
	Metadata map[string]any `json:"metadata,omitempty"` // strings, numbers and booleans
}

// The reasons of flags.
const (
	ReasonStatic   = "STATIC"          // nothing was chosen: everybody gets it
	ReasonTargeted = "TARGETING_MATCH" // a rule matched
	ReasonSplit    = "SPLIT"           // the share
	ReasonDefault  = "DEFAULT"         // no rule matched
	ReasonDisabled = "DISABLED"        // nothing is chosen at present: what was, stays; or the default of what was switched off
)

// Flags is a source of flags, with keys of its own. It is safe for concurrent use.
type Flags interface {
	// Flag evaluates a flag for a student; nil where the source has none of this key, or not for the student's organisation and environment.
	Flag(ctx context.Context, actor access.Actor, key string) (*Flag, error)
	// All evaluates all that there are for the student, in any order.
	All(ctx context.Context, actor access.Actor) ([]Flag, error)
}

// lessonFlag begins the key of the flag that says which arm of its release a student gets of a lesson: "lesson." and its id.
const lessonFlag = "lesson."

// The variants of a lesson's flag, which are its values too.
const (
	candidateVariant = "candidate"
	baselineVariant  = "baseline"
)

// releaseFlags makes a flag of every lesson that is live.
type releaseFlags struct{ bus *commands.Bus }

// Flag says which arm a student gets of a lesson.
func (f releaseFlags) Flag(ctx context.Context, actor access.Actor, key string) (*Flag, error) {
	lesson, is := lessonOf(key)
	if !is {
		return nil, nil
	}
	return f.flag(ctx, actor, lesson)
}

// lessonOf reads the key of a lesson's flag.
func lessonOf(key string) (lesson uuid.UUID, is bool) {
	text, is := strings.CutPrefix(key, lessonFlag)
	if !is {
		return lesson, false
	}
	lesson, err := uuid.Parse(text)
	return lesson, err == nil && lesson.String() == text
}

// All are the flags of the lessons that a release under way has: of the others there is nothing to choose.
func (f releaseFlags) All(ctx context.Context, actor access.Actor) ([]Flag, error) {
	lessons, err := f.bus.Live.UnderWay(ctx, actor.Scope)
	if err != nil {
		return nil, err
	}
	list := make([]Flag, 0, len(lessons))
	for _, lesson := range lessons {
		flag, err := f.flag(ctx, actor, lesson)
		if err != nil {
			return nil, err
		}
		if flag != nil { // else its release has ended a moment ago
			list = append(list, *flag)
		}
	}
	return list, nil
}

// flag is nil where nothing of the lesson is live. Where a release under way is all there is of it, and the student is not in, it has no value.
func (f releaseFlags) flag(ctx context.Context, actor access.Actor, lesson uuid.UUID) (*Flag, error) {
	resolved, decision, err := f.bus.Why(ctx, actor, commands.Ask{Lesson: lesson})
	notLive := fault.Is(err, "lesson.not_live")
	if notLive && decision.Cause == "" {
		return nil, nil
	}
	if err != nil && !notLive {
		return nil, err
	}
	flag := &Flag{Key: lessonFlag + lesson.String(), Reason: reasonOf(decision)}
	if notLive {
		return flag, nil
	}
	flag.Variant = baselineVariant
	if decision.In {
		flag.Variant = candidateVariant
	}
	flag.Value = flag.Variant
	flag.Metadata = map[string]any{"release": resolved.Release.String(), "version": resolved.Version}
	return flag, nil
}

func reasonOf(d release.Decision) string {
	switch d.Cause {
	case release.ByRule:
		return ReasonTargeted
	case release.BySplit:
		return ReasonSplit
	case release.ByFreeze:
		return ReasonDisabled
	}
	return ReasonStatic
}

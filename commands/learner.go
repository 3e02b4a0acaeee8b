package commands

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	lru "github.com/hashicorp/golang-lru/v2"

	"qbank/domain/access"
	"qbank/domain/roster"
	"qbank/domain/targeting"
)

// learner is what is known of the student whose eyes the actor looks through. Who it is comes from the token, the device from the actor,
// classes from the roster: it is asked only where somebody wants to know.
func (b *Bus) learner(ctx context.Context, actor access.Actor, session uuid.UUID, askRoster bool) (*targeting.Context, error) {
	device := actor.Device
	who := &targeting.Context{
		Student: roster.PersonOf(actor.Student()).String(), Org: actor.Scope.Org, Environment: actor.Scope.Environment,
		Platform: device.Platform, AppVersion: device.AppVersion, Channel: device.Channel, Region: device.Region, Locale: device.Locale,
	}
	if session != uuid.Nil {
		who.Session = session.String()
	}
	if !askRoster {
		return who, nil
	}
	known, err := b.onRoster(ctx, actor.Scope, actor.Student())
	if err != nil {
		return nil, err
	}
	who.Classes, who.Courses, who.Terms, who.Lines, who.Teachers = known.classes, known.courses, known.terms, known.lines, known.teachers
	who.Grade = known.grade
	if known.region != "" {
		who.Region = known.region // what the roster says counts for more than what a device says
	}
	return who, nil
}

// The bounds of what is remembered of the roster for rules.
const (
	cachedOnRoster = 50_000
	// rosterTrusted is how long a student who changes class may still be held against the rules as one of the old class. It keeps the
	// database out of the way of a class that loads its lesson again and again.
	rosterTrusted = 2 * time.Second
)

// onRoster is what the roster says of a student, in the words of rules.
type onRoster struct {
	classes, courses, terms, lines, teachers []string
	grade, region                            string
	at                                       time.Time
}

// rosterCache keeps what the roster said of students a moment ago. Only rules go by it: what an attempt records is asked anew.
type rosterCache struct {
	known *lru.Cache[rosterKey, onRoster]
}

type rosterKey struct {
	scope   access.Scope
	student string
}

func newRosterCache() (*rosterCache, error) {
	known, err := lru.New[rosterKey, onRoster](cachedOnRoster)
	if err != nil {
		return nil, fmt.Errorf("make the cache of the roster: %w", err)
	}
	return &rosterCache{known}, nil
}

func (b *Bus) onRoster(ctx context.Context, scope access.Scope, student string) (onRoster, error) {
	key := rosterKey{scope, student}
	if known, ok := b.rosters.known.Get(key); ok && time.Since(known.at) < rosterTrusted {
		return known, nil
	}
	e, err := b.Classes.Enrolment(ctx, scope, student)
	if err != nil {
		return onRoster{}, err
	}
	fresh := onRoster{classes: texts(e.Classes), courses: texts(e.Courses), terms: texts(e.Terms), lines: texts(e.Lines), teachers: texts(e.Teachers),
		grade: e.Grade, region: e.Region, at: time.Now()}
	b.rosters.known.Add(key, fresh)
	return fresh, nil
}

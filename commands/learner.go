package commands

import (
	"context"

	"github.com/google/uuid"

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
	classes, err := b.Classes.ClassesOf(ctx, actor.Scope, actor.Student())
	if err != nil {
		return nil, err
	}
	who.Classes = make([]string, min(len(classes), targeting.MaxFacts))
	for i := range who.Classes {
		who.Classes[i] = classes[i].String()
	}
	return who, nil
}

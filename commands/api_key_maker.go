package commands

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/apikey"
	"qbank/domain/erasure"
	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/staff"
	"qbank/eventstore"
)

// APIKey is a key as it is by now, read from the log itself, with the person who made it and whether it lost that person; one that never was is the
// refusal "api_key.not_found".
func (b *Bus) APIKey(ctx context.Context, id uuid.UUID) (apikey.Key, error) {
	w := &Work{Bus: b}
	recorded, err := w.read(ctx, id, 0)
	if err != nil {
		return apikey.Key{}, err
	}
	if len(recorded) == 0 {
		return apikey.Key{}, apikey.NotFound()
	}
	k, err := fold(b.Codec, apikey.Key{}, recorded)
	if err == nil && k.Maker == "" {
		k, err = w.withMaker(ctx, k, recorded[0])
	}
	if err == nil && !k.Orphaned {
		k.Orphaned, err = w.orphaned(ctx, k, recorded[0].Position)
	}
	return k, err
}

// withMaker is a key from before its event said who made it: whoever acted, or made the key that did, with which it ends.
func (w *Work) withMaker(ctx context.Context, k apikey.Key, created eventstore.Recorded) (apikey.Key, error) {
	var meta event.Meta
	if err := json.Unmarshal(created.Meta, &meta); err != nil {
		return k, fmt.Errorf("stream %s version %d: decode metadata: %w", created.Stream, created.Version, err)
	}
	k.Maker = meta.Actor
	if parent, is := apikey.ActorID(meta.Actor); is {
		made, err := w.APIKey(ctx, parent)
		if err != nil {
			return k, err
		}
		k.Maker, k.Orphaned = made.Maker, made.Revoked || made.Orphaned
	}
	return k, nil
}

// orphaned reports whether the maker of a key, made at a position, was erased or has lost all roles in its organisation since. Of whoever was never granted any
// (a token, a claim of the identity provider) nobody can tell.
func (w *Work) orphaned(ctx context.Context, k apikey.Key, made int64) (bool, error) {
	person, err := uuid.Parse(k.Maker)
	if err != nil {
		return false, nil //nolint:nilerr // nobody who signs in
	}
	roles, erased := staff.Stream(person), erasure.Stream(person)
	streams, err := w.Log.ReadStreams(ctx, []uuid.UUID{roles, erased})
	if err != nil {
		return false, fmt.Errorf("read about the maker of a key: %w", err)
	}
	p, err := fold(w.Codec, staff.Person{}, streams[roles])
	if err != nil {
		return false, err
	}
	left := slices.ContainsFunc(p.Grants, func(g staff.Grant) bool { return access.Covers(g.Org, k.Org) })
	return slices.ContainsFunc(slices.Concat(streams[roles], streams[erased]), func(r eventstore.Recorded) bool {
		return r.Position > made && (r.Type == erasure.Begun{}.Name() || r.Type == staff.RoleRevoked{}.Name() && !left)
	}), nil
}

// persons are the persons who answer for what actors did, in order, each once.
func (w *Work) persons(ctx context.Context, actors []string) ([]string, error) {
	slices.Sort(actors)
	persons := slices.Compact(actors)
	for i, actor := range persons {
		var err error
		if persons[i], err = w.personOf(ctx, actor); err != nil {
			return nil, err
		}
	}
	slices.Sort(persons)
	return slices.Compact(persons), nil
}

// personOf is the person who answers for what an actor did, as the log names actors.
func (w *Work) personOf(ctx context.Context, actor string) (string, error) {
	id, is := apikey.ActorID(actor)
	if !is {
		return actor, nil
	}
	k, err := w.APIKey(ctx, id)
	if fault.Is(err, "api_key.not_found") {
		return actor, nil // a token may say anything
	}
	return k.Maker, err
}

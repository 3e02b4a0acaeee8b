package commands

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"qbank/domain/apikey"
	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/eventstore"
)

// APIKey is a key as it is by now, read from the log itself, with the person who made it; one that never was is the refusal "api_key.not_found".
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
		k.Maker, err = w.maker(ctx, recorded[0])
	}
	return k, err
}

// maker is the person who made a key, of which the event itself does not say so: whoever acted, or made the key that did.
func (w *Work) maker(ctx context.Context, created eventstore.Recorded) (string, error) {
	var meta event.Meta
	if err := json.Unmarshal(created.Meta, &meta); err != nil {
		return "", fmt.Errorf("stream %s version %d: decode metadata: %w", created.Stream, created.Version, err)
	}
	return w.personOf(ctx, meta.Actor)
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

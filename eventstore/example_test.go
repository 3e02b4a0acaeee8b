package eventstore_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"qbank/eventstore"
	"qbank/internal/localpg"
	"qbank/migrations"
)

func Example() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "qbank-example-")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	server, err := localpg.Start(ctx, localpg.Options{Dir: dir})
	if err != nil {
		log.Fatal(err)
	}
	defer server.Stop(ctx)
	pool, err := pgxpool.New(ctx, server.URL())
	if err != nil {
		log.Fatal(err)
	}
	defer pool.Close()
	if err := migrations.Up(ctx, pool); err != nil {
		log.Fatal(err)
	}
	store, err := eventstore.Open(ctx, pool, eventstore.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()

	question := uuid.Must(uuid.NewV7())
	write := func(expected int, eventType, data string) {
		outcomes, err := store.Append(ctx, eventstore.Append{Stream: question, Expected: expected, Events: []eventstore.Event{
			{ID: uuid.Must(uuid.NewV7()), Type: eventType, SchemaVersion: 1, Data: json.RawMessage(data)},
		}})
		if err != nil {
			log.Fatal(err) // nobody knows: ask again with the same event
		}
		var conflict *eventstore.ConflictError
		switch o := outcomes[0]; {
		case errors.As(o.Err, &conflict):
			fmt.Printf("%s: the question is at version %d by now\n", eventType, conflict.Actual)
		case o.Err != nil:
			fmt.Println(o.Err)
		default:
			fmt.Printf("%s: %v at position %d\n", eventType, o.Status, o.Position)
		}
	}
	write(0, "question.created", `{"type": "single-choice"}`)
	write(1, "question.edited", `{"stem": "2 + 2 = ?"}`)
	write(1, "question.edited", `{"stem": "2 + 3 = ?"}`)
	write(2, "question.edited", `{"stem": "\u0000"}`)

	reading, stop := context.WithCancel(ctx)
	store.Follow(reading, 0, func(_ context.Context, batch []eventstore.Recorded) error {
		for _, e := range batch {
			fmt.Println(e.Position, e.Version, e.Type, string(e.Data))
		}
		stop()
		return nil
	})
	// Output:
	// question.created: stored at position 1
	// question.edited: stored at position 2
	// question.edited: the question is at version 2 by now
	// event.nul: data of "question.edited" at byte 10: the character NUL (\u0000)
	// 1 1 question.created {"type": "single-choice"}
	// 2 2 question.edited {"stem": "2 + 2 = ?"}
}

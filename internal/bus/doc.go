// Package bus carries doorbells: "the log has grown to this position, look".
//
//	doors := bus.New(pool, bus.Options{Logger: logger})
//	doors.OnBell(engine.Wake)
//	go doors.Run(ctx)
//	store, err := eventstore.Open(ctx, pool, eventstore.Options{OnCommit: doors.Ring})
//
// In the process a bell is a message of a Watermill GoChannel; to other processes on the same database it is a PostgreSQL
// notification, sent by a goroutine and a connection of its own, after the commit, so that no commit pays for it. Bells are coalesced: many
// commits may ring once, with the last position. A bell that is lost, while a connection is made anew for instance, is not repeated: who
// follows the log looks once a second without being told. The bus is never the record.
package bus

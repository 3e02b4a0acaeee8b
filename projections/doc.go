// Package projections turns the log into what people read.
//
// A read model is a [Projection]: its [Tables] with a name and a version, the events it wants, and Apply, which folds a batch of
// events into those tables. It lives in a folder of its own below this one. The [Engine] does the rest:
//
//	engine, err := projections.New(pool, store, codec, projections.Options{Logger: logger}, catalog.New(), gradebook.New())
//	go engine.Run(ctx)
//	...
//	err = engine.Wait(ctx, "catalog", position) // read your own writes
//
// # What it promises
//
// Every event takes effect exactly once, and in the order of the log. A batch and the checkpoint move in one
// transaction, and the checkpoint moves by compare-and-set before anything is written: whoever finds it elsewhere has been overtaken by
// another worker and gives up. An advisory lock keeps a second process from trying at all, but nothing depends on it. A
// process may be killed at any moment.
//
// An event that cannot be applied stops its own projection and no other. The batch is tried again, then halved until the
// event is alone; what stands before it is kept, and the projection is parked there, for all to see: [Engine.Status],
// [Engine.Ready] and [Engine.Wait] name it. [Retry] goes on once the reason is gone; [Skip] leaves the event out, and
// writes down who wanted that and why. An event whose type this program does not know parks too: a newer program wrote it, and
// passing over it would lose it silently. A program that knows it picks the work up by itself.
//
// # Building anew
//
// A copy of a read model is one PostgreSQL schema. [SchemaName] says which one readers use: catalog_v1. When a program
// brings version 2, it fills catalog_v2 while catalog_v1 serves. Having caught up, it applies the last few events and
// becomes the serving one in a single transaction; the older version's worker notices and stops, and its schema is dropped when no
// process that reads it is left. [Rebuild] does the same within a version: the tables fill in catalog_v1_next and change names
// with the old ones in one transaction. Readers use one statement per consistent answer and notice nothing.
//
// # What it leaves to others
//
// The log (package eventstore) keeps the facts; followers that issue commands are package processes. A projection knows no
// other projection, no command and no door.
package projections

// Package watch tells those who wait that something has changed.
//
//	hub := watch.New()
//	engine.Listen(hub.Heard) // every event of the log, whichever node appended it
//	w := hub.Watch(watch.Wants{Events: []string{"question.edited"}, Stream: id, Org: actor.Scope.Org})
//	defer w.Close()
//	for {
//		change, err := w.Next(ctx) // then read anew what is of interest, as of change.Position
//	}
//
// A change says what has changed, not how: whoever is told reads the read models, with the rights that they have by then. So changes can be
// put together while a reader is busy. A reader that is slow is told less often, costs a bounded amount of memory and holds up nobody.
//
// What does not stand in the log is looked at by [Hub.Poll], once for all watchers of a node.
package watch

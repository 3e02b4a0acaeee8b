// Package processes follows the log to issue commands: when this has happened, do that.
//
// A [Process] is a name, the events it answers, and Handle. The [Router] gives it those events one after another, in the
// order of the log, through a Watermill router: metrics, correlation, retries, recovery from panics.
//
//	router, err := processes.New(pool, engine.Log(), codec, processes.Options{Logger: logger})
//	router.Add(guard.Settle{Commands: commands}, processes.FromBeginning)
//	go router.Run(ctx)
//
// # What it promises
//
// An event reaches Handle at least once, never beside or before an earlier one. Ack moves the process's checkpoint; a process
// that is killed between the two meets the event again. So a process derives the ids of what it issues from the event,
// with [CommandID]: stored twice, the same event is one event.
//
// One process of the same name works at a time, however many programs run it. An event that Handle keeps refusing halts the process: it
// stays on that event, shows as parked in the [Router.Status], and tries again more and more seldom, a minute apart at most. Nothing is
// put aside and nothing overtakes. An operator can
// make it try at once, or leave the event out, with who wanted that and why: see qbank/internal/checkpoint.
//
// # What is due
//
// What no event asks for, such as a release whose instant has come, is a [Round]: a look at how things are, again and again, by one program at a
// time ([RunRounds]).
//
// # What it leaves to others
//
// Processes are not rebuilt: what they did is in the log. What only has to be read is a projection.
package processes

// Package observations keeps what machines notice: that a manifest was served, that a lesson was ready or failed to load, that an answer was
// taken or ended in an error. They are appended, added up and expired; they are not in the log, and are never rebuilt.
//
//	recorder, err := observations.NewRecorder(pool, observations.Options{Logger: logger})
//	go recorder.Run(ctx)                          // writes once a second, and what is left when ctx ends
//	recorder.Served(actor, served)                // a manifest
//	accepted, waiting := recorder.Report(actor, reports) // what a device says
//	figures, err := observations.NewReader(pool).Samples(ctx, arms)
//
// # What it promises
//
// Nothing here holds up a student: Served, Answered and Report only put a line into memory, which is bounded. What does not fit is dropped and
// counted. Writing is one transaction for all that came meanwhile; where it fails it is tried again with what came since. A program that is killed
// loses the last second, and which students answered in the last five.
//
// Who reports is who the token says. A report counts only where its student was served that very release of that lesson, and once, however
// often it is sent. Whoever looks through a student's eyes leaves nothing. In what a release's guard reads ([Reader.Samples]) a student counts once,
// however much a device reports.
//
// # How long
//
// Reports are kept for two weeks, which is longer than they may be late, so that none is counted twice; who was served what for half a
// year, and so is what became of a reissue, from its end on; sums by the hour for a year.
package observations

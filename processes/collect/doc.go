// Package collect lets go of resource files that nothing names.
//
// It looks now and then. A file that nothing has named for the grace time is marked: from then on it cannot be relied on, for publishing a
// question or a lesson asks the file's own stream. After a settling time, longer than any command takes, whatever was decided while the mark was
// being set stands in the log; the collector then waits until the read model has seen all of the log, looks once more, and either
// restores the file, which was named or uploaded again in the grace time, or removes its bytes. A reference that came in between is thus always seen:
//
//   - decided before the mark: recorded within the settling time, so the last look finds it;
//   - decided after the mark: refused where it would matter, for the file is not known any more. A draft may name it nevertheless; if
//     that is recorded before the last look the file is restored, and if it is later the draft shows that the file is missing, as
//     it would for any file that was never uploaded.
//
// An upload of the same bytes clears the mark at once, and shares a lock with the last look (see package library). A collector that is
// stopped anywhere, or runs twice, does no harm: each step is taken only in the state before it.
package collect

// Package timeline carries times from one cut of a medium to the next.
//
// A re-cut medium is another file with another hash. Its edit list says which spans of the old one it keeps, and where:
//
//	cut := timeline.Cut{{From: 0, To: 60_000, At: 5_000}, {From: 90_000, To: 120_000, At: 65_000}}
//	at, kept := cut.Moment(10_000)              // 15000, true
//	pieces := cut.Period(50_000, 100_000)       // [{55000 75000}]: what was cut out in between is gone
//
// All times are whole milliseconds, and all spans half open: a medium of duration d has the milliseconds 0 to d-1. What is kept is
// carried over exactly; what is not is never moved elsewhere, and the caller is told.
package timeline

// Package preview shows questions and lessons as a student would get them, before anybody does: any draft, revision, version or moment.
//
// What is shown is pinned first ([Stage.Pin]), by numbers that never mean anything else later: a revision of a stream, a position of the
// log. A ticket carries the pins, signed, so nothing about a preview is stored; whoever answers sends the ticket back and gets
// marks with their reasons ([Stage.Score]). No event is written, no read model changes, no figure counts it.
//
//	pins, err := stage.Pin(ctx, actor, preview.Ask{Question: id})
//	ticket, err := tickets.Issue(pins, time.Hour)
//	...
//	pins, err := tickets.Open(ctx, ticket)
//	view, err := stage.Show(ctx, pins)
//	result, err := stage.Score(ctx, pins, answers)
//
// A ticket can be made to be shared ([Tickets.Share]): then it lives for up to 30 days, holds only the number of a row that has the pins,
// and its maker can revoke it. Tickets are signed with the program's key for a purpose of their own, so none of them is ever a login, and no
// login is ever a ticket.
//
// # What it promises
//
// What is shown is the public view, parted from the solution by the same code as everywhere: two contents that differ only in secrets
// give the same bytes. Solutions are shown only where the maker of the ticket, who may read questions, said so.
package preview

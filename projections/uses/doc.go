// Package uses is the authors' queue of revisions: each lesson that has an older version of a question than there is, and whose turn it is to
// accept or decline.
//
//	reader := uses.NewReader(pool)
//	offers, err := reader.Offers(ctx, org, uses.Filter{Owner: actor.ID}, read.Page{})
//
// A revision (改版) is another question in effect: no lesson gets it unasked. From its publication it is offered to each lesson whose draft names an
// older version, or, where the draft takes whichever is the newest, whose newest published version does. The owner is who wrote the lesson last. An
// offer is closed by putting the version into the draft, or by declining it; the next revision opens another.
//
// Errata are not offered: they reach every use by themselves.
package uses

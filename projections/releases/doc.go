// Package releases is the releasers' view: which releases there are, how far each is, what is live now, and who did what, when and because of which
// figures.
//
//	reader := releases.NewReader(pool)
//	list, err := reader.List(ctx, scope, releases.Filter{Live: true}, read.Page{})
//	history, err := reader.History(ctx, scope, list.Rows[0].ID, read.Page{})
//
// It holds releases with a plan, from their own streams, and those that make one lesson live at once, from the stream of their environment: these are
// complete from the beginning. Who gets what is the business of package delivery.
package releases

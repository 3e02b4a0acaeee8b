// Package reissues is the read model of what overrules releases: reissues and takedowns, who asked for them and what became of them, and the notices
// that connected students get of them, of releases and of changed configuration.
//
//	reader := reissues.NewReader(pool)
//	force, err := reader.InForce(ctx, "prod", now)        // what overrules releases from now on
//	list, err := reader.List(ctx, scope, reissues.Filter{}, read.Page{})
//	notices, err := reader.Notices(ctx, position, 500)    // what happened behind a position
//
// Whether a reissue is active is a matter of the clock, so no row says it. A notice has the position of its event: whoever was connected before goes on
// behind the last one seen, whichever node it comes back to. Who got what of a reissue is observed, not decided: package observations/ledger.
package reissues

// Package notices tells students who are connected what concerns them: reissues, takedowns, releases, changed configuration, and whatever else is written as a notice.
//
// There is one [Hub] in a process. It reads notices behind the log's doorbell, once for everybody, finds out whom each is for (one question to the roster), and
// hands the same bytes to each of those who are subscribed.
//
//	hub := notices.New(reader, roster, wait, notices.Options{})
//	go hub.Run(ctx)
//	subscription, err := hub.Subscribe(ctx, notices.Listener{...}, lastSeen)
//	for message := range subscription.C { ... }
//
// Nobody holds up anybody: a subscription has a small buffer, and one that is full loses what comes and is told to look again ([Subscription.Lagged]). What
// happened is remembered for a while, so whoever comes back says what was seen last and goes on behind it; whoever was away for longer is told so and
// asks for everything anew. A message's id is its position in the log and means the same on every node.
//
// Another kind of notice is a row of the read model that a reader gives: nothing here knows kinds.
package notices

// Package checkpoint keeps how far each follower of the log has come, who may move that, and why it stands still.
//
// A follower is a projection (its version is 1 or more) or a process (version 0). Its row says: everything up to Position
// has taken effect. [Move] is a compare-and-set inside the transaction that makes the effect: of two workers that both
// believe to be at the same position, one gets [ErrOvertaken]. [TryLock] keeps the second from trying, as long as both
// sessions live.
//
// A follower that cannot get past an event is parked: the row names the event and the error, and [Move] refuses until
// [Retry] or [Skip]. Both only write to the database: the worker, in whatever process, sees it within a tick.
package checkpoint

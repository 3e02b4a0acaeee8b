// Package ratelimit bounds how often somebody may ask, per person or program and, of those who have not said who they are, per address.
//
//	limits, err := ratelimit.New(ratelimit.Options{Limits: ratelimit.Defaults, Proxies: trusted})
//	if err := limits.Actor(ratelimit.Answers, actor.ID); err != nil { ... } // the fault "rate.limited"
//	if err := limits.Address(ratelimit.Failed, r); err != nil { ... }
//
// Each has a token bucket: so many at once, and so many a second from then on. Whoever is known is never bounded by address: a class of
// sixty sits behind one. Buckets are kept in the memory of a node, as many as are used, up to a bound; the one unused for longest goes first,
// and a new one is full. A nil *Limits lets everything through.
//
// The address of a request is its peer's. Only where that is a trusted proxy, the header X-Forwarded-For is believed, from its end back to
// the first address that is no trusted proxy's.
package ratelimit

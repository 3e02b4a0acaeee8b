// Package takedown decides which versions of a question are nowhere (下架).
//
// A takedown is of one version or of the whole question, in one environment or in every one. It works at once, also in a class that is running and in
// attempts that are open, until somebody lifts it. Every question has a stream of its own for this, beside its history: taking down is urgent and must
// neither wait for an author's edit nor change a revision that somebody saw.
//
//	events, err := takedowns.Impose(takedown.Imposed{Takedown: id, Question: q, Version: 3, Environment: "prod", Reason: "the key is wrong"}, latest)
package takedown

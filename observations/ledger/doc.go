// Package ledger keeps the ledger of reissues (补发台账): of each student whom a reissue concerns, when it was first seen that they were told, fetched it, hold
// it, run it; and so, above all, who has not.
//
//	book, err := ledger.New(pool, ledger.Options{})
//	go book.Run(ctx)
//	book.Mark(reissue, student, ledger.Told, now) // never blocks
//	marks, err := book.Of(ctx, reissue, students)
//
// These are observations, not decisions: a mark costs whoever makes it a look at a map, marks are written in batches, and a crash loses the last moments of
// them. Nothing else depends on them. A mark that was made is not made again. They are kept for half a year after the reissue has ended.
package ledger

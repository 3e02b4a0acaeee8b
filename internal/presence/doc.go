// Package presence knows who has what open right now, so that two people do not work on the same thing without knowing of each other.
//
//	board := &presence.Board{Pool: pool, Hub: hub}
//	err := board.Announce(ctx, question, "wang", "/stem") // again every 15 s
//	here, err := board.Here(ctx, question)
//
// Whoever is not heard of for 45 seconds has gone. It is a table that a crash may empty, not a history: nobody is asked later where they were. All
// nodes write to it; who watches a subject is told at once on the same node, and on others within the second at which their hub looks.
//
// Who may know of a subject is for the caller to find out.
package presence

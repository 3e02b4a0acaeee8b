// Package migrations holds the tables that are not a read model's: the log, checkpoints, numbers, people, sign-ins, jobs, observations, who is where,
// documents.
//
// Each migration is a pair of SQL files, up and down, carried inside the program:
//
//	if err := migrations.Up(ctx, pool); err != nil { ... }
//
// Two processes that start together may both call [Up]: one migrates, the other waits for it. A migration is one
// transaction, and the note that it is done is written in that very transaction, so a process killed in the middle
// leaves nothing half done and the next start goes on where it stopped.
//
// A read model owns its tables and creates them itself; they do not belong here.
package migrations

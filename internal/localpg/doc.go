// Package localpg runs a private PostgreSQL for a program that was given no database.
//
//	server, err := localpg.Start(ctx, localpg.Options{Dir: filepath.Join(data, "postgres"), Logger: log})
//	if err != nil { ... }
//	defer server.Stop(context.Background())
//	pool, err := pgxpool.New(ctx, server.URL())
//
// It finds the server's programs on PATH or where distributions put them, makes a cluster once, and starts it in a process group of its own, so
// that Ctrl-C reaches this program first, which then stops the server in good order. PostgreSQL refuses to run as root; from root it runs as
// the user postgres, or nobody.
//
// Nobody else gets in: the socket lies in a directory that only the server's user (and root) can enter, and on the
// loopback port a password is asked for, which no role has until somebody gives it one (for a reporting tool, say).
//
// One program at a time has a directory; a second one is told which process holds it ("data.in_use"). After a kill -9 of the program the
// server lives on; the next Start recognises it by its directory, stops it in good order and starts its own.
//
// # The directory
//
//	lock          held while a program runs; its process id
//	pgdata/       the cluster
//	run/          the socket (in /tmp where the path would be too long for one)
//	postgres.log  what the server says; the last one is kept as postgres.log.1
package localpg

// Package pgtest gives each test a PostgreSQL database of its own, migrated and empty, in some tens of milliseconds.
//
//	func TestSomething(t *testing.T) {
//		t.Parallel()
//		pool := pgtest.New(t) // *pgxpool.Pool; the database goes when the test ends
//	}
//
// All test binaries of a user share one server, under os.TempDir()/qbank-test-<uid>: the first one starts it, the others
// find it running, and it stops an hour after the last test asked for it. To stop it now: kill -INT $(head -1
// .../pgdata/postmaster.pid). The variable QBANK_TEST_DATABASE_URL names another server to use; its user must be
// allowed to create databases. There is no skipping: without PostgreSQL a test fails.
//
// The server keeps its commits safe like a real one (fsync, synchronous_commit), so that what passes here is not faster or
// laxer than what runs.
//
// A test's database is a copy of a template whose name holds a hash of the migrations. Templates of other
// migrations, and databases of tests that were killed, are swept away when they are a day or an hour old.
package pgtest

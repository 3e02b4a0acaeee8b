// Package projtest tests read models: given these events, these rows; and a rebuild that equals the live state to the bit.
//
//	func TestPublishedQuestionsAreListed(t *testing.T) {
//		t.Parallel()
//		log := projtest.Given(t, question.Events, catalog.New(),
//			projtest.In("q1", question.Created{Type: "single-choice"}, question.VersionPublished{Version: 1}).By("wang"))
//		rows := catalog.NewQueries(log.Pool).List(...)
//		...
//		log.RebuildEquals(t, catalog.New())
//	}
//
// Events go through a real log in a database of the test's own, are encoded and decoded, and reach Apply as they do in the program.
package projtest

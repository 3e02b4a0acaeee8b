// Package items is the read model of item analysis: what the finished attempts at a version of a lesson say about its
// questions, for authors and analysts.
//
//	reader := items.NewReader(pool)
//	analysis, err := reader.Lesson(ctx, scope, lessonID, version, items.First)
//	for _, item := range analysis.Items {
//		// item.Slot, item.Question, item.Version, item.Facility, item.ItemRest, item.Options ...
//	}
//
// # From which events
//
// An attempt enters when it is finished, as one vector of marks. A mark by hand, or an answer that arrives late, takes the old vector
// out and puts the new one in. The sums are those of package itemstats: exact, so the tables are the same to the bit whatever the batches,
// live or rebuilt.
//
// # What is kept
//
//   - forms: what an attempt was asked, once for all attempts that were asked the same. The id is a hash.
//   - sheets: one row per attempt with all its answers in a few hundred bytes, written once per batch however many answers it holds.
//   - tallies: one row per environment, organisation, lesson, version, form, and set of policies.
//
// Which attempt of a student counts is a policy: first, last, best, or all. A student with a single attempt counts under each, so
// tallies are kept apart by the set of policies that select an attempt, and a figure under one policy merges the sets that
// have it: each attempt is counted in exactly one row.
//
// # What it leaves to others
//
// The names of questions and options, and the students' own results, which is package gradebook.
package items

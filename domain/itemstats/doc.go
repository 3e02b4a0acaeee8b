// Package itemstats says how well the questions of a test measure: classical item analysis, exact to the last bit.
//
// A [Tally] takes in one [Vector] per attempt: what the attempt has at each item, in the order of the test.
//
//	tally := itemstats.New(2)
//	tally.Add(itemstats.Vector{{State: itemstats.Marked, Mark: scoring.OneMark}, {State: itemstats.Omitted}})
//	figures := tally.Figures()                       // mean, spread, α of the test
//	item := tally.Item(0).Figures(scoring.OneMark)   // facility, discrimination, options of an item
//
// # What it promises
//
// A tally is a multiset: it counts how often each pair of an item's mark and the attempt's total occurs. So Remove undoes Add,
// the order never matters, Merge is the tally of both, and two tallies of the same vectors have the same bytes. Every sum is
// drawn from the counts in integers without a bound; a figure becomes a float in its last step.
//
// # The words
//
// x is the mark at an item, t the total of the attempt, r = t − x the rest of the test. Moments are those of a sample (n−1).
//
//   - An item left out with a later one answered is omitted, and counts 0. Items after the last answer were not
//     reached: they say nothing about the item, and count 0 in the total only.
//   - An answer that waits for a person is pending. Its attempt has no total yet, so it adds to facility and to the counts of
//     options, at the items that are marked, but to no figure that needs the rest or the total.
//   - An item whose answers are unscored is a survey: it has options and no marks, and is no part of the test's reliability.
//
// # What it leaves to others
//
// Which attempts count (first, last, best of a student), who may see the figures, and the names of options. Figures of a drawn test
// are those of one form: attempts with the same items. An item's own figures may be merged over forms.
package itemstats

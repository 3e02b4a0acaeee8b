// Package guard says whether a candidate does worse than its baseline: pure statistics, without a clock or a database.
//
//	judgement := guard.Judge(plan.Guard, candidate, &baseline)
//	judgement.Verdict // successful, failed or inconclusive
//
// The unit is the student, not the request: a student whose device tries again and again is one of those for whom it failed, and the
// intervals, which suppose that one does not depend on another, hold.
//
// A limit is a margin. The candidate fails where even the lower end of the interval of the difference lies beyond it, and succeeds where even
// the upper end does not; between the two there are too few to tell, which is never a pass. Shares are compared by Newcombe's interval, made of
// two Wilson intervals; times to ready by the ratio of their medians, whose interval rests on the order of the times alone, so that a few who
// wait for ever do not matter. The more there are in the same proportion, the narrower each interval becomes around the same middle: what failed
// can become inconclusive with other data, never successful with more of the same.
//
// A step is judged again and again while it holds, which finds more differences than there are. The margin is what keeps that harmless: choose it
// larger than what would not be worth going back for; and wider still where whole class sessions are the unit of a release, since students of one class
// have a network and a room in common.
package guard

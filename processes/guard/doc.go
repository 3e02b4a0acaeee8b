// Package guard takes releases from step to step, and back, by what is observed of them.
//
// Every few seconds [Guard.Look] looks at each release under way. Where its figures say for certain that the candidate is worse than the plan allows, the
// release is rolled back, at any hour, also while it is paused or frozen. Where they say for certain that it is not, and the present step was held and
// sampled as planned, the next step is taken; at the whole, the release is completed. Otherwise it waits. The figures go into the event with
// the decision. A step without a hold, a sample and a guard is left to people.
//
// Both are compared over the same time, since the present step began, so that good and bad hours weigh alike on them. At the whole nobody gets
// the baseline any more: there it is the week before that counts.
//
// What it decides, it decides about a revision: an id made from release and revision makes the same decision one event, whoever repeats it. What a
// crash leaves between the two streams of a release, [Settle] finishes.
package guard

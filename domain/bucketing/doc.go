// Package bucketing splits people, or whatever else has a key, into weighted shares: the same key always falls into the same share,
// on every machine, without anything being remembered.
//
//	split := bucketing.Split{Candidate: 5, Total: 100}
//	split.In(releaseID, studentID) // true for five in a hundred students
//
// The algorithm is flagd's fractional evaluation in its second version, so that any OpenFeature client that evaluates a
// flag by itself comes to the same result: https://flagd.dev/reference/custom-operations/fractional-operation/.
//
// The candidate's share lies first, from bucket 0 on, and the baseline's behind it. Weight is moved from the baseline to the
// candidate, never added to both: the total stays, so does everybody's bucket, and whoever is in stays in when the share widens.
package bucketing

// Package regradejob looks, as a job, at what a regrade would do: whose marks would rise and whose would fall, under each policy.
//
// The answers stand in the log, as many as there are. They are read some hundred at a time, so that memory does not grow with them, and scored
// anew by the erratum's key. Nothing is changed: the figures go to the regrade as what its decision will rest on.
package regradejob

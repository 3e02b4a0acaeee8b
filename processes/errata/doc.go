// Package errata brings errata (勘误) to every use, as soon as they are published.
//
// Wherever the question is live, in every environment, as the baseline of a lesson or as the candidate of a release under way, the erratum takes
// the place of the version it corrects. So does an erratum that was published between the freezing of a release and its start.
// Nobody who has begun is moved: open attempts and class sessions keep what they pinned.
//
// What was answered before is another matter. Where the erratum changes how answers are scored, the process opens a proposal to
// regrade, in each environment and organisation that has such attempts; people decide about it (package regrade).
//
// It follows everything that changes what is live, its own patches too, so whatever came in between when a patch did not fit any more, a later event
// makes it look again.
package errata

// Package schedule starts releases at the instant that was planned for them.
//
// [Schedule.Look] is done once a second. An instant that passed while no program ran, or in a blackout, is made up for: the release starts late, and
// the event says by how much. One that cannot start because another release has its lessons waits until they are free, and the log says so.
package schedule

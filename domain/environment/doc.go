// Package environment decides what is live in one isolated lane of delivery.
//
// An environment's stream owns its releases: a release freezes exact versions of a lesson and its questions. Being
// published makes nothing visible; being released does. Today every release is whole (everybody gets it at once);
// shares, steps and schedules are further fields of the same event.
package environment

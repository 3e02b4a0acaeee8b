// Package event is how facts are written down and read again.
//
// Every aggregate package lists its events as [Definition] values; a [Codec] made of all of them turns an [Event] into
// bytes and back. Event names and versions are append-only: a shape that changes gets a new schema version and an
// upcast from the one before, so old facts stay readable and only the latest shape is known to the rest of the code.
package event

// Package library keeps resource files: it takes uploads in and finds files for whoever may have them.
//
// An upload is read into a draft, looked at, cleaned where it could carry programs, and only then kept, under the hash of what is kept. It is
// bounded before it is read, by what its first bytes say that it is, and by what its organisation may keep.
//
// # Why no file is lost
//
// Keeping a file is two steps, its bytes and its event, and letting it go is two as well. Both happen under a lock on the hash
// ([Library.Alone]), so that a file which is uploaded again while it goes is either there before the last look at it, or stored anew after.
// The lock is the database's: it holds across processes, and ends with them. What a process left behind between the steps is bytes without an event;
// the collector finds them.
package library

// Package repin follows what is granted, at once or when its window begins: open attempts of those whom a reissue concerns take its version, before their
// students come back to them.
//
// Correctness does not rest on it. Whoever reads or answers an open attempt takes what is due first, so a student who is faster than this process gets the
// same. What it is for is that a class which is told of a reissue finds it there already. It may be stopped anywhere and meet an event again: an attempt that
// has the version stays as it is.
package repin

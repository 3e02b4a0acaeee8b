// Package regrades carries out what was decided about marks given by a wrong key.
//
// When a regrade is proposed, it has the figures drawn. When one is approved or revoked, it brings the marks of everybody whom it concerns to what
// they are to be, some hundred attempts at a time. Stopped anywhere, it begins anew with the same event, finds what is settled already, and does the rest.
//
// Answers that come later are held against what stands when they are given; a node may not know of it for a moment. So the process goes over
// the attempts a second time, after that moment has passed.
package regrades

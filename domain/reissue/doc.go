// Package reissue decides whether a version goes to certain students at once (资源补发), whatever releases say.
//
// A reissue is one version of a question, or of a lesson, for an audience (students, classes, sessions, courses) in one environment, for a while and for a
// reason. Whoever is near the class may ask; somebody with the right to grant lets it happen, and never the one who asked where that one may not grant
// or where the audience is large.
//
//	asked ── grant ──▶ granted ── revoke ──▶ revoked
//	  │                   │
//	decline               └─ its window ends: expired
//	  ▼
//	declined
//
// Whether a granted one is active is a matter of the clock ([Reissue.Active]): nothing has to happen for it to begin or to expire. Who is in the audience is
// a matter of the roster at each moment: who joins the class later gets it too. What stands in the events is how many there were when it was asked for and
// granted, and a digest of who.
//
// What is given are versions of questions. Errata that are published after it was asked for take the place of the versions they correct.
//
// Of two active reissues that give a student different versions of a question, the one granted later wins.
package reissue

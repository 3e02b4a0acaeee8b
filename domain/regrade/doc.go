// Package regrade decides about marks that were given by a wrong key.
//
// An erratum of a question may change how its answers are scored. Marks do not move by themselves: for each environment and organisation that has
// answers to the wrong versions, a regrade is proposed, and people decide.
//
//	proposed ── ask (a policy, a reason) ──▶ asked ── approve, by another person ──▶ standing ── revoke ──▶ revoked
//	    ▲                                      │                                                            │
//	    └────────────── decline ───────────────┘                            and may be asked for again ◀────┘
//
// Before anybody asks, the figures are needed: who would gain and who would lose, under each [Policy]. They are copied into the
// decision that rested on them.
//
// A standing regrade is a [Correction]. It holds for every answer to the wrong versions, those given before and those that are still to come: an
// attempt keeps what it pinned. The mark before is kept with each revised one, so revoking gives it back.
package regrade

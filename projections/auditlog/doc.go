// Package auditlog answers who did or read what, for auditors: who changed this, who acted for whom, who saw the key of that question.
//
// What people decided stands in the log: this read model keeps a line of each event, by actor, by student acted for and by object. Students' own attempts are left
// out: they are most of the log and nobody else's doing, while what staff answers in their place is there. What people
// only read stands in the audit trail, which is not a read model: it cannot be rebuilt. A list shows both, by time.
package auditlog

package commands

import (
	"context"

	"qbank/domain/access"
	"qbank/domain/discussion"
)

// OpenThread starts a thread on a question or a lesson. Done.ID is the thread's.
type OpenThread struct {
	Subject  discussion.Subject
	Revision int               // of the subject, as the actor saw it
	Pointer  string            // JSON Pointer into the content or the plan of that revision; "" is the whole
	Range    *discussion.Range // of a text there; nil: all of it
	Remark
}

// Needs the right to comment.
func (OpenThread) Needs() access.Permission { return access.WriteComments }

// Do opens the thread.
func (c OpenThread) Do(ctx context.Context, w *Work) error {
	o := discussion.Opening{Subject: c.Subject, Text: c.Text, Mentions: c.Mentions}
	return w.openThread(ctx, o, c.Revision, c.Pointer, c.Range, nil)
}

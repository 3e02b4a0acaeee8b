package discussions

import (
	"context"
	_ "embed"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"qbank/domain/discussion"
	"qbank/domain/event"
	"qbank/projections"
)

const (
	name    = "discussions"
	version = 1
)

//go:embed schema.sql
var schema string

// Projection keeps the tables.
type Projection struct{ projections.Tables }

// New makes the projection.
func New() *Projection { return &Projection{projections.NewTables(name, version, schema)} }

// Events names everything that happens in a discussion.
func (*Projection) Events() []string {
	return event.Names(discussion.ThreadOpened{}, discussion.Replied{}, discussion.CommentEdited{}, discussion.CommentDeleted{},
		discussion.Resolved{}, discussion.Reopened{}, discussion.SuggestionApplied{}, discussion.SuggestionDeclined{})
}

// Apply folds a batch; each thread and comment that it touches is written once.
func (*Projection) Apply(ctx context.Context, tx pgx.Tx, batch []projections.Event) error {
	f, err := load(ctx, tx, batch)
	if err != nil {
		return err
	}
	for _, e := range batch {
		f.apply(e)
	}
	return f.write(ctx, tx)
}

// fold is the threads and comments of a batch on their way through it.
type fold struct {
	threads  map[uuid.UUID]*threadRow
	comments map[uuid.UUID]*commentRow
}

type threadRow struct {
	Thread
	commented int
	left      int
}

type commentRow struct {
	Comment
	thread   uuid.UUID
	position int64
}

// ids are the thread and the comment that an event is about; a thread's first comment has the thread's id.
func ids(e projections.Event) (thread, comment uuid.UUID) {
	switch p := e.Payload.(type) {
	case discussion.ThreadOpened:
		return p.Thread, p.Thread
	case discussion.Replied:
		return p.Thread, p.Comment
	case discussion.CommentEdited:
		return p.Thread, p.Comment
	case discussion.CommentDeleted:
		return p.Thread, p.Comment
	case discussion.Resolved:
		return p.Thread, uuid.Nil
	case discussion.Reopened:
		return p.Thread, uuid.Nil
	case discussion.SuggestionApplied:
		return p.Thread, uuid.Nil
	case discussion.SuggestionDeclined:
		return p.Thread, uuid.Nil
	}
	return uuid.Nil, uuid.Nil
}

func (f *fold) apply(e projections.Event) {
	threadID, commentID := ids(e)
	at := e.RecordedAt.UnixMicro()
	if p, opens := e.Payload.(discussion.ThreadOpened); opens {
		t := &threadRow{Thread: Thread{ID: p.Thread, Subject: p.Subject, Org: p.Org, OpenedBy: p.By, OpenedAt: at, Anchor: p.Anchor, Suggestion: p.Suggestion,
			position: e.Position}}
		if p.Suggestion != nil {
			t.Status = discussion.Pending
		}
		f.threads[p.Thread] = t
		f.say(t, commentID, e, Comment{By: p.By, At: at, Text: p.Text, Mentions: p.Mentions})
		return
	}
	t, c := f.threads[threadID], f.comments[commentID]
	if t == nil { // its opening was skipped
		return
	}
	switch p := e.Payload.(type) {
	case discussion.Replied:
		f.say(t, commentID, e, Comment{By: p.By, At: at, Text: p.Text, Mentions: p.Mentions})
	case discussion.CommentEdited:
		if c != nil {
			c.Text, c.Mentions, c.EditedAt = p.Text, p.Mentions, at
		}
	case discussion.CommentDeleted:
		if c != nil && !c.Deleted {
			c.Text, c.Mentions, c.Deleted = "", nil, true
			t.left--
		}
		if threadID == commentID && t.Status == discussion.Pending {
			t.Status = discussion.Withdrawn
		}
	case discussion.Resolved:
		t.decide(p.By, at, true)
	case discussion.Reopened:
		t.decide(p.By, at, false)
	case discussion.SuggestionApplied:
		t.Status, t.Applied = discussion.Applied, p.Revision
		t.decide(p.By, at, true)
	case discussion.SuggestionDeclined:
		t.Status, t.Reason = discussion.Declined, p.Reason
		t.decide(p.By, at, true)
	}
	t.Open = !t.Resolved && t.left > 0
}

// say adds a comment to a thread.
func (f *fold) say(t *threadRow, id uuid.UUID, e projections.Event, c Comment) {
	t.commented++
	t.left++
	t.Open = !t.Resolved
	c.ID, c.Number = id, t.commented
	f.comments[id] = &commentRow{Comment: c, thread: t.ID, position: e.Position}
}

func (t *threadRow) decide(by string, at int64, resolved bool) {
	t.DecidedBy, t.DecidedAt, t.Resolved = by, at, resolved
}

// load reads what the batch goes on with.
func load(ctx context.Context, tx pgx.Tx, batch []projections.Event) (*fold, error) {
	f := &fold{threads: map[uuid.UUID]*threadRow{}, comments: map[uuid.UUID]*commentRow{}}
	var threads, comments []uuid.UUID
	for _, e := range batch {
		thread, comment := ids(e)
		threads, comments = append(threads, thread), append(comments, comment)
	}
	rows, err := tx.Query(ctx, `select `+threadColumns+`, t.position, t.comments, t.left_over from threads t where t.id = any($1)`, threads)
	if err != nil {
		return nil, fmt.Errorf("read threads: %w", err)
	}
	found, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (*threadRow, error) {
		t := &threadRow{}
		return t, row.Scan(append(t.fields(), &t.position, &t.commented, &t.left)...)
	})
	if err != nil {
		return nil, fmt.Errorf("read threads: %w", err)
	}
	for _, t := range found {
		f.threads[t.ID] = t
	}
	rows, err = tx.Query(ctx, `select `+commentColumns+`, c.thread, c.position from comments c where c.id = any($1)`, comments)
	if err != nil {
		return nil, fmt.Errorf("read comments: %w", err)
	}
	said, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (*commentRow, error) {
		c := &commentRow{}
		return c, row.Scan(append(c.fields(), &c.thread, &c.position)...)
	})
	if err != nil {
		return nil, fmt.Errorf("read comments: %w", err)
	}
	for _, c := range said {
		f.comments[c.ID] = c
	}
	return f, nil
}

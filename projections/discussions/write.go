package discussions

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

func (f *fold) write(ctx context.Context, tx pgx.Tx) error {
	if err := f.writeThreads(ctx, tx); err != nil {
		return fmt.Errorf("write threads: %w", err)
	}
	if err := f.writeComments(ctx, tx); err != nil {
		return fmt.Errorf("write comments: %w", err)
	}
	return nil
}

func (f *fold) writeThreads(ctx context.Context, tx pgx.Tx) error {
	var (
		ids, subjects                                              []uuid.UUID
		kinds, orgs, openers, anchors, statuses, reasons, deciders []string
		suggestions                                                []*string
		positions, openedAt, decidedAt                             []int64
		applied, comments, left                                    []int
		resolved, open                                             []bool
	)
	for _, t := range f.threads {
		anchor, err := json.Marshal(t.Anchor)
		if err != nil {
			return err
		}
		var suggestion *string
		if t.Suggestion != nil {
			raw, err := json.Marshal(t.Suggestion)
			if err != nil {
				return err
			}
			text := string(raw)
			suggestion = &text
		}
		ids, subjects, kinds, orgs = append(ids, t.ID), append(subjects, t.Subject.ID), append(kinds, string(t.Subject.Kind)), append(orgs, t.Org)
		positions, openers, openedAt = append(positions, t.position), append(openers, t.OpenedBy), append(openedAt, t.OpenedAt)
		anchors, suggestions, statuses = append(anchors, string(anchor)), append(suggestions, suggestion), append(statuses, string(t.Status))
		applied, reasons, deciders = append(applied, t.Applied), append(reasons, t.Reason), append(deciders, t.DecidedBy)
		decidedAt, resolved = append(decidedAt, t.DecidedAt), append(resolved, t.Resolved)
		comments, left, open = append(comments, t.commented), append(left, t.left), append(open, t.Open)
	}
	if len(ids) == 0 {
		return nil
	}
	_, err := tx.Exec(ctx, `
		insert into threads (id, kind, subject, org, position, opened_by, opened_at, anchor, suggestion, status, applied, reason, decided_by, decided_at,
			resolved, comments, left_over, open)
		select * from unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::bigint[], $6::text[], $7::bigint[], $8::json[], $9::json[], $10::text[],
			$11::int[], $12::text[], $13::text[], $14::bigint[], $15::boolean[], $16::int[], $17::int[], $18::boolean[])
		on conflict (id) do update set status = excluded.status, applied = excluded.applied, reason = excluded.reason, decided_by = excluded.decided_by,
			decided_at = excluded.decided_at, resolved = excluded.resolved, comments = excluded.comments, left_over = excluded.left_over, open = excluded.open`,
		ids, kinds, subjects, orgs, positions, openers, openedAt, anchors, suggestions, statuses, applied, reasons, deciders, decidedAt, resolved, comments, left, open)
	return err
}

func (f *fold) writeComments(ctx context.Context, tx pgx.Tx) error {
	var (
		ids, threads, mentioned    []uuid.UUID
		numbers                    []int
		positions, at, edited      []int64
		mentionedAt                []int64
		by, said, mentions, people []string
		deleted                    []bool
	)
	for _, c := range f.comments {
		list, err := json.Marshal(append([]string{}, c.Mentions...))
		if err != nil {
			return err
		}
		ids, threads, numbers, positions = append(ids, c.ID), append(threads, c.thread), append(numbers, c.Number), append(positions, c.position)
		by, at, said, mentions = append(by, c.By), append(at, c.At), append(said, c.Text), append(mentions, string(list))
		edited, deleted = append(edited, c.EditedAt), append(deleted, c.Deleted)
		for _, person := range c.Mentions {
			people, mentioned, mentionedAt = append(people, person), append(mentioned, c.ID), append(mentionedAt, c.position)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	// An array of arrays would have to be square: the lists travel as JSON.
	if _, err := tx.Exec(ctx, `
		insert into comments (id, thread, number, position, said_by, said_at, said, mentions, edited_at, deleted)
		select id, thread, number, position, said_by, said_at, said, array(select json_array_elements_text(mentions)), edited_at, deleted
		from unnest($1::uuid[], $2::uuid[], $3::int[], $4::bigint[], $5::text[], $6::bigint[], $7::text[], $8::json[], $9::bigint[], $10::boolean[])
			as c (id, thread, number, position, said_by, said_at, said, mentions, edited_at, deleted)
		on conflict (id) do update set said = excluded.said, mentions = excluded.mentions, edited_at = excluded.edited_at, deleted = excluded.deleted`,
		ids, threads, numbers, positions, by, at, said, mentions, edited, deleted); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `delete from mentions where comment = any($1)`, ids); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `insert into mentions (person, comment, position) select * from unnest($1::text[], $2::uuid[], $3::bigint[])`, people, mentioned, mentionedAt)
	return err
}

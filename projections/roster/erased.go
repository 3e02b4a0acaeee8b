package roster

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"qbank/domain/roster"
)

// open deciphers what is said of students. What cannot be read any more is of somebody who was erased, and the log says so further on.
func (c *change) open(ctx context.Context, keys Keys) error {
	var people []uuid.UUID
	var sealed [][]byte
	for id, s := range c.students {
		if s.Sealed != nil {
			people, sealed = append(people, id), append(sealed, s.Sealed)
		}
	}
	if len(people) == 0 {
		return nil
	}
	texts, err := keys.OpenAll(ctx, people, sealed)
	if err != nil {
		return fmt.Errorf("decipher what is said of students: %w", err)
	}
	for i, id := range people {
		if texts[i] == nil {
			delete(c.students, id)
			continue
		}
		s := c.students[id]
		if err := json.Unmarshal(texts[i], &s.StudentFacts); err != nil {
			return fmt.Errorf("decode what is said of student %s: %w", id, err)
		}
		c.students[id] = s
	}
	return nil
}

// writeErased deletes what is kept of those who are erased in the batch, and takes out of it what it says of anybody who ever was.
func (c *change) writeErased(ctx context.Context, tx pgx.Tx) error {
	if len(c.erased) > 0 {
		if err := forget(ctx, tx, slices.Collect(maps.Keys(c.erased))); err != nil {
			return err
		}
	}
	named := c.named()
	if len(named) == 0 {
		return nil
	}
	rows, err := tx.Query(ctx, `select student from erased where student = any($1)`, named)
	if err != nil {
		return err
	}
	gone := map[uuid.UUID]bool{}
	var student uuid.UUID
	if _, err := pgx.ForEachRow(rows, []any{&student}, func() error { gone[student] = true; return nil }); err != nil || len(gone) == 0 {
		return err
	}
	maps.DeleteFunc(c.students, func(student uuid.UUID, _ roster.StudentDescribed) bool { return gone[student] })
	maps.DeleteFunc(c.seats, func(s seat, _ *sitting) bool { return gone[s.student] })
	maps.DeleteFunc(c.guests, func(g guest, _ int64) bool { return gone[g.student] })
	return nil
}

// named are the students of whom the batch says anything.
func (c *change) named() []uuid.UUID {
	named := map[uuid.UUID]bool{}
	for id := range c.students {
		named[id] = true
	}
	for seat := range c.seats {
		named[seat.student] = true
	}
	for guest := range c.guests {
		named[guest.student] = true
	}
	return slices.Collect(maps.Keys(named))
}

func forget(ctx context.Context, tx pgx.Tx, students []uuid.UUID) error {
	rows, err := tx.Query(ctx, `with noted as (insert into erased select unnest($1::uuid[]) on conflict do nothing),
			described as (delete from students where student = any($1)), admitted as (delete from guests where student = any($1)),
			seats as (delete from members where student = any($1) returning class)
		select distinct class from seats`, students)
	if err != nil {
		return err
	}
	classes, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, counting, classes) // in a statement of its own, which sees that they are gone
	return err
}

// counting counts the members of classes.
const counting = `update classes c set members = (select count(*) from members m where m.class = c.id) where c.id = any($1)`

// Erasable counts what there is of a person that goes with an erasure.
func (r *Reader) Erasable(ctx context.Context, person uuid.UUID) (described, memberships, admissions int, err error) {
	err = r.db.QueryRow(ctx, `select (select count(*) from `+in+`.students where student = $1), (select count(*) from `+in+`.members where student = $1),
		(select count(*) from `+in+`.guests where student = $1)`, person).Scan(&described, &memberships, &admissions)
	if err != nil {
		err = fmt.Errorf("count what the roster has of a person: %w", err)
	}
	return described, memberships, admissions, err
}

package items

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"qbank/domain/attempt"
	"qbank/domain/itemstats"
	"qbank/projections"
)

// load reads the sheets that the batch goes on with.
func (f *fold) load(ctx context.Context, batch []projections.Event) error {
	seen := make(map[uuid.UUID]bool, len(batch)/8)
	var older []uuid.UUID
	for _, e := range batch {
		if seen[e.Stream] {
			continue
		}
		seen[e.Stream] = true
		if _, starts := e.Payload.(attempt.Started); !starts {
			older = append(older, e.Stream)
		}
	}
	if len(older) == 0 {
		return nil
	}
	return f.loadSheets(ctx, `select `+sheetColumns+` from sheets s where s.attempt = any($1)`, older)
}

// loadSiblings reads the other finished attempts of students.
func (f *fold) loadSiblings(ctx context.Context, takers []taker) error {
	var environments, orgs, students []string
	var lessons []uuid.UUID
	var versions []int32
	for _, t := range takers {
		environments, orgs, students = append(environments, t.environment), append(orgs, t.org), append(students, t.student)
		lessons, versions = append(lessons, t.lesson), append(versions, int32(t.version))
	}
	return f.loadSheets(ctx, `select `+sheetColumns+`
		from unnest($1::uuid[], $2::text[], $3::int[], $4::text[], $5::text[]) as k(lesson, student, version, environment, org)
		join sheets s using (lesson, student, version, environment, org)
		where s.finished`, lessons, students, versions, environments, orgs)
}

const sheetColumns = `s.attempt, s.environment, s.org, s.lesson, s.version, s.student, s.number, s.form, s.finished, s.selection, s.answers`

// loadSheets reads sheets that are not in memory yet, and their forms.
func (f *fold) loadSheets(ctx context.Context, sql string, args ...any) error {
	rows, err := f.tx.Query(ctx, sql, args...)
	if err != nil {
		return fmt.Errorf("read sheets: %w", err)
	}
	forms := map[uuid.UUID][]*sheet{}
	for rows.Next() {
		s, form, row := &sheet{}, uuid.UUID{}, &storedSheet{}
		if err := rows.Scan(&s.attempt, &s.environment, &s.org, &s.lesson, &s.version, &s.student, &s.number, &form,
			&row.finished, &row.selection, &row.answers); err != nil {
			return fmt.Errorf("read sheets: %w", err)
		}
		if f.sheets[s.attempt] != nil {
			continue
		}
		if err := s.answers.UnmarshalBinary(row.answers); err != nil {
			return fmt.Errorf("the sheet of attempt %s: %w", s.attempt, err)
		}
		s.finished, s.selection, s.stored = row.finished, row.selection, row
		f.keep(s)
		forms[form] = append(forms[form], s)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read sheets: %w", err)
	}
	return f.loadForms(ctx, forms)
}

// loadForms gives sheets their forms.
func (f *fold) loadForms(ctx context.Context, sheets map[uuid.UUID][]*sheet) error {
	var missing []uuid.UUID
	for id := range sheets {
		if f.forms[id] == nil {
			missing = append(missing, id)
		}
	}
	if len(missing) > 0 {
		rows, err := f.tx.Query(ctx, `select form, slots, questions, versions, maxima from forms where form = any($1)`, missing)
		if err != nil {
			return fmt.Errorf("read forms: %w", err)
		}
		var id uuid.UUID
		var c columns
		if _, err := pgx.ForEachRow(rows, []any{&id, &c.slots, &c.questions, &c.versions, &c.maxima}, func() error {
			f.forms[id] = newForm(id, c.places())
			f.forms[id].stored = true
			return nil
		}); err != nil {
			return fmt.Errorf("read forms: %w", err)
		}
	}
	for id, list := range sheets {
		for _, s := range list {
			s.form = f.forms[id]
			if s.form == nil || len(s.answers) != len(s.form.places) {
				return fmt.Errorf("the sheet of attempt %s does not fit its form %s", s.attempt, id)
			}
		}
	}
	return nil
}

// save writes the forms that are new and the sheets that changed.
func (f *fold) save(ctx context.Context) error {
	if err := f.saveForms(ctx); err != nil {
		return err
	}
	var fresh, known rows
	for _, s := range f.order {
		if !s.changed {
			continue
		}
		answers, err := s.encoded()
		if err != nil {
			return err
		}
		if s.stored == nil {
			fresh.add(s, answers)
		} else {
			known.add(s, answers)
		}
	}
	if err := fresh.insert(ctx, f.tx); err != nil {
		return fmt.Errorf("write new sheets: %w", err)
	}
	if err := known.update(ctx, f.tx); err != nil {
		return fmt.Errorf("write sheets: %w", err)
	}
	return nil
}

func (f *fold) saveForms(ctx context.Context) error {
	var fresh pgx.Batch
	for id, form := range f.forms {
		if form.stored {
			continue
		}
		c := form.columns()
		fresh.Queue(`insert into forms values ($1, $2, $3, $4, $5) on conflict do nothing`, id, c.slots, c.questions, c.versions, c.maxima)
	}
	if fresh.Len() == 0 {
		return nil
	}
	if err := f.tx.SendBatch(ctx, &fresh).Close(); err != nil {
		return fmt.Errorf("write forms: %w", err)
	}
	return nil
}

// rows of sheets, column by column.
type rows struct {
	attempts, lessons, forms     []uuid.UUID
	environments, orgs, students []string
	versions, numbers            []int32
	finished                     []bool
	selections                   []int16
	answers                      [][]byte
}

func (r *rows) add(s *sheet, answers []byte) {
	r.attempts = append(r.attempts, s.attempt)
	r.finished, r.selections, r.answers = append(r.finished, s.finished), append(r.selections, int16(s.selection)), append(r.answers, answers)
	r.forms = append(r.forms, s.form.id)
	if s.stored != nil {
		return // the rest never changes
	}
	r.environments, r.orgs, r.students = append(r.environments, s.environment), append(r.orgs, s.org), append(r.students, s.student)
	r.lessons = append(r.lessons, s.lesson)
	r.versions, r.numbers = append(r.versions, int32(s.version)), append(r.numbers, int32(s.number))
}

func (r *rows) insert(ctx context.Context, tx pgx.Tx) error {
	if len(r.attempts) == 0 {
		return nil
	}
	_, err := tx.Exec(ctx, `insert into sheets (attempt, environment, org, lesson, version, student, number, form, finished, selection, answers)
		select * from unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::int[], $6::text[], $7::int[], $8::uuid[], $9::boolean[], $10::smallint[], $11::bytea[])`,
		r.attempts, r.environments, r.orgs, r.lessons, r.versions, r.students, r.numbers, r.forms, r.finished, r.selections, r.answers)
	return err
}

func (r *rows) update(ctx context.Context, tx pgx.Tx) error {
	if len(r.attempts) == 0 {
		return nil
	}
	_, err := tx.Exec(ctx, `update sheets s set finished = u.finished, selection = u.selection, answers = u.answers, form = u.form
		from unnest($1::uuid[], $2::boolean[], $3::smallint[], $4::bytea[], $5::uuid[]) as u(attempt, finished, selection, answers, form)
		where s.attempt = u.attempt`, r.attempts, r.finished, r.selections, r.answers, r.forms)
	return err
}

// tallyColumns are keys of tallies, column by column.
type tallyColumns struct {
	environments, orgs []string
	lessons, forms     []uuid.UUID
	versions           []int32
	selections         []int16
}

func (c *tallyColumns) add(k tallyKey) {
	c.environments, c.orgs = append(c.environments, k.environment), append(c.orgs, k.org)
	c.lessons, c.forms = append(c.lessons, k.lesson), append(c.forms, k.form)
	c.versions, c.selections = append(c.versions, int32(k.version)), append(c.selections, int16(k.selection))
}

const tallyKeys = `unnest($1::text[], $2::text[], $3::uuid[], $4::int[], $5::uuid[], $6::smallint[]) as k(environment, org, lesson, version, form, selection)`

func (f *fold) loadTallies(ctx context.Context, keys []tallyKey) (map[tallyKey]*itemstats.Tally, error) {
	var c tallyColumns
	for _, k := range keys {
		c.add(k)
	}
	rows, err := f.tx.Query(ctx, `select environment, org, lesson, version, form, selection, tally
		from `+tallyKeys+` join tallies using (environment, org, lesson, version, form, selection)`,
		c.environments, c.orgs, c.lessons, c.versions, c.forms, c.selections)
	if err != nil {
		return nil, fmt.Errorf("read tallies: %w", err)
	}
	tallies := make(map[tallyKey]*itemstats.Tally, len(keys))
	var k tallyKey
	var data []byte
	_, err = pgx.ForEachRow(rows, []any{&k.environment, &k.org, &k.lesson, &k.version, &k.form, &k.selection, &data}, func() error {
		tallies[k] = &itemstats.Tally{}
		if err := tallies[k].UnmarshalBinary(data); err != nil {
			return fmt.Errorf("the tally of lesson %s version %d: %w", k.lesson, k.version, err)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read tallies: %w", err)
	}
	return tallies, nil
}

// saveTallies writes tallies. Those that became empty leave no row: built anew in larger batches, there would never have been one.
func (f *fold) saveTallies(ctx context.Context, tallies map[tallyKey]*itemstats.Tally) error {
	var kept, emptied tallyColumns
	var attempts []int64
	var data [][]byte
	for k, tally := range tallies {
		if tally.Empty() {
			emptied.add(k)
			continue
		}
		encoded, err := tally.MarshalBinary()
		if err != nil {
			return err
		}
		kept.add(k)
		attempts, data = append(attempts, tally.Attempts()), append(data, encoded)
	}
	if len(kept.forms) > 0 {
		if _, err := f.tx.Exec(ctx, `insert into tallies (environment, org, lesson, version, form, selection, attempts, tally)
			select * from unnest($1::text[], $2::text[], $3::uuid[], $4::int[], $5::uuid[], $6::smallint[], $7::bigint[], $8::bytea[])
			on conflict (lesson, version, environment, org, form, selection) do update set attempts = excluded.attempts, tally = excluded.tally`,
			kept.environments, kept.orgs, kept.lessons, kept.versions, kept.forms, kept.selections, attempts, data); err != nil {
			return fmt.Errorf("write tallies: %w", err)
		}
	}
	if len(emptied.forms) > 0 {
		if _, err := f.tx.Exec(ctx, `delete from tallies using `+tallyKeys+` where (tallies.environment, tallies.org, tallies.lesson, tallies.version, tallies.form,
			tallies.selection) = (k.environment, k.org, k.lesson, k.version, k.form, k.selection)`,
			emptied.environments, emptied.orgs, emptied.lessons, emptied.versions, emptied.forms, emptied.selections); err != nil {
			return fmt.Errorf("delete empty tallies: %w", err)
		}
	}
	return nil
}

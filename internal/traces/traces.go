package traces

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"qbank/domain/access"
	"qbank/domain/staff"
	"qbank/internal/devices"
	"qbank/internal/people"
	"qbank/projections/gradebook"
	"qbank/projections/roster"
)

// Traces are all places. It is safe for concurrent use.
type Traces struct {
	Pool      *pgxpool.Pool
	People    *people.Book
	Devices   *devices.Book
	Roster    *roster.Reader
	Gradebook *gradebook.Reader
	Roles     func(ctx context.Context, person uuid.UUID) (staff.Grants, error)
}

// HomesOf are the organisations that a person belongs to: those whose roster has the person, and those above or below them in which a device of
// the person was seen. Only who is on no roster is at home wherever a device was seen and a role was granted: anybody can be given a role anywhere.
func (t *Traces) HomesOf(ctx context.Context, person uuid.UUID) ([]string, error) {
	listed, err := t.Roster.ListedIn(ctx, person)
	if err != nil {
		return nil, err
	}
	seen, err := t.Devices.HomesOf(ctx, person)
	if err != nil {
		return nil, err
	}
	if len(listed) > 0 {
		seen = slices.DeleteFunc(seen, func(org string) bool {
			return !slices.ContainsFunc(listed, func(home string) bool { return access.Related(home, org) })
		})
		return each(listed, seen), nil
	}
	roles, err := t.Roles(ctx, person)
	if err != nil {
		return nil, err
	}
	return each(seen, roles.Orgs()), nil
}

// each is every organisation of two lists, once.
func each(a, b []string) []string {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}

// Standing counts what the read model of the roster has of a person: it goes as soon as that hears of the erasure.
func (t *Traces) Standing(ctx context.Context, person uuid.UUID) (map[string]int, error) {
	described, memberships, admissions, err := t.Roster.Erasable(ctx, person)
	return map[string]int{"descriptions": described, "memberships": memberships, "admissions": admissions}, err
}

// rows are the tables of which rows go that belong to a person, by their id.
var rows = []struct{ name, sql string }{
	{"sign_ins", `delete from sign_ins where person = $1`},
	{"exposures", `delete from exposures where person = $1`},
	{"reports", `delete from reports where person = $1`},
	{"ledger", `delete from reissue_ledger where student = $1`},
	{"names", `delete from people where id = $1`},
	{"keys", `delete from person_keys where person_id = $1`},
}

// Erase deletes all of it. It may be done again, and does the rest then.
func (t *Traces) Erase(ctx context.Context, person uuid.UUID) (map[string]int, error) {
	counts := map[string]int{}
	if _, err := t.Pool.Exec(ctx, `insert into erased (person) values ($1) on conflict (person) do update set done_at = null`, person); err != nil {
		return nil, fmt.Errorf("note that a person is erased: %w", err)
	}
	var err error
	if counts["devices"], err = t.Devices.Erase(ctx, person); err != nil {
		return nil, err
	}
	for _, r := range rows {
		tag, err := t.Pool.Exec(ctx, r.sql, person)
		if err != nil {
			return nil, fmt.Errorf("erase the %s of a person: %w", r.name, err)
		}
		counts[r.name] = int(tag.RowsAffected())
	}
	counts["notes"] = 0
	if counts["keys"] > 0 { // what was said of the person's answers went with it
		if counts["notes"], err = t.Gradebook.Notes(ctx, person); err != nil {
			return nil, err
		}
	}
	if err := t.People.Erase(ctx, person); err != nil { // also from memory
		return nil, err
	}
	if _, err := t.Pool.Exec(ctx, `update erased set done_at = now() where person = $1`, person); err != nil {
		return nil, fmt.Errorf("note that a person is erased: %w", err)
	}
	return counts, nil
}

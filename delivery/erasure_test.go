package delivery_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"qbank/commands"
	"qbank/delivery"
	"qbank/domain/access"
	"qbank/domain/erasure"
	"qbank/domain/fault"
	"qbank/domain/roster"
	"qbank/domain/scoring"
	"qbank/projections/read"
)

// places are the tables in which a text stands, in whatever column, also as bytes, and the files.
func (n *node) places(text string) (found []string) {
	n.t.Helper()
	rows, err := n.Pool.Query(n.t.Context(), `select format('%I.%I', table_schema, table_name) from information_schema.tables
		where table_schema not in ('pg_catalog', 'information_schema') and table_type = 'BASE TABLE'`)
	if err != nil {
		n.t.Fatal(err)
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(tables) < 40 {
		n.t.Fatalf("only %d tables are looked at, %v", len(tables), err)
	}
	for _, table := range tables {
		var there bool
		if err := n.Pool.QueryRow(n.t.Context(), "select exists (select from "+table+" t where position($1 in t::text) > 0 or position($2 in t::text) > 0)",
			text, hex.EncodeToString([]byte(text))).Scan(&there); err != nil {
			n.t.Fatalf("%s: %v", table, err)
		}
		if there {
			found = append(found, table)
		}
	}
	err = filepath.WalkDir(n.Importer.Blobs.Dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		file, err := os.ReadFile(path)
		if bytes.Contains(file, []byte(text)) {
			found = append(found, path)
		}
		return err
	})
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		n.t.Fatal(err)
	}
	return found
}

func TestNothingIsLeftOfAPerson(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	const name, contact, number, words, device, browser = "张伟勾股", "zhangwei@mail.example", "S-20240042-7", "my diary says so", "gx-region-77", "browser-of-zhang"
	const grade, region, note = "grade of zhang", "home of zhang", "zhang has to sleep more"
	zhang := roster.PersonID(school, number)
	s.all(s.do(boss, commands.KeepClass{Code: "c1", Title: "One", Students: []commands.Person{{Number: number, Name: name}, {Number: "other", Name: "李雷留下"}}}))
	if _, err := s.Pool.Exec(t.Context(), `update people set contact = jsonb_build_object('mail', $2::text) where id = $1`, zhang, contact); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Pool.Exec(t.Context(), `insert into sign_ins (id, hash, person, issuer, device, expires_at) values ($1, sha256('x'), $2, 'i', $3, now())`, uuid.New(), zhang, browser); err != nil {
		t.Fatal(err)
	}
	describe := commands.DescribeStudent{Student: commands.Person{Number: number, Name: name}, StudentFacts: roster.StudentFacts{Grade: grade, Region: region}}
	s.all(s.do(boss, describe))
	student := s.student(zhang.String()).with("Qbank-Region", device)
	id := student.start(s.lesson).ID
	student.answer(id, "1", "q3", map[string]any{"text": words}).is(200)
	if err := s.Devices.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	student.finish(id).is(200)
	teacher := access.Actor{ID: "li", Roles: []access.Role{access.Teacher}, Scope: access.Scope{Org: school, Environment: env}}
	s.all(s.do(teacher, commands.GradeAnswer{Attempt: id, Slot: "q3", Key: "1", Mark: scoring.OneMark, Note: note}))
	var key []byte
	if err := s.Pool.QueryRow(t.Context(), `select key from person_keys where person_id = $1`, zhang).Scan(&key); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		text string
		want int
	}{{name, 1}, {contact, 1}, {device, 1}, {browser, 1}, {grade, 1}, {region, 1}, {words, 0}, {note, 0}, {number, 0}} {
		if got := s.places(c.text); len(got) != c.want {
			t.Errorf("before, %q stands in %v", c.text, got)
		}
	}
	if a := decode[delivery.Attempt](student.get(path(id, "")).is(200)); string(a.Items[2].Answer.Response) != `{"text":"`+words+`"}` {
		t.Errorf("before: %s", a.Items[2].Answer.Response)
	}

	if r := decode[delivery.Result](student.result(id).is(200)); r.Items[2].Note != note {
		t.Errorf("before: %+v", r.Items[2])
	}
	class := roster.ClassID(school, "c1")
	members := func() (ids []uuid.UUID) {
		list, err := s.Roster.Members(t.Context(), school, class, read.Page{})
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range list.Rows {
			ids = append(ids, m.Student)
		}
		return ids
	}
	if len(members()) != 2 {
		t.Errorf("before: %v", members())
	}

	erase := commands.ErasePerson{Person: zhang, Reason: "asked for it"}
	for who, code := range map[string]string{"other": "person.not_found", school + "/math": "person.not_found"} {
		_, err := s.Commands.Do(t.Context(), access.Actor{ID: "x", Roles: []access.Role{access.Admin}, Scope: access.Scope{Org: who}}, erase)
		if !fault.Is(err, code) {
			t.Errorf("an admin of %s: %v", who, err)
		}
	}
	if _, err := s.Commands.Do(t.Context(), support, erase); !fault.Is(err, "access.denied") {
		t.Errorf("support: %v", err)
	}
	// One that breaks off is found and brought to its end by repeating it.
	healthy := s.Commands.Traces
	broken := *s.Commands
	broken.Traces = breaksOff{healthy}
	if _, err := broken.Do(t.Context(), boss, erase); err == nil {
		t.Fatal("it did not break off")
	}
	s.all(s.do(boss, erase))
	// What the company's own system goes on feeding brings nothing back.
	if done := s.do(boss, describe); done.Position != 0 {
		t.Error("an erased student is described again")
	}
	s.all(s.do(boss, commands.KeepClass{Code: "c2", Title: "Two", Students: []commands.Person{{Number: number, Name: name}}}))
	if left := members(); len(left) != 1 || left[0] != roster.PersonID(school, "other") {
		t.Errorf("in the class are %v", left)
	}
	if e, err := s.Roster.Enrolment(t.Context(), access.Scope{Org: school, Environment: env}, zhang.String()); err != nil || len(e.Classes) != 0 {
		t.Errorf("enrolled: %+v, %v", e, err)
	}
	if r := decode[delivery.Result](student.result(id).is(200)); r.Items[2].Note != "" || r.Items[2].Mark != 1 {
		t.Errorf("what was said of the answer: %+v", r.Items[2])
	}
	if seen := decode[delivery.Attempt](student.get(path(id, "")).is(200)); seen.Items[2].Answer == nil || seen.Items[2].Answer.Response != nil {
		t.Errorf("what was written can still be read: %+v", seen.Items[2].Answer)
	}
	if err := s.Devices.Flush(t.Context()); err != nil { // the last request has brought the device back
		t.Fatal(err)
	}
	again := s.do(boss, erase)
	if again.Position == 0 {
		t.Error("what came in since is not erased")
	}
	for _, text := range []string{name, contact, device, browser, words, number, grade, region, note} {
		if got := s.places(text); len(got) != 0 {
			t.Errorf("%q is left in %v", text, got)
		}
	}
	var keys, others int
	if err := s.Pool.QueryRow(t.Context(), `select (select count(*) from person_keys where encode(key, 'hex') = $1), (select count(*) from people where name = '李雷留下')`, hex.EncodeToString(key)).
		Scan(&keys, &others); err != nil || keys != 0 || others != 1 {
		t.Errorf("%d keys, %d others, %v", keys, others, err)
	}
	// The record says how much of what, and of whom by an opaque id alone.
	record := s.metas(erasure.Stream(zhang))
	if len(record) != 4 || record[0].Actor != "boss" {
		t.Errorf("%+v", record)
	}
	if got := s.places(zhang.String()); len(got) == 0 {
		t.Error("the search finds nothing at all")
	}
	erased, err := s.People.Erased(t.Context(), []uuid.UUID{zhang, roster.PersonID(school, "other")})
	if err != nil || len(erased) != 1 || !erased[zhang] {
		t.Errorf("%v, %v", erased, err)
	}
}

// breaksOff fails after it has done its work.
type breaksOff struct{ commands.Traces }

func (b breaksOff) Erase(ctx context.Context, person uuid.UUID) (map[string]int, error) {
	if _, err := b.Traces.Erase(ctx, person); err != nil {
		return nil, err
	}
	return nil, errors.New("the power went")
}

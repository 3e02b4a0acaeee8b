package projections

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"qbank/domain/fault"
	"qbank/internal/checkpoint"
)

// lockTimeout is how long a change of schemas may stand in the way of readers. It is tried again until it fits in.
const lockTimeout = `set local lock_timeout = '250ms'`

func quoted(key checkpoint.Key) string { return pgx.Identifier{key.String()}.Sanitize() }

// outgoing is the schema of the tables that a rebuild has replaced, until they are dropped.
func outgoing(key checkpoint.Key) string {
	return pgx.Identifier{SchemaName(key.Name, key.Version) + "_old"}.Sanitize()
}

// prepare makes the row and the tables of the copy where they are missing, and returns the row.
func (w *worker) prepare(ctx context.Context, conn *pgx.Conn) (row checkpoint.Row, err error) {
	err = pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		if !w.key.Shadow {
			if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock(hashtextextended($1, 1902272107))`, "creates "+w.key.Name); err != nil {
				return err
			}
		}
		rows, err := checkpoint.Lock(ctx, tx, w.key.Name)
		if err != nil {
			return err
		}
		found := checkpoint.Find(rows, w.key)
		switch {
		case found == nil && w.key.Shadow:
			return errFinished
		case found == nil:
			if serving := checkpoint.Serving(rows); serving != nil && serving.Version > w.key.Version {
				return errStopped
			}
			if err := checkpoint.Create(ctx, tx, w.key, 0); err != nil {
				return err
			}
			if rows, err = checkpoint.Lock(ctx, tx, w.key.Name); err != nil {
				return err
			}
			found = checkpoint.Find(rows, w.key)
		case found.Status == checkpoint.Retired:
			return errStopped
		}
		row = *found
		return w.makeTables(ctx, tx, &row)
	})
	return row, err
}

func (w *worker) makeTables(ctx context.Context, tx pgx.Tx, row *checkpoint.Row) error {
	switch row.SchemaHash {
	case w.hash:
		return nil
	case "":
	default:
		return fault.Refuse(fault.Conflict, "projection.schema_changed", fault.Say(
			"The tables of %s were made by another definition of the same version; raise its version.",
			"%s 的数据表由同一版本的另一份定义创建;请提高其版本号。", row.Key))
	}
	// What a program that was killed, or an order to build anew, left behind.
	for _, sql := range []string{
		`drop schema if exists ` + quoted(w.key) + ` cascade`,
		`create schema ` + quoted(w.key),
		`set local search_path = ` + quoted(w.key),
		w.Schema(),
		`set local search_path to default`,
	} {
		if _, err := tx.Exec(ctx, sql, pgx.QueryExecModeSimpleProtocol); err != nil {
			return fault.Refuse(fault.Unavailable, "projection.no_tables", fault.Say(
				"The tables of %s cannot be made; the log of this process says why.", "无法创建 %s 的数据表;原因见本进程日志。", row.Key)).
				Because(fmt.Errorf("make the tables of %s: %w", row.Key, err))
		}
	}
	row.SchemaHash = w.hash
	_, err := tx.Exec(ctx, `update checkpoints set schema_hash = $4 where name = $1 and version = $2 and shadow = $3`,
		row.Name, row.Version, row.Shadow, row.SchemaHash)
	return err
}

// index makes what only readers need, indexes and the planner's statistics, once the copy has caught up. Events go on arriving meanwhile: the copy catches up again, and then
// the indexes are there.
func (s *session) index(ctx context.Context) error {
	if s.indexed {
		return nil
	}
	err := pgx.BeginFunc(ctx, s.conn, func(tx pgx.Tx) error {
		if indexed, ok := s.Projection.(Indexed); ok {
			for _, sql := range []string{`set local search_path = ` + quoted(s.key), `set local maintenance_work_mem = '256MB'`, indexed.Indexes()} {
				if _, err := tx.Exec(ctx, sql, pgx.QueryExecModeSimpleProtocol); err != nil {
					return err
				}
			}
		}
		return s.analyze(ctx, tx)
	})
	if err != nil {
		return fmt.Errorf("make the indexes of %s: %w", s.key, err)
	}
	s.indexed = true
	return nil
}

// worthAnalyzing is the position from which a copy may hold enough for the plans of its readers to go wrong.
const worthAnalyzing = 5_000

// analyze tells the planner what is in the tables. Left to itself, the database gets round to it a minute later, and until then reads
// whole tables for a page.
func (s *session) analyze(ctx context.Context, tx pgx.Tx) error {
	if s.seen < worthAnalyzing {
		return nil
	}
	rows, err := tx.Query(ctx, `select format('analyze %I.%I', schemaname, tablename) from pg_tables where schemaname = $1`, s.key.String())
	if err != nil {
		return err
	}
	statements, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	for _, sql := range statements {
		if _, err := tx.Exec(ctx, sql, pgx.QueryExecModeSimpleProtocol); err != nil {
			return err
		}
	}
	return nil
}

// takeOver makes the copy the one that readers are served from, in one transaction: it holds the row of the copy that serves now, so that
// this stands still, applies the few events that it is ahead, and puts itself in its place.
func (s *session) takeOver(ctx context.Context) error {
	row, err := s.tryTakeOver(ctx)
	switch {
	case errors.Is(err, errNotYet):
		return nil
	case err != nil:
		return err
	}
	s.row, s.seen = row, row.Position
	if row.Status == checkpoint.Live {
		s.progress.advance(row.Build, row.Position)
		s.log.DebugContext(ctx, "took over", "position", row.Position)
	}
	if s.key.Shadow {
		s.clear(ctx)
		return errFinished
	}
	return nil
}

var errNotYet = errors.New("not yet")

func (s *session) tryTakeOver(ctx context.Context) (me checkpoint.Row, err error) {
	err = pgx.BeginFunc(ctx, s.conn, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, lockTimeout); err != nil {
			return err
		}
		rows, err := checkpoint.Lock(ctx, tx, s.key.Name)
		if err != nil {
			return err
		}
		found := checkpoint.Find(rows, s.key)
		if found == nil || found.Build != s.row.Build || found.Position != s.row.Position || found.Failure != nil || found.Status != checkpoint.Filling {
			return checkpoint.ErrOvertaken
		}
		me = *found
		serving := checkpoint.Serving(rows)
		if err := s.catchUpWith(ctx, tx, &me, serving); err != nil {
			return err
		}
		if s.key.Shadow {
			return s.swap(ctx, tx, &me, serving)
		}
		return s.replace(ctx, tx, &me)
	})
	var refused *applyError
	if lockTimedOut(err) || errors.As(err, &refused) && !s.conn.IsClosed() {
		err = errors.Join(errNotYet, err) // what Apply refuses here it refuses in the next batch too, which knows what to do about it
	}
	return me, err
}

// catchUpWith brings the copy to where the serving one is, so that no reader goes back in time.
func (s *session) catchUpWith(ctx context.Context, tx pgx.Tx, me, serving *checkpoint.Row) error {
	to := s.seen
	var batch []Event
	if serving != nil && serving.Position > s.seen {
		missing := serving.Position - s.seen
		if missing > int64(s.engine.options.BatchSize) {
			return errNotYet
		}
		entries, _, err := read(ctx, s.engine.log, s.seen, int(missing))
		if err != nil {
			return err
		}
		var failure *checkpoint.Failure
		if batch, to, failure = s.pick(entries); failure != nil || to != serving.Position {
			return errNotYet
		}
	}
	if to == me.Position {
		return nil
	}
	if err := checkpoint.Move(ctx, tx, *me, to, me.Rate, s.engine.options.Node); err != nil {
		return err
	}
	me.Position = to
	if len(batch) == 0 {
		return nil
	}
	if _, err := tx.Exec(ctx, `select set_config('search_path', $1, true)`, quoted(s.key)); err != nil {
		return err
	}
	if err := s.fold(ctx, tx, batch); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `set local search_path to default`)
	return err
}

// replace retires the version that serves, what is built for it, and versions before this one.
func (s *session) replace(ctx context.Context, tx pgx.Tx, me *checkpoint.Row) error {
	if _, err := tx.Exec(ctx, `update checkpoints c set status = 'retired', updated_at = now()
		where name = $1 and version <> $2
		  and (version < $2 or version in (select version from checkpoints where name = $1 and status = 'live'))`, me.Name, me.Version); err != nil {
		return err
	}
	me.Status = checkpoint.Live
	_, err := tx.Exec(ctx, `update checkpoints set status = 'live', updated_at = now() where name = $1 and version = $2 and not shadow`, me.Name, me.Version)
	return err
}

// swap gives the shadow's tables the name that readers use, and its build to the serving row, at which the worker of the tables before
// notices. If the version no longer serves, the rebuild has no purpose any more.
func (s *session) swap(ctx context.Context, tx pgx.Tx, me, serving *checkpoint.Row) error {
	if serving == nil || serving.Version != me.Version {
		me.Status = checkpoint.Retired
		_, err := tx.Exec(ctx, `update checkpoints set status = 'retired' where name = $1 and version = $2 and shadow`, me.Name, me.Version)
		return err
	}
	me.Status = checkpoint.Live
	live := quoted(serving.Key)
	for _, sql := range []string{
		`drop schema if exists ` + outgoing(s.key) + ` cascade`, // of a swap whose program was killed before it could
		`alter schema ` + live + ` rename to ` + outgoing(s.key),
		`alter schema ` + quoted(s.key) + ` rename to ` + live,
	} {
		if _, err := tx.Exec(ctx, sql); err != nil {
			return fmt.Errorf("swap the tables of %s: %w", serving.Key, err)
		}
	}
	if _, err := tx.Exec(ctx, `delete from checkpoints where name = $1 and version = $2 and shadow`, me.Name, me.Version); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `update checkpoints set position = $3, build = $4, schema_hash = $5, rate = $6, worker = $7, updated_at = now(),
			failed_position = null, failed_event = null, error = null, attempts = 0, failed_at = null, undecodable = false
		where name = $1 and version = $2`, me.Name, me.Version, me.Position, me.Build, me.SchemaHash, me.Rate, s.engine.options.Node)
	return err
}

// clear drops the tables that a swap has replaced, as soon as the last reader of them is done.
func (s *session) clear(ctx context.Context) {
	for attempt := 0; ctx.Err() == nil; attempt++ {
		err := dropSchema(ctx, s.conn, outgoing(s.key))
		if err == nil || s.conn.IsClosed() {
			return // else the worker of the new tables does it
		}
		if !lockTimedOut(err) {
			s.log.WarnContext(ctx, "replaced tables could not be dropped", "error", err)
		}
		sleep(ctx, backoff(attempt, s.engine.options.Tick), nil)
	}
}

// sweep drops what has been replaced and nobody reads any more: tables that a killed program left, and versions without a process.
func (s *session) sweep(ctx context.Context) error {
	if err := dropSchema(ctx, s.conn, outgoing(s.key)); err != nil && !lockTimedOut(err) {
		return err
	}
	rows, err := checkpoint.All(ctx, s.conn, s.key.Name)
	if err != nil {
		return err
	}
	for _, row := range rows {
		if row.Status != checkpoint.Retired {
			continue
		}
		if err := s.bury(ctx, row); err != nil && !lockTimedOut(err) {
			return err
		}
	}
	return nil
}

// bury drops a retired copy, unless somebody works on it or a process that reads it is still there.
func (s *session) bury(ctx context.Context, row checkpoint.Row) error {
	locks := []string{checkpoint.Working(row.Key)}
	if row.Version != s.key.Version {
		locks = append(locks, checkpoint.Using(row.Name, row.Version))
	}
	for _, subject := range locks {
		free, err := checkpoint.TryLock(ctx, s.conn, subject)
		if err != nil || !free {
			return err
		}
		defer checkpoint.Unlock(ctx, s.conn, subject)
	}
	s.log.InfoContext(ctx, "dropping", "copy", row.Key.String())
	return pgx.BeginFunc(ctx, s.conn, func(tx pgx.Tx) error {
		done, err := tx.Exec(ctx, `delete from checkpoints where name = $1 and version = $2 and shadow = $3 and build = $4 and status = 'retired'`,
			row.Name, row.Version, row.Shadow, row.Build)
		if err != nil || done.RowsAffected() == 0 {
			return err
		}
		return dropIn(ctx, tx, quoted(row.Key))
	})
}

func dropSchema(ctx context.Context, conn *pgx.Conn, schema string) error {
	var there bool
	if err := conn.QueryRow(ctx, `select to_regnamespace($1) is not null`, schema).Scan(&there); err != nil || !there {
		return err
	}
	return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error { return dropIn(ctx, tx, schema) })
}

func dropIn(ctx context.Context, tx pgx.Tx, schema string) error {
	if _, err := tx.Exec(ctx, lockTimeout); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `drop schema if exists `+schema+` cascade`)
	return err
}

func lockTimedOut(err error) bool {
	var server *pgconn.PgError
	return errors.As(err, &server) && server.Code == "55P03"
}

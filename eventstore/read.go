package eventstore

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

const (
	maxRead      = 10_000   // events of one ReadAll
	maxReadBytes = 64 << 20 // data and metadata of one ReadAll, give or take an event
	maxStreams   = 1_000    // streams of one query
)

const columns = "e.lane, e.position, e.stream_id, e.version, e.event_id, e.type, e.schema_version, e.data, e.meta, e.person_id, e.recorded_at"

// Range picks a part of a stream. The zero value is all of it, from its beginning.
type Range struct {
	From, To  int       // versions, both inclusive; 0: open
	Until     time.Time // only what was recorded then or before; zero: all
	Backwards bool      // the latest first
	Limit     int       // at most so many; 0: all
}

// ReadStream returns events of a stream, in the order of their versions. A stream that does not exist is empty.
func (s *Store) ReadStream(ctx context.Context, stream StreamID, r Range) ([]Recorded, error) {
	sql := "select " + columns + " from events e where e.lane = 0 and e.stream_id = $1"
	args := []any{pgx.QueryResultFormats{1}, stream}
	also := func(condition string, arg any) {
		args = append(args, arg)
		sql += fmt.Sprintf(condition, len(args)-1)
	}
	if r.From > 0 {
		also(" and e.version >= $%d", r.From)
	}
	if r.To > 0 {
		also(" and e.version <= $%d", r.To)
	}
	if !r.Until.IsZero() {
		also(" and e.recorded_at <= $%d", r.Until)
	}
	sql += " order by e.version"
	if r.Backwards {
		sql += " desc"
	}
	if r.Limit > 0 {
		also(" limit $%d", r.Limit)
	}
	events, err := s.read(ctx, 0, sql, args...)
	if err != nil {
		return nil, fmt.Errorf("read stream %s: %w", stream, err)
	}
	return events, nil
}

// ReadStreams returns all events of many streams. Streams that do not exist are not in the answer. It is meant for imports: the answer is
// as large as the streams are.
func (s *Store) ReadStreams(ctx context.Context, streams []StreamID) (map[StreamID][]Recorded, error) {
	all := make(map[StreamID][]Recorded, len(streams))
	for len(streams) > 0 {
		n := min(len(streams), maxStreams)
		events, err := s.read(ctx, 0, `select `+columns+`
			from (select distinct unnest($1::uuid[]) as id) s
			cross join lateral (select * from events e where e.lane = 0 and e.stream_id = s.id order by e.version) e
			order by e.stream_id, e.version`, pgx.QueryResultFormats{1}, streams[:n])
		if err != nil {
			return nil, fmt.Errorf("read %d streams: %w", n, err)
		}
		for len(events) > 0 {
			end := 1
			for end < len(events) && events[end].Stream == events[0].Stream {
				end++
			}
			all[events[0].Stream] = events[:end:end]
			events = events[end:]
		}
		streams = streams[n:]
	}
	return all, nil
}

// ReadAll returns the events that follow a position, of all streams, in the order of the log: at most limit, fewer at the end of the
// log or where they are large. Only an empty answer means that the end is reached. It asserts that the first is after+1
// and that each follows the one before (*GapError).
func (s *Store) ReadAll(ctx context.Context, after int64, limit int) ([]Recorded, error) {
	events, err := s.read(ctx, maxReadBytes, "select "+columns+` from events e
		where e.lane = 0 and e.position > $1 order by e.position limit $2`,
		pgx.QueryResultFormats{1}, after, min(max(limit, 1), maxRead))
	if err != nil {
		return nil, fmt.Errorf("read the log after %d: %w", after, err)
	}
	for i := range events {
		if events[i].Position != after+1 {
			return nil, &GapError{After: after, Found: events[i].Position}
		}
		after++
	}
	return events, nil
}

// Head returns the last position of the log, 0 where it is empty.
func (s *Store) Head(ctx context.Context) (head int64, err error) {
	err = s.pool.QueryRow(ctx, "select position from events where lane = 0 order by position desc limit 1").Scan(&head)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("read the head of the log: %w", err)
	}
	return head, nil
}

// read runs a query of columns and upcasts what it finds. After enough bytes (0: never) it leaves the rest unread.
func (s *Store) read(ctx context.Context, enough int, sql string, args ...any) ([]Recorded, error) {
	rows, err := s.pool.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var events []Recorded
	types := map[string]string{} // a batch has few types: one string each is enough
	for size := 0; rows.Next(); {
		var r Recorded
		if err := r.decode(rows.RawValues(), types); err != nil {
			return nil, err
		}
		if err := s.upcast(&r); err != nil {
			return nil, err
		}
		events = append(events, r)
		if size += len(r.Data) + len(r.Meta); enough > 0 && size > enough {
			return events, nil
		}
	}
	return events, rows.Err()
}

// pgEpoch is the beginning of PostgreSQL's time, 2000-01-01, in Unix microseconds.
const pgEpoch = 946_684_800_000_000

// decode reads a row of columns in binary format. The row's bytes are the connection's; what is kept is copied.
func (r *Recorded) decode(row [][]byte, types map[string]string) error {
	if len(row) != 11 || len(row[0]) != 2 || len(row[1]) != 8 || len(row[2]) != 16 || len(row[3]) != 4 || len(row[4]) != 16 ||
		len(row[6]) != 2 || len(row[10]) != 8 {
		return errors.New("a row of the log has another shape")
	}
	r.Lane = int16(binary.BigEndian.Uint16(row[0]))
	r.Position = int64(binary.BigEndian.Uint64(row[1]))
	r.Stream = uuid.UUID(row[2])
	r.Version = int(int32(binary.BigEndian.Uint32(row[3])))
	r.ID = uuid.UUID(row[4])
	name, known := types[string(row[5])]
	if !known {
		name = string(row[5])
		types[name] = name
	}
	r.Type = name
	r.SchemaVersion = int(int16(binary.BigEndian.Uint16(row[6])))
	d := len(row[7])
	bytes := append(append(make([]byte, 0, d+len(row[8])), row[7]...), row[8]...)
	r.Data, r.Meta = bytes[:d:d], bytes[d:]
	if len(row[9]) == 16 {
		r.Person = uuid.UUID(row[9])
	}
	r.RecordedAt = time.UnixMicro(int64(binary.BigEndian.Uint64(row[10])) + pgEpoch).UTC()
	return nil
}

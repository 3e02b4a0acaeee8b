package reissues

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"qbank/domain/hotconfig"
	"qbank/domain/reissue"
)

// Kind says what a notice is about.
type Kind string

// The kinds of notices. Append-only: clients know them.
const (
	Reissued       Kind = "reissue"
	ReissueRevoked Kind = "reissue_revoked"
	ReissueExpired Kind = "reissue_expired"
	TakenDown      Kind = "takedown"
	TakedownLifted Kind = "takedown_lifted"
	ReleaseChanged Kind = "release"
	ConfigChanged  Kind = "config"
)

// Notice is something that students are told.
type Notice struct {
	Position    int64  // of the event
	Environment string // "": every one
	Org         string // whose students, those above and those below; "": any
	Below       bool   // not those above
	Kind        Kind
	Subject     uuid.UUID         // the reissue, the takedown, the release or the configuration key
	Data        json.RawMessage   // what the client gets
	Audience    *reissue.Audience // only these; nil: everybody
	At          int64             // microseconds
}

// takenDown is what is told of a takedown; version 0: all of them.
type takenDown struct {
	Question uuid.UUID `json:"question"`
	Version  int       `json:"version,omitempty"`
}

// lessons is what is told of a release.
type lessons struct {
	Lessons []uuid.UUID `json:"lessons"`
}

// changedKey is what is told of a configuration: which key to ask for again, not what it is.
type changedKey struct {
	Key hotconfig.Key `json:"key"`
}

// Notices reads what happened behind a position, the oldest first, at most so many.
func (r *Reader) Notices(ctx context.Context, after int64, limit int) ([]Notice, error) {
	rows, err := r.db.Query(ctx, `select n.position, n.environment, coalesce(nullif(n.org, ''), r.org, ''), n.kind, n.subject, n.data, r.audience, n.at
		from `+in+`.notices n left join `+in+`.reissues r on r.id = n.subject where n.position > $1 order by n.position limit $2`, after, limit)
	if err != nil {
		return nil, fmt.Errorf("read notices: %w", err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (n Notice, err error) {
		var audience []byte
		if err = row.Scan(&n.Position, &n.Environment, &n.Org, &n.Kind, &n.Subject, &n.Data, &audience, &n.At); err == nil && audience != nil {
			n.Audience = &reissue.Audience{}
			err = json.Unmarshal(audience, n.Audience)
		}
		n.Below = n.Kind == ConfigChanged // a key holds for its organisation and downwards
		return n, err
	})
	if err != nil {
		return nil, fmt.Errorf("read notices: %w", err)
	}
	return list, nil
}

// Newest reads the positions of the newest notice and of the oldest of the last so many; 0 where there are none.
func (r *Reader) Newest(ctx context.Context, last int) (newest, oldest int64, err error) {
	err = r.db.QueryRow(ctx, `select coalesce(max(position), 0), coalesce(min(position), 0) from (select position from `+in+
		`.notices order by position desc limit $1) n`, last).Scan(&newest, &oldest)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return 0, 0, fmt.Errorf("read the newest notice: %w", err)
	}
	return newest, oldest, nil
}

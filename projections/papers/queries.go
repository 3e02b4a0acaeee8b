package papers

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"qbank/domain/fault"
	"qbank/domain/paper"
	"qbank/projections"
	"qbank/projections/read"
)

// Paper is a paper without its plan.
type Paper struct {
	ID        uuid.UUID
	Org       string
	Title     string // of the draft
	Revision  int
	Latest    int // number of the newest version, 0 before the first
	Retired   bool
	CreatedBy string
	CreatedAt int64 // microseconds
	UpdatedBy string
	UpdatedAt int64 // microseconds
}

// Version is a published version without its plan.
type Version struct {
	Paper       uuid.UUID
	Version     int
	Title       string
	PublishedBy string
	PublishedAt int64 // microseconds
}

// Key names a plan.
type Key struct {
	Paper   uuid.UUID
	Version int // 0: the draft
}

// Plan is what a draft or a version says.
type Plan struct {
	paper.Plan
	Unmet  []paper.Finding // what its blueprints demand and it does not have; of a version, as was accepted
	Reason string          // for accepting that
}

// Assembly is what came of looking for questions.
type Assembly struct {
	Revision int      // of the paper, with what was found
	Targets  []string // none: all with a blueprint
	Report   paper.Report
	By       string
	At       int64 // microseconds
}

// Filter says which papers are wanted; what is set must hold.
type Filter struct {
	Title   string // a part of it, in any case
	Retired *bool
}

// Reader answers queries. It is safe for concurrent use.
type Reader struct{ db read.DB }

// NewReader makes a reader over a pool.
func NewReader(db read.DB) *Reader { return &Reader{db} }

var in = projections.SchemaName(name, version)

var all = read.From[Paper]{
	Columns: "p.id, p.org, p.title, p.revision, p.latest, p.retired, p.created_by, p.created_at, p.updated_by, p.updated_at",
	Table:   in + ".papers p",
	Scan: func(row pgx.CollectableRow) (p Paper, err error) {
		err = row.Scan(&p.ID, &p.Org, &p.Title, &p.Revision, &p.Latest, &p.Retired, &p.CreatedBy, &p.CreatedAt, &p.UpdatedBy, &p.UpdatedAt)
		return p, err
	},
}

var latestChange = read.Order[Paper]{
	Name: "updated", Desc: true, Keys: []read.Key{{Column: "p.updated_at", Kind: read.Int}, {Column: "p.id", Kind: read.ID}},
	Of: func(p Paper) []any { return []any{p.UpdatedAt, p.ID} },
}

// List lists the papers of an organisation and below, the latest change first.
func (r *Reader) List(ctx context.Context, org string, filter Filter, page read.Page) (read.Rows[Paper], error) {
	where, err := filter.where(org)
	if err != nil {
		return read.Rows[Paper]{}, err
	}
	return read.List(ctx, r.db, all, where, latestChange, page)
}

// MaxCount is up to where Count is exact.
const MaxCount = 10_000

// Count counts the papers that List lists, exactly up to MaxCount; more says that there are more than that.
func (r *Reader) Count(ctx context.Context, org string, filter Filter) (count int, more bool, err error) {
	where, err := filter.where(org)
	if err != nil {
		return 0, false, err
	}
	return read.Capped(ctx, r.db, all.Table, where, MaxCount)
}

func (f Filter) where(org string) (*read.Where, error) {
	where := read.Within("p.org", org)
	if f.Title != "" {
		if err := read.CheckText("/title", f.Title); err != nil {
			return nil, err
		}
		where.And("strpos(lower(p.title), lower(?)) > 0", f.Title)
	}
	if f.Retired != nil {
		where.And("p.retired = ?", *f.Retired)
	}
	return where, nil
}

// Get reads papers by id. Those that are not there, or not of the organisation or below, are missing from the answer.
func (r *Reader) Get(ctx context.Context, org string, ids []uuid.UUID) (map[uuid.UUID]Paper, error) {
	return read.ByID(ctx, r.db, all, read.Within("p.org", org), "p.id", ids, func(p Paper) uuid.UUID { return p.ID })
}

var published = read.From[Version]{
	Columns: "v.paper, v.version, v.title, v.published_by, v.published_at",
	Table:   in + ".versions v join " + in + ".papers p on p.id = v.paper",
	Scan: func(row pgx.CollectableRow) (v Version, err error) {
		err = row.Scan(&v.Paper, &v.Version, &v.Title, &v.PublishedBy, &v.PublishedAt)
		return v, err
	},
}

var newestVersion = read.Order[Version]{
	Name: "version", Desc: true, Keys: []read.Key{{Column: "v.version", Kind: read.Int}},
	Of: func(v Version) []any { return []any{v.Version} },
}

// Versions lists the published versions of a paper, the newest first.
func (r *Reader) Versions(ctx context.Context, org string, id uuid.UUID, page read.Page) (read.Rows[Version], error) {
	where := read.Within("p.org", org)
	where.And("v.paper = ?", id)
	return read.List(ctx, r.db, published, where, newestVersion, page)
}

// Version reads one published version, or the fault "paper.version_unknown".
func (r *Reader) Version(ctx context.Context, org string, id uuid.UUID, number int) (Version, error) {
	where := read.Within("p.org", org)
	where.And("v.paper = ? and v.version = ?", id, number)
	return read.One(ctx, r.db, published, where, fault.Refuse(fault.NotFound, "paper.version_unknown",
		fault.Say("the paper has no published version %d", "试卷没有已发布的第 %d 版", number)))
}

// Plans reads plans. Those that are not there, or not of the organisation or below, are missing from the answer.
func (r *Reader) Plans(ctx context.Context, org string, keys []Key) (map[Key]*Plan, error) {
	if err := read.CheckBatch(len(keys)); err != nil {
		return nil, err
	}
	var drafts, of []uuid.UUID
	var numbers []int
	for _, k := range keys {
		if k.Version == 0 {
			drafts = append(drafts, k.Paper)
			continue
		}
		of, numbers = append(of, k.Paper), append(numbers, k.Version)
	}
	found := make(map[Key]*Plan, len(keys))
	for _, part := range []struct {
		papers               []uuid.UUID
		columns, table, when string
		args                 []any
	}{
		{drafts, "p.id, 0, p.plan, p.unmet, ''", all.Table, "p.id = any(?)", []any{drafts}},
		{of, "v.paper, v.version, v.plan, v.unmet, v.reason", published.Table, "(v.paper, v.version) in (select * from unnest(?::uuid[], ?::int[]))", []any{of, numbers}},
	} {
		if len(part.papers) == 0 {
			continue
		}
		where := read.Within("p.org", org)
		where.And(part.when, part.args...)
		list, err := read.All(ctx, r.db, read.From[planned]{Columns: part.columns, Table: part.table, Scan: scanPlanned}, where)
		if err != nil {
			return nil, err
		}
		for _, p := range list {
			found[p.Key] = p.plan
		}
	}
	return found, nil
}

type planned struct {
	Key
	plan *Plan
}

func scanPlanned(row pgx.CollectableRow) (p planned, err error) {
	p.plan = &Plan{}
	err = row.Scan(&p.Paper, &p.Version, &p.plan.Plan, &p.plan.Unmet, &p.plan.Reason)
	return p, err
}

var assembled = read.From[Assembly]{
	Columns: "a.revision, a.targets, a.report, a.made_by, a.made_at",
	Table:   in + ".assemblies a join " + in + ".papers p on p.id = a.paper",
	Scan: func(row pgx.CollectableRow) (a Assembly, err error) {
		err = row.Scan(&a.Revision, &a.Targets, &a.Report, &a.By, &a.At)
		return a, err
	},
}

var newestAssembly = read.Order[Assembly]{
	Name: "assembly", Desc: true, Keys: []read.Key{{Column: "a.revision", Kind: read.Int}},
	Of: func(a Assembly) []any { return []any{a.Revision} },
}

// Assemblies lists what came of looking for a paper's questions, the newest first.
func (r *Reader) Assemblies(ctx context.Context, org string, id uuid.UUID, page read.Page) (read.Rows[Assembly], error) {
	where := read.Within("p.org", org)
	where.And("a.paper = ?", id)
	return read.List(ctx, r.db, assembled, where, newestAssembly, page)
}

// LastUses tells when each question was last put into a paper of the organisation or below: into its draft as it stands, or into a
// published version. In microseconds. Only papers that changed at a moment or later are looked at.
func (r *Reader) LastUses(ctx context.Context, org string, since int64) (map[uuid.UUID]int64, error) {
	where := read.Within("p.org", org)
	where.And("p.updated_at >= ?", since)
	return read.Map[uuid.UUID, int64](ctx, r.db, "when questions were used", `select u.question, max(case when u.version = 0 then p.updated_at else v.published_at end)
		from `+in+`.uses u join `+in+`.papers p on p.id = u.paper left join `+in+`.versions v on v.paper = u.paper and v.version = u.version
		where `+where.String()+` group by u.question`, where.Args()...)
}

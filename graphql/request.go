package graphql

import (
	"context"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/discussion"
	"qbank/domain/fault"
	"qbank/domain/lesson"
	"qbank/domain/qtype"
	"qbank/eventstore"
	"qbank/graphql/engine"
	"qbank/internal/signin"
	"qbank/projections/catalog"
	"qbank/projections/configs"
	"qbank/projections/discussions"
	"qbank/projections/knowledge"
	"qbank/projections/lessons"
	"qbank/projections/papers"
	"qbank/projections/regrades"
	"qbank/projections/reissues"
	"qbank/projections/releases"
	"qbank/projections/resources"
	"qbank/projections/reviews"
	"qbank/projections/roster"
	"qbank/projections/staff"
)

// request is what the fields of one request share: who asks, how fresh the answer must be, and the lookups that are waiting to
// be made together. Fields are resolved one after another, so it needs no lock.
type request struct {
	*Door
	caller signin.Caller
	actor  access.Actor     // the caller's
	at     int64            // read models must have come this far
	waited map[string]int64 // and those have
	seen   *seen
	// address is where the request came from.
	address string

	questions *engine.Loader[uuid.UUID, *catalog.Question]
	drafts    *engine.Loader[uuid.UUID, catalog.Draft]
	lessons   *engine.Loader[uuid.UUID, *lessons.Lesson]
	releases  *engine.Loader[uuid.UUID, *releases.Release]
	regrades  *engine.Loader[uuid.UUID, *regrades.Regrade]
	errata    *engine.Loader[uuid.UUID, []int] // which versions of a question are errata
	configs   *engine.Loader[uuid.UUID, *configs.Key]
	outlines  *engine.Loader[lessons.Key, *lessons.Outline]
	plans     *engine.Loader[lessons.Key, *lesson.Plan]
	reissues  *engine.Loader[uuid.UUID, *reissues.Reissue]
	takedowns *engine.Loader[uuid.UUID, *reissues.Takedown]
	papers    *engine.Loader[uuid.UUID, *papers.Paper]
	classes   *engine.Loader[uuid.UUID, *roster.Class]
	nodes     *engine.Loader[uuid.UUID, *roster.Node]
	staff     *engine.Loader[uuid.UUID, roster.Staff]
	sessions  *engine.Loader[uuid.UUID, *roster.Session]
	points    *engine.Loader[uuid.UUID, *knowledge.Point]
	names     *engine.Loader[uuid.UUID, string]
	erased    *engine.Loader[uuid.UUID, bool]
	streams   *engine.Loader[uuid.UUID, []eventstore.Recorded]
	reviews   *engine.Loader[uuid.UUID, *reviews.Item]

	threads   *engine.Loader[uuid.UUID, *discussions.Thread]
	comments  *engine.Loader[uuid.UUID, []discussions.Comment] // by thread
	unsettled *engine.Loader[uuid.UUID, int]                   // open threads, by subject
	documents *engine.Loader[discussion.Subject, *document]    // what is discussed, as it is now
	granted   *engine.Loader[uuid.UUID, []staff.Role]
	keyUses   *engine.Loader[uuid.UUID, int64]
	files     *engine.Loader[uuid.UUID, *resources.File]
	unused    *engine.Loader[uuid.UUID, int64]
}

// The read models by their names.
const (
	catalogModel   = "catalog"
	typesModel     = "types"
	lessonsModel   = "lessons"
	knowledgeModel = "knowledge"
	rosterModel    = "roster"
	importsModel   = "imports"
	deliveryModel  = "delivery"
	gradebookModel = "gradebook"
	itemsModel     = "items"
	reviewsModel   = "reviews"

	discussionsModel = "discussions"
	releasesModel    = "releases"
	reissuesModel    = "reissues"
	configsModel     = "configs"
	staffModel       = "staff"
	pseudoModel      = "pseudo"
	auditModel       = "auditlog"
	resourcesModel   = "resources"
	papersModel      = "papers"
	regradesModel    = "regrades"
	usesModel        = "uses"
)

// planBatch bounds how many whole plans are read at once: each may have thousands of cues.
const planBatch = 20

// streamBatch bounds how many histories are read at once: each is as long as it is.
const streamBatch = 50

func newRequest(d *Door, caller signin.Caller) *request {
	r := &request{Door: d, caller: caller, actor: caller.Actor, waited: map[string]int64{}, seen: &seen{}}
	org := caller.Actor.Scope.Org
	r.questions = engine.NewLoader(0, fetch(r, catalogModel, func(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID]catalog.Question, error) {
		return d.Catalog.Get(ctx, org, ids)
	}))
	r.drafts = engine.NewLoader(0, func(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID]catalog.Draft, error) {
		if err := r.reads(ctx, catalogModel); err != nil {
			return nil, err
		}
		return d.Catalog.Drafts(ctx, org, ids)
	})
	r.lessons = engine.NewLoader(0, fetch(r, lessonsModel, func(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID]lessons.Lesson, error) {
		return d.Lessons.Get(ctx, org, ids)
	}))
	r.regrades = engine.NewLoader(0, fetch(r, regradesModel, func(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID]regrades.Regrade, error) {
		return d.Regrades.Get(ctx, caller.Actor.Scope, ids)
	}))
	r.errata = engine.NewLoader(0, func(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID][]int, error) {
		if err := r.reads(ctx, deliveryModel); err != nil {
			return nil, err
		}
		return d.Delivery.Errata(ctx, ids)
	})
	r.releases = engine.NewLoader(0, fetch(r, releasesModel, func(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID]releases.Release, error) {
		return d.Releases.Get(ctx, caller.Actor.Scope, ids)
	}))
	r.configs = engine.NewLoader(0, fetch(r, configsModel, func(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID]configs.Key, error) {
		return d.Configs.Get(ctx, caller.Actor.Scope, ids)
	}))
	r.outlines = engine.NewLoader(0, func(ctx context.Context, keys []lessons.Key) (map[lessons.Key]*lessons.Outline, error) {
		if err := r.reads(ctx, lessonsModel); err != nil {
			return nil, err
		}
		return d.Lessons.Outlines(ctx, org, keys)
	})
	r.plans = engine.NewLoader(planBatch, func(ctx context.Context, keys []lessons.Key) (map[lessons.Key]*lesson.Plan, error) {
		if err := r.reads(ctx, lessonsModel); err != nil {
			return nil, err
		}
		return d.Lessons.Plans(ctx, org, keys)
	})
	r.reissues = engine.NewLoader(0, fetch(r, reissuesModel, func(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID]reissues.Reissue, error) {
		return d.Reissues.Get(ctx, caller.Actor.Scope, ids)
	}))
	r.takedowns = engine.NewLoader(0, fetch(r, reissuesModel, func(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID]reissues.Takedown, error) {
		return d.Reissues.GetTakedowns(ctx, caller.Actor.Scope, ids)
	}))
	r.papers = engine.NewLoader(0, fetch(r, papersModel, func(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID]papers.Paper, error) {
		return d.Papers.Get(ctx, org, ids)
	}))
	r.classes = engine.NewLoader(0, fetch(r, rosterModel, func(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID]roster.Class, error) {
		return d.Roster.Get(ctx, org, ids)
	}))
	r.nodes = engine.NewLoader(0, fetch(r, rosterModel, func(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID]roster.Node, error) {
		return d.Roster.GetNodes(ctx, org, ids)
	}))
	r.staff = engine.NewLoader(0, func(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID]roster.Staff, error) {
		if err := r.reads(ctx, rosterModel); err != nil {
			return nil, err
		}
		return d.Roster.StaffOf(ctx, org, ids)
	})
	r.sessions = engine.NewLoader(0, fetch(r, rosterModel, func(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID]roster.Session, error) {
		return d.Roster.GetSessions(ctx, caller.Actor.Scope, ids)
	}))
	r.points = engine.NewLoader(0, fetch(r, knowledgeModel, func(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID]knowledge.Point, error) {
		return d.Knowledge.Named(ctx, org, ids)
	}))
	r.reviews = engine.NewLoader(0, fetch(r, reviewsModel, func(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID]reviews.Item, error) {
		return d.Reviews.Get(ctx, org, ids)
	}))
	r.names = engine.NewLoader(0, d.People.Names)
	r.erased = engine.NewLoader(0, d.Traces.Erased)
	r.streams = engine.NewLoader(streamBatch, d.Store.ReadStreams)
	r.discussionLoaders()
	r.granted = engine.NewLoader(0, func(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID][]staff.Role, error) {
		if err := r.reads(ctx, staffModel); err != nil {
			return nil, err
		}
		return d.Staff.Roles(ctx, org, ids)
	})
	r.keyUses = engine.NewLoader(0, d.Keys.LastUsed)
	r.files = engine.NewLoader(0, fetch(r, resourcesModel, func(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID]resources.File, error) {
		return d.Resources.Get(ctx, org, ids)
	}))
	r.unused = engine.NewLoader(0, r.unusedSince)
	return r
}

// fetch makes a loader's function of a reader's: it waits for the read model first and hands out pointers.
func fetch[V any](r *request, model string, get func(context.Context, []uuid.UUID) (map[uuid.UUID]V, error)) func(context.Context, []uuid.UUID) (map[uuid.UUID]*V, error) {
	return func(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID]*V, error) {
		if err := r.reads(ctx, model); err != nil {
			return nil, err
		}
		found, err := get(ctx, ids)
		out := make(map[uuid.UUID]*V, len(found))
		for id, v := range found {
			out[id] = &v
		}
		return out, err
	}
}

// reads waits until a read model has come as far as the request wants, and at least has begun: right after the first start
// there are no tables yet.
func (r *request) reads(ctx context.Context, model string) error {
	want := max(r.at, 1)
	if want <= r.waited[model] {
		return nil
	}
	if err := r.Engine.Wait(ctx, model, want); err != nil {
		return err
	}
	r.waited[model] = want
	return nil
}

// wrote makes what follows in the request see an event: read models are waited for, and what was looked up before is forgotten.
func (r *request) wrote(position int64) {
	r.at = max(r.at, position)
	r.questions.Forget()
	r.drafts.Forget()
	r.lessons.Forget()
	r.releases.Forget()
	r.regrades.Forget()
	r.errata.Forget()
	r.configs.Forget()
	r.outlines.Forget()
	r.plans.Forget()
	r.reissues.Forget()
	r.takedowns.Forget()
	r.papers.Forget()
	r.classes.Forget()
	r.nodes.Forget()
	r.staff.Forget()
	r.sessions.Forget()
	r.points.Forget()
	r.names.Forget()
	r.erased.Forget()
	r.streams.Forget()
	r.reviews.Forget()
	r.threads.Forget()
	r.comments.Forget()
	r.unsettled.Forget()
	r.documents.Forget()
	r.granted.Forget()
	r.files.Forget()
	r.unused.Forget()
}

// scope is the token's, where it names an environment: results and figures belong to one.
func (r *request) scope() (access.Scope, error) {
	if r.actor.Scope.Environment == "" {
		return r.actor.Scope, fault.Refuse(fault.Denied, "access.no_environment",
			fault.Say("this token names no environment; results and releases belong to one", "此令牌未指定环境，而成绩与上线属于某个环境"))
	}
	return r.actor.Scope, nil
}

// compiled is a question type ready for use; it is compiled once per process.
func (c call) compiled(ref qtype.Ref) (*qtype.Type, error) { return c.Commands.Types.Type(c.ctx, ref) }

// one looks a thing up together with others; what is not there is the refusal.
func one[V any](c call, loader *engine.Loader[uuid.UUID, V], id uuid.UUID, refusal *fault.Fault) func() (any, error) {
	return loader.Then(c.ctx, id, func(v V, found bool) (any, error) {
		if !found {
			return nil, refusal
		}
		return v, nil
	})
}

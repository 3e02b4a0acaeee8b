package graphql

import (
	"context"

	"github.com/google/uuid"

	"qbank/domain/discussion"
	"qbank/domain/fault"
	"qbank/domain/lesson"
	"qbank/eventstore"
	"qbank/graphql/engine"
	"qbank/internal/regradejob"
	"qbank/projections/catalog"
	"qbank/projections/configs"
	"qbank/projections/delivery"
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

// lookups are what a request looks up together: what many fields want to know one by one is read at once.
type lookups struct {
	forget []func() // what each of them has read

	questions *engine.Loader[uuid.UUID, *catalog.Question]
	drafts    *engine.Loader[uuid.UUID, catalog.Draft]
	lessons   *engine.Loader[uuid.UUID, *lessons.Lesson]
	outlines  *engine.Loader[lessons.Key, *lessons.Outline] // what plans come to
	plans     *engine.Loader[lessons.Key, *lesson.Plan]
	papers    *engine.Loader[uuid.UUID, *papers.Paper]
	sheets    *engine.Loader[papers.Key, *papers.Plan]
	points    *engine.Loader[uuid.UUID, *knowledge.Point]
	reviews   *engine.Loader[uuid.UUID, *reviews.Item]
	files     *engine.Loader[uuid.UUID, *resources.File]
	unused    *engine.Loader[uuid.UUID, int64]           // since when nothing names a file
	errata    *engine.Loader[uuid.UUID, []int]           // which versions of a question are errata
	held      *engine.Loader[uuid.UUID, []delivery.Held] // where questions are live

	threads   *engine.Loader[uuid.UUID, *discussions.Thread]
	comments  *engine.Loader[uuid.UUID, []discussions.Comment] // by thread
	unsettled *engine.Loader[uuid.UUID, int]                   // open threads, by subject
	documents *engine.Loader[discussion.Subject, *document]    // what is discussed, as it is now

	classes  *engine.Loader[uuid.UUID, *roster.Class]
	nodes    *engine.Loader[uuid.UUID, *roster.Node]
	staff    *engine.Loader[uuid.UUID, roster.Staff] // by class
	sessions *engine.Loader[uuid.UUID, *roster.Session]

	releases  *engine.Loader[uuid.UUID, *releases.Release]
	regrades  *engine.Loader[uuid.UUID, *regrades.Regrade]
	progress  *engine.Loader[uuid.UUID, *regradejob.Shows] // of regrades
	configs   *engine.Loader[uuid.UUID, *configs.Key]
	reissues  *engine.Loader[uuid.UUID, *reissues.Reissue]
	takedowns *engine.Loader[uuid.UUID, *reissues.Takedown]

	granted *engine.Loader[uuid.UUID, []staff.Role] // by person
	keyUses *engine.Loader[uuid.UUID, int64]        // when an API key was used last
	names   *engine.Loader[uuid.UUID, string]       // of people
	erased  *engine.Loader[uuid.UUID, bool]         // people
	streams *engine.Loader[uuid.UUID, []eventstore.Recorded]
}

// planBatch bounds how many whole plans are read at once: each may have thousands of cues.
const planBatch = 20

// streamBatch bounds how many histories are read at once: each is as long as it is.
const streamBatch = 50

// readyLookups makes the lookups of a request. Those of what people have made are within the caller's organisation; those of what is delivered
// within the caller's environment, too.
func (r *request) readyLookups() {
	d, org, scope := r.Door, r.actor.Scope.Org, r.actor.Scope
	r.questions = things(r, catalogModel, org, d.Catalog.Get)
	r.drafts = facts(r, catalogModel, org, d.Catalog.Drafts)
	r.lessons = things(r, lessonsModel, org, d.Lessons.Get)
	r.outlines = facts(r, lessonsModel, org, d.Lessons.Outlines)
	r.plans = lookup(r, planBatch, after(r, lessonsModel, within(org, d.Lessons.Plans)))
	r.papers = things(r, papersModel, org, d.Papers.Get)
	r.sheets = lookup(r, planBatch, after(r, papersModel, within(org, d.Papers.Plans)))
	r.points = things(r, knowledgeModel, org, d.Knowledge.Named)
	r.reviews = things(r, reviewsModel, org, d.Reviews.Get)
	r.files = things(r, resourcesModel, org, d.Resources.Get)
	r.unused = lookup(r, 0, after(r, resourcesModel, d.Resources.UnusedSince))
	r.errata = lookup(r, 0, after(r, deliveryModel, d.Delivery.Errata))
	r.held = facts(r, deliveryModel, scope, d.Delivery.HoldingIn)

	r.threads = things(r, discussionsModel, org, d.Discussions.Get)
	r.comments = lookup(r, 0, after(r, discussionsModel, d.Discussions.Comments))
	r.unsettled = facts(r, discussionsModel, org, d.Discussions.Open)
	r.documents = lookup(r, 0, r.readDocuments)

	r.classes = things(r, rosterModel, org, d.Roster.Get)
	r.nodes = things(r, rosterModel, org, d.Roster.GetNodes)
	r.staff = facts(r, rosterModel, org, d.Roster.StaffOf)
	r.sessions = things(r, rosterModel, scope, d.Roster.GetSessions)

	r.releases = things(r, releasesModel, scope, d.Releases.Get)
	r.regrades = things(r, regradesModel, scope, d.Regrades.Get)
	r.progress = lookup(r, 0, d.Assessor.Progress)
	r.configs = things(r, configsModel, scope, d.Configs.Get)
	r.reissues = things(r, reissuesModel, scope, d.Reissues.Get)
	r.takedowns = things(r, reissuesModel, scope, d.Reissues.GetTakedowns)

	r.granted = facts(r, staffModel, org, d.Staff.Roles)
	r.keyUses = lookup(r, 0, d.Keys.LastUsed)
	r.names = lookup(r, 0, within(org, d.People.Names))
	r.erased = lookup(r, 0, d.People.Erased)
	r.streams = lookup(r, streamBatch, d.Store.ReadStreams)
}

// reading reads many at once.
type reading[K comparable, V any] = func(context.Context, []K) (map[K]V, error)

// lookup is a loader of the request, which forgets what it has read when the request has written.
func lookup[K comparable, V any](r *request, batch int, read reading[K, V]) *engine.Loader[K, V] {
	loader := engine.NewLoader(batch, read)
	r.forget = append(r.forget, func() { loader.Forget() })
	return loader
}

// facts looks up values of a read model, by the scope or organisation within which they are seen.
func facts[S any, K comparable, V any](r *request, model string, scope S, read func(context.Context, S, []K) (map[K]V, error)) *engine.Loader[K, V] {
	return lookup(r, 0, after(r, model, within(scope, read)))
}

// things is facts of values that objects are made of: it hands out pointers.
func things[S, V any](r *request, model string, scope S, read func(context.Context, S, []uuid.UUID) (map[uuid.UUID]V, error)) *engine.Loader[uuid.UUID, *V] {
	values := after(r, model, within(scope, read))
	return lookup(r, 0, func(ctx context.Context, ids []uuid.UUID) (map[uuid.UUID]*V, error) {
		found, err := values(ctx, ids)
		out := make(map[uuid.UUID]*V, len(found))
		for id, v := range found {
			out[id] = &v
		}
		return out, err
	})
}

// after reads once the read model has come as far as the request wants.
func after[K comparable, V any](r *request, model string, read reading[K, V]) reading[K, V] {
	return func(ctx context.Context, keys []K) (map[K]V, error) {
		if err := r.reads(ctx, model); err != nil {
			return nil, err
		}
		return read(ctx, keys)
	}
}

func within[S any, K comparable, V any](scope S, read func(context.Context, S, []K) (map[K]V, error)) reading[K, V] {
	return func(ctx context.Context, keys []K) (map[K]V, error) { return read(ctx, scope, keys) }
}

// maybe looks a thing up that another refers to, if it does.
func maybe[V any](c call, loader *engine.Loader[uuid.UUID, V], id uuid.UUID) (any, error) {
	if id == uuid.Nil {
		return nil, nil
	}
	return loader.Load(c.ctx, id), nil
}

// one looks a thing up together with others; what is not there is the refusal.
func one[V any](c call, loader *engine.Loader[uuid.UUID, V], id uuid.UUID, refusal *fault.Fault) func() (any, error) {
	return loader.Then(c.ctx, id, func(v V, found bool) (any, error) {
		if !found {
			return nil, refusal
		}
		return v, nil
	})
}

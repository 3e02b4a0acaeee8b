package graphql

import (
	"context"

	"qbank/domain/access"
	"qbank/domain/qtype"
	"qbank/internal/signin"
)

// request is what the fields of one request share: who asks, how fresh the answer must be, and the lookups that are waiting to
// be made together. Fields are resolved one after another, so it needs no lock.
type request struct {
	*Door
	caller  signin.Caller
	actor   access.Actor     // the caller's
	at      int64            // read models must have come this far
	waited  map[string]int64 // and those have
	seen    *seen
	address string // where the request came from
	lookups
}

// The read models by their names.
const (
	catalogModel     = "catalog"
	typesModel       = "types"
	lessonsModel     = "lessons"
	papersModel      = "papers"
	knowledgeModel   = "knowledge"
	resourcesModel   = "resources"
	reviewsModel     = "reviews"
	discussionsModel = "discussions"
	importsModel     = "imports"
	usesModel        = "uses"
	rosterModel      = "roster"
	deliveryModel    = "delivery"
	releasesModel    = "releases"
	reissuesModel    = "reissues"
	configsModel     = "configs"
	gradebookModel   = "gradebook"
	regradesModel    = "regrades"
	itemsModel       = "items"
	staffModel       = "staff"
	pseudoModel      = "pseudo"
	auditModel       = "auditlog"
)

func newRequest(d *Door, caller signin.Caller) *request {
	r := &request{Door: d, caller: caller, actor: caller.Actor, waited: map[string]int64{}, seen: &seen{}}
	r.readyLookups()
	return r
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
	for _, forget := range r.forget {
		forget()
	}
}

// scope is the token's, where it names an environment: results and figures belong to one.
func (r *request) scope() (access.Scope, error) {
	return r.actor.Scope, r.actor.Somewhere()
}

// compiled is a question type ready for use; it is compiled once per process.
func (c call) compiled(ref qtype.Ref) (*qtype.Type, error) { return c.Commands.Types.Type(c.ctx, ref) }

package graphql

import (
	"fmt"

	"github.com/google/uuid"
	gql "github.com/graphql-go/graphql"

	"qbank/domain/access"
	"qbank/domain/regrade"
	"qbank/graphql/engine"
	"qbank/internal/jobs"
	"qbank/internal/regradejob"
	"qbank/internal/watch"
	"qbank/projections/regrades"
)

func (s *schema) progressType(figures, outcome *gql.Object) *gql.Object {
	work := enum("RegradeWork", "What is done about a regrade.", enumValue[regradejob.Work]{regradejob.Looking, "Looking at what it would do."},
		enumValue[regradejob.Work]{regradejob.Settling, "Bringing marks to what they are to be, when it was approved or revoked."})
	return object("RegradeProgress", "How far the work on a regrade is.", func() []member[*regradejob.Shows] {
		type p = *regradejob.Shows
		return []member[p]{
			show("work", required(work), "What is done.", func(p p) any { return p.Work }),
			show("state", required(s.jobState), "How far it is.", func(p p) any { return p.State }),
			show("error", gql.String, "Why it was given up.", func(p p) any { return filled(p.Error) }),
			show("attempts", required(gql.Int), "Attempts that are done with.", func(p p) any { return p.Attempts }),
			show("of", required(gql.Int), "Attempts that there were to do when it began.", func(p p) any { return p.Of }),
			show("figures", figures, "Looking: of those that are done with; null before the first.", func(p p) any { return p.Figures }),
			show("outcome", outcome, "Settling: which of their answers have gained and lost by the regrade, as it is now.", func(p p) any { return p.Outcome }),
			show("updatedAt", required(engine.Instant), "When it moved last.", func(p p) any { return p.UpdatedAt }),
		}
	})
}

func (s *schema) regradeSubscriptions() []subscription {
	find := func(c call) (*regrades.Regrade, error) {
		id, err := c.args.id("id", regradeName)
		if err != nil {
			return nil, err
		}
		if _, err := c.scope(); err != nil {
			return nil, err
		}
		found, err := resolved(c.regrades.Load(c.ctx, id), nil)
		if err == nil && found == nil {
			err = regrade.NotFound()
		}
		r, _ := found.(*regrades.Regrade)
		return r, err
	}
	return []subscription{{name: "regradeProgress", of: s.regradeProgress, needs: access.ProposeRegrades, begins: true,
		about: "Tells how far the work on a regrade of the token's environment is, at once and whenever it has gone on.",
		args:  gql.FieldConfigArgument{"id": arg(gql.NewNonNull(gql.ID), "Global id or UUID of the regrade.")},
		wants: func(c call) (watch.Wants, error) {
			r, err := find(c)
			if err != nil {
				return watch.Wants{}, err
			}
			return watch.Wants{Events: []string{jobs.Topic}, Stream: r.ID}, nil
		},
		value: func(c call, n *news) (any, error) {
			r, err := find(c)
			if err != nil {
				return nil, err
			}
			found, err := c.Assessor.Progress(c.ctx, []uuid.UUID{r.ID})
			shows, some := found[r.ID]
			if err != nil || !some || n.again(fmt.Sprint(shows.UpdatedAt)) {
				return nil, err
			}
			return shows, nil
		}}}
}

package graphql

import (
	"strconv"

	gql "github.com/graphql-go/graphql"

	"qbank/domain/paper"
	"qbank/graphql/engine"
)

func (s *schema) paperReportType() *gql.Object {
	reason := enum("PaperShortfall", "Why a constraint is not met. All but NOT_FOUND are proven.",
		enumValue[paper.Reason]{paper.TooFew, "There are not enough such questions."}, enumValue[paper.Reason]{paper.Conflict, "No selection meets this and another constraint."},
		enumValue[paper.Reason]{paper.OutOfReach, "Not even the most extreme selection does."},
		enumValue[paper.Reason]{paper.KeptOnes, "Questions that were put there by hand are against it."},
		enumValue[paper.Reason]{paper.NotFound, "The search found no selection; there may be one."})
	blocker := object("PaperBlocker", "A constraint that alone keeps out questions that would have been of use.", func() []member[*paper.Blocker] {
		return []member[*paper.Blocker]{
			show("constraint", required(gql.String), "Its name.", func(b *paper.Blocker) any { return b.Constraint }),
			show("questions", required(gql.Int), "How many.", func(b *paper.Blocker) any { return b.Questions }),
		}
	})
	s.paperFinding = object("PaperFinding", "How a constraint was met.", func() []member[*paper.Finding] {
		type f = *paper.Finding
		return []member[f]{
			show("part", gql.String, "The section or draw; null: the whole paper.", func(f f) any { return filled(f.Part) }),
			show("constraint", gql.String, "The constraint; null: the number of questions.", func(f f) any { return filled(f.Constraint) }),
			show("kind", s.constraintKind, "What it is about.", func(f f) any { return chosen(f.Kind) }),
			show("hard", required(gql.Boolean), "Whether it must be met.", func(f f) any { return f.Hard }),
			show("min", gql.Float, "Wanted at least: questions, marks, or a mean facility.", func(f f) any { return inUnits(f.Kind, f.Min) }),
			show("max", gql.Float, "Wanted at most, likewise.", func(f f) any { return inUnits(f.Kind, f.Max) }),
			show("got", required(gql.Float), "What there is, likewise.", func(f f) any { return inUnits(f.Kind, &f.Got) }),
			show("met", required(gql.Boolean), "Whether that is what was wanted.", func(f f) any { return f.Met }),
			show("available", required(gql.Int), "Questions that it counts, of those that could be chosen.", func(f f) any { return f.Available }),
			show("reason", reason, "Why it is not met.", func(f f) any { return chosen(f.Reason) }),
			show("with", gql.String, "Of a conflict: the other constraint.", func(f f) any { return filled(f.With) }),
			show("blockers", many(blocker), "Constraints that alone keep out more of them, the most first.", func(f f) any { return pointers(f.Blockers) }),
			load("why", gql.String, "The reason in words, in the language of the request.", func(c call, f f) (any, error) { return filled(f.Why.In(engine.Locale(c.ctx))), nil }),
		}
	})
	part := object("PaperPartReport", "How looking for a section's or a draw's questions went.", func() []member[*paper.PartReport] {
		type p = *paper.PartReport
		return []member[p]{
			show("part", required(gql.String), "The section or draw.", func(p p) any { return p.Part }),
			show("wanted", required(gql.Int), "Questions wanted.", func(p p) any { return p.Wanted }),
			show("got", required(gql.Int), "Questions there are, with those put there by hand.", func(p p) any { return p.Got }),
			show("candidates", required(gql.Int), "Questions that no hard constraint was against.", func(p p) any { return p.Candidates }),
			show("measured", required(gql.Int), "Chosen ones whose difficulty is what students answered.", func(p p) any { return p.Measured }),
			show("estimated", required(gql.Int), "Chosen ones whose difficulty is the author's estimate.", func(p p) any { return p.Estimated }),
			show("unknown", required(gql.Int), "Chosen ones whose difficulty nobody knows.", func(p p) any { return p.Unknown }),
		}
	})
	return object("PaperReport", "What came of looking for questions, and why it was not more.", func() []member[*paper.Report] {
		type r = *paper.Report
		return []member[r]{
			show("seed", required(gql.String), "The same seed finds the same questions again, while nothing changes.", func(r r) any { return strconv.FormatUint(r.Seed, 10) }),
			show("met", required(gql.Boolean), "All places are filled and every hard constraint is met.", func(r r) any { return r.Met() }),
			show("parts", many(part), "Section by section, draw by draw.", func(r r) any { return pointers(r.Parts) }),
			show("findings", many(s.paperFinding), "Constraint by constraint.", func(r r) any { return pointers(r.Findings) }),
		}
	})
}

// Package papers is the authors' list of papers: drafts, published versions, what came of putting them together, and where each
// question is used.
//
//	reader := papers.NewReader(pool)
//	found, err := reader.Get(ctx, actor.Scope.Org, ids)
//	plans, err := reader.Plans(ctx, actor.Scope.Org, []papers.Key{{Paper: id}}) // version 0: the draft
//	runs, err := reader.Assemblies(ctx, actor.Scope.Org, paper, read.Page{})
//
// A use is a place in a paper's draft (version 0) or in one of its published versions, fixed or in a pool.
package papers

// Package paper decides what may happen to a paper (试卷), and puts papers together (组卷).
//
// A paper has sections. A section holds questions that everybody gets, and pools of which each student draws some. What a
// section or a pool wants can be said by a [Blueprint]: how many questions, of which types and knowledge points, how hard, not
// used lately, not seen by these students. [Plan.Assemble] looks for questions that meet it:
//
//	plan, report, err := paper.Paper.Plan.Assemble(ctx, stock, paper.Order{Seed: 7, Now: now})
//	for _, finding := range report.Unmet() {
//		fmt.Println(finding.Why.EN) // "only 3 questions are left to choose from; 5 are wanted"
//	}
//
// # What is promised
//
// Every constraint is reported with what was wanted and what there is. One that could not be met says why: it is called impossible only
// where that is proven, and otherwise not found. The same stock, whatever its order, and the same seed give the same questions. The
// search is bounded by the work it does, never by a clock.
//
// What was demanded in vain stays with the draft, see [Paper.Problems], until it is repaired, by hand or by looking again. Publishing
// refuses it, or keeps it in the version with the reason of whoever accepted it.
//
// # How it searches
//
// Candidates that no constraint can tell apart are one class. The selection is filled greedily and then improved by swapping one
// question for the best of all classes; constraints that stay unmet gain weight until the search gets past them (breakout local search:
// Morris, The Breakout Method for Escaping from Local Minima, 1993). Once the hard constraints are met the soft ones are improved.
//
// A draw is a function of the attempt's seed: [Draw].
package paper

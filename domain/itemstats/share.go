package itemstats

import "qbank/domain/scoring"

// Share is what facility rests on: how many marks stand, omitted ones too, and their sum. Of a survey both are 0.
func (t *ItemTally) Share() (marked int64, sum scoring.Mark) {
	if t.survey() {
		return 0, 0
	}
	for _, part := range []cells{t.cells, t.waiting} {
		for _, c := range part {
			marked += c.n
			sum += scoring.Mark(c.n) * c.x
		}
	}
	return marked, sum
}

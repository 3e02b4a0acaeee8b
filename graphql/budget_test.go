package graphql

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"qbank/domain/fault"
)

// Nobody spends more than a full bucket and what flows in meanwhile; and who waits as long as the refusal says gets through.
func TestNobodySpendsMoreThanTheirBudget(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		begin := time.Unix(1_800_000_000, 0)
		now, perMinute := begin, rapid.Int64Range(1, 10_000).Draw(t, "a minute")
		b, err := newBudgets(perMinute, func() time.Time { return now })
		if err != nil {
			t.Fatal(err)
		}
		spent := 0.0
		for range rapid.IntRange(1, 50).Draw(t, "operations") {
			now = now.Add(time.Duration(rapid.IntRange(0, 20_000).Draw(t, "ms")) * time.Millisecond)
			cost := rapid.Int64Range(0, 2*perMinute).Draw(t, "cost")
			left, err := b.spend("wang", cost)
			if f := fault.Of(err); f != nil {
				now = now.Add(time.Duration(f.Details["retry_after"].(int64)) * time.Second)
				if left, err = b.spend("wang", cost); f.Code != "query.cost" {
					t.Fatal(f)
				}
			}
			if err != nil || left.Left < 0 || left.Left > perMinute {
				t.Fatalf("%+v, %v", left, err)
			}
			spent += min(float64(cost), float64(perMinute))
			if most := float64(perMinute) * (1 + now.Sub(begin).Minutes()); spent > most+1e-6 {
				t.Fatalf("%f were spent of %f", spent, most)
			}
			if _, err := b.spend("li", 0); err != nil {
				t.Fatal(err)
			}
		}
	})
}

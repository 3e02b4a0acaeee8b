package bench

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// sample is what one round gives.
type sample struct {
	rate float64       // operations per second
	p50  time.Duration // of one operation; 0 where it was not looked at
	p99  time.Duration // likewise
}

// side is one of those that are compared.
type side struct {
	name string
	run  func(context.Context) (sample, error)
}

// compare lets the sides run by turns, so that whatever else the machine does meets all of them, and returns the median of each. Each
// turn begins with a checkpoint: what the one before left unwritten is not this one's burden.
func (r *run) compare(ctx context.Context, sides ...side) ([]sample, error) {
	samples := make([][]sample, len(sides))
	for round := range r.rounds {
		line := fmt.Sprintf("  round %d:", round+1)
		for i, s := range sides {
			if err := r.cluster.checkpoint(ctx); err != nil {
				return nil, err
			}
			got, err := s.run(ctx)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", s.name, err)
			}
			samples[i] = append(samples[i], got)
			line += fmt.Sprintf("  %s %s/s", s.name, short(got.rate))
			if got.p99 > 0 {
				line += fmt.Sprintf(" (p99 %s ms)", short(milliseconds(got.p99)))
			}
		}
		r.say("%s", line)
	}
	medians := make([]sample, len(sides))
	for i, list := range samples {
		medians[i] = sample{
			rate: median(list, func(s sample) float64 { return s.rate }),
			p50:  time.Duration(median(list, func(s sample) float64 { return float64(s.p50) })),
			p99:  time.Duration(median(list, func(s sample) float64 { return float64(s.p99) })),
		}
	}
	return medians, nil
}

// median is the middle of the values, or the mean of the two in the middle; 0 of none.
func median[T any](list []T, value func(T) float64) float64 {
	if len(list) == 0 {
		return 0
	}
	values := make([]float64, len(list))
	for i, item := range list {
		values[i] = value(item)
	}
	slices.Sort(values)
	return (values[(len(values)-1)/2] + values[len(values)/2]) / 2
}

// percentile sorts waits and returns the smallest one that so many percent of them do not exceed.
func percentile(waits []time.Duration, percent int) time.Duration {
	if len(waits) == 0 {
		return 0
	}
	slices.Sort(waits)
	return waits[max(0, (len(waits)*percent+99)/100-1)]
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

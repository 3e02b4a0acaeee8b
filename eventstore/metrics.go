package eventstore

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics are the store's figures. Where nobody registers them they are counted all the same.
type metrics struct {
	outcomes [Refused + 1]prometheus.Counter
	batches  prometheus.Histogram
	seconds  prometheus.Histogram
	retries  prometheus.Counter
}

func newMetrics(r prometheus.Registerer) (*metrics, error) {
	outcomes := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "qbank_appends_total", Help: "Appends by outcome; unknown: the store was closed or the database failed.",
	}, []string{"outcome"})
	m := &metrics{
		batches: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "qbank_commit_events", Help: "Events sent per transaction.", Buckets: prometheus.ExponentialBuckets(1, 2, 15),
		}),
		seconds: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "qbank_commit_seconds", Help: "Time of an append transaction.", Buckets: prometheus.ExponentialBuckets(0.0005, 2, 15),
		}),
		retries: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "qbank_commit_retries_total", Help: "Append transactions sent again because their outcome was not known.",
		}),
	}
	for status := range m.outcomes {
		m.outcomes[status] = outcomes.WithLabelValues(Status(status).String())
	}
	if r == nil {
		return m, nil
	}
	for _, c := range []prometheus.Collector{outcomes, m.batches, m.seconds, m.retries} {
		if err := r.Register(c); err != nil {
			return nil, err
		}
	}
	return m, nil
}

func (m *metrics) outcome(s Status, n int) {
	if n > 0 {
		m.outcomes[s].Add(float64(n))
	}
}

func (m *metrics) committed(batch []*pending, took time.Duration) {
	events := 0
	for _, p := range batch {
		events += len(p.Events)
	}
	m.batches.Observe(float64(events))
	m.seconds.Observe(took.Seconds())
}

func (m *metrics) retried() { m.retries.Inc() }

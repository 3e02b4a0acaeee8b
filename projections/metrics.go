package projections

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"qbank/internal/checkpoint"
)

type metrics struct {
	position, lag, stopped *prometheus.GaugeVec
	events                 *prometheus.CounterVec
	seconds                *prometheus.HistogramVec
}

func newMetrics(r prometheus.Registerer) *metrics {
	f := promauto.With(r) // registers nowhere where r is nil
	copies := []string{"projection"}
	return &metrics{
		position: f.NewGaugeVec(prometheus.GaugeOpts{Name: "qbank_projection_position", Help: "Everything up to here is applied."}, copies),
		lag:      f.NewGaugeVec(prometheus.GaugeOpts{Name: "qbank_projection_lag_events", Help: "Events between the head of the log and the position."}, copies),
		stopped:  f.NewGaugeVec(prometheus.GaugeOpts{Name: "qbank_projection_stopped", Help: "1 where the projection is parked or retired."}, copies),
		events:   f.NewCounterVec(prometheus.CounterOpts{Name: "qbank_projection_events_total", Help: "Events applied by this process."}, copies),
		seconds: f.NewHistogramVec(prometheus.HistogramOpts{
			Name: "qbank_projection_batch_seconds", Help: "How long batches take to apply and commit.", Buckets: prometheus.ExponentialBuckets(0.0005, 4, 9),
		}, copies),
	}
}

func (m *metrics) show(f *follower, head int64) {
	name := f.key.String()
	at, stopped := f.progress.at()
	m.position.WithLabelValues(name).Set(float64(at))
	m.lag.WithLabelValues(name).Set(float64(max(0, head-at)))
	m.stopped.WithLabelValues(name).Set(map[bool]float64{true: 1}[stopped != nil])
}

func (m *metrics) applied(key checkpoint.Key, events int, took time.Duration) {
	m.events.WithLabelValues(key.String()).Add(float64(events))
	m.seconds.WithLabelValues(key.String()).Observe(took.Seconds())
}

package projections_test

import (
	"testing"
	"time"

	"qbank/domain/event"
	"qbank/projections"
	"qbank/projections/projtest"
)

// Events that a benchmark reads.
const long = 200_000

// BenchmarkRead is the most that can be hoped for: reading and decoding the log, and nothing else.
func BenchmarkRead(b *testing.B) {
	log := projtest.NewLog(b, toyEvents)
	fillFast(b, log, long)
	for b.Loop() {
		for after := int64(0); after < long; {
			list, err := log.Store.ReadAll(b.Context(), after, 10_000)
			if err != nil {
				b.Fatal(err)
			}
			for _, r := range list {
				if _, err := projections.Decode(log.Codec, r); err != nil {
					b.Fatal(err)
				}
			}
			after = list[len(list)-1].Position
		}
	}
	b.ReportMetric(float64(long*b.N)/b.Elapsed().Seconds(), "events/s")
}

// BenchmarkCatchUp is what a projection makes of it that writes a row per event.
func BenchmarkCatchUp(b *testing.B) {
	log := projtest.NewLog(b, toyEvents)
	fillFast(b, log, long)
	version := 0
	for b.Loop() {
		version++
		l := newLedger(b, "ledger", version)
		engine, stop := start(b, log, projections.Options{MaxWait: time.Minute}, l)
		if err := engine.Wait(b.Context(), "ledger", long); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		stop()
		b.StartTimer()
	}
	b.ReportMetric(float64(long*b.N)/b.Elapsed().Seconds(), "events/s")
}

// BenchmarkReadYourWrite is how long a reader waits for what it wrote.
func BenchmarkReadYourWrite(b *testing.B) {
	log := projtest.NewLog(b, toyEvents)
	l := newLedger(b, "ledger", 1)
	engine, _ := start(b, log, projections.Options{}, l)
	at := fill(log, 10)
	wait(b, engine, "ledger", at)
	for b.Loop() {
		b.StopTimer()
		at = fill(log, 1)
		b.StartTimer()
		wait(b, engine, "ledger", at)
	}
}

func fillFast(b *testing.B, log *projtest.Log, n int) {
	b.Helper()
	for n > 0 {
		var events []event.Event
		for len(events) < min(n, 900) {
			events = append(events, added{Amount: int64(n)})
		}
		n -= len(events)
		log.Append(projtest.In(time.Now().String(), events...))
	}
}

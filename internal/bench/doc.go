// Package bench measures how much the promises of qbank cost: each figure is a ratio against a baseline that does the least
// that could be called the same work, named in the table.
//
//	figures, err := bench.Run(ctx, bench.Options{Program: "/usr/bin/qbank", Cache: "qbank-data/cache", Log: os.Stderr})
//	bench.Print(os.Stdout, figures)
//
// Both sides of a ratio run in the same run, on the same private PostgreSQL with the settings of a real one, by turns
// (A B A B …), each after a checkpoint, and what counts is the median of the rounds: absolute figures depend on the machine and on
// who else uses it, ratios far less. A run refuses to measure a database whose commits are not durable.
//
// Handlers are measured as own processes, ours by `qbank serve`, the baseline's by `qbank bench-baseline`, and wrk drives both,
// so that generator, server and database share the machine alike on both sides. What is measured is checked, too: requests must be
// answered well, and acknowledged answers must be in the log.
package bench

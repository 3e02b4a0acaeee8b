package bench

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/paper"
	"qbank/domain/qtype"
	"qbank/domain/question"
	"qbank/domain/scoring"
	"qbank/internal/localpg"
	"qbank/internal/stack"
)

// bank is what papers are put together from: filed as schools file, and some of it measured.
var bank = history{questions: 100_000, lessons: 50, attempts: 2_000, file: func(n int, m *question.Metadata) {
	m.Subject, m.Stage, m.Grade = subjects[n%len(subjects)], []string{"primary", "junior", "senior"}[n/8%3], fmt.Sprint("grade ", n/24%6+1)
	m.Source, m.Points = fmt.Sprint("book ", n/40), []string{fmt.Sprint("point ", n%200), fmt.Sprint("point ", n/7%200)}
	if n%3 > 0 {
		m.Difficulty = []string{"易", "中", "难"}[n/3%3]
	}
}}

// wanted is a paper of 40 questions with all kinds of constraints.
func wanted() paper.Plan {
	n := func(v int64) *int64 { return &v }
	quota := func(id string, kind paper.Kind, least, most int64, values ...string) paper.Constraint {
		return paper.Constraint{ID: id, Kind: kind, Values: values, Min: n(least), Max: n(most)}
	}
	return paper.Plan{Title: "bench", Sections: []paper.Section{{ID: "a", Blueprint: &paper.Blueprint{Count: 40, Max: 2 * scoring.OneMark,
		Marks: []paper.TypeMark{{Type: "matching", Max: 5 * scoring.OneMark}}, Constraints: []paper.Constraint{
			quota("choice", paper.ByType, 20, 20, "single-choice"), quota("match", paper.ByType, 5, 5, "matching"), quota("tags", paper.ByTag, 3, 6, "t1", "t2", "t3"),
			quota("first points", paper.ByPoint, 4, 8, "point 1", "point 2", "point 3"), quota("other points", paper.ByPoint, 6, 10, "point 11", "point 12", "point 13"),
			quota("easy", paper.ByBand, 14, 18, "easy"), quota("hard", paper.ByBand, 6, 10, "hard"),
			{ID: "subjects", Kind: paper.BySubject, Values: subjects[:6]}, {ID: "mean", Kind: paper.Mean, Min: n(560), Max: n(600)}, {ID: "marks", Kind: paper.Marks, Min: n(95e6), Max: n(95e6)},
			{ID: "apart", Kind: paper.Apart, Values: []string{"source"}, Max: n(1)}, {ID: "unseen", Kind: paper.Seen},
			{ID: "fresh", Kind: paper.Recent, Days: 30, Weight: 10}, {ID: "grades", Kind: paper.ByGrade, Values: []string{"grade 1"}, Min: n(12), Weight: 5},
		}}}}}
}

// measureBlueprint puts papers together out of a full bank, and compares that with looking at each question once, which is the least that any
// search has to do: it may take the time of fifty looks, what changed in the bank read first.
//
// The bank is kept for later runs. Each leaves a paper and a few drafts in it, which no paper is put together from.
func measureBlueprint(ctx context.Context, r *run) (figures []Figure, err error) {
	h := bank
	if r.Quick {
		h.questions = 10_000
	}
	data, err := r.prepared(ctx, "bank", h)
	if err != nil {
		return nil, err
	}
	server, err := localpg.Start(ctx, localpg.Options{Dir: filepath.Join(data, "postgres")})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, server.Stop(context.WithoutCancel(ctx))) }()
	pool, err := openPool(ctx, server.URL(), 16)
	if err != nil {
		return nil, err
	}
	defer pool.Close()
	st, err := stack.Open(ctx, pool, stack.Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return nil, err
	}
	defer st.Close()
	g, inner := errgroup.WithContext(ctx)
	running, stop := context.WithCancel(inner)
	g.Go(func() error {
		if err := st.Run(running); err != nil && running.Err() == nil {
			return err
		}
		return nil
	})
	g.Go(func() (err error) {
		defer stop()
		if err := settle(inner, pool); err != nil { // a newer program makes read models anew
			return err
		}
		figures, err = r.putTogether(inner, st)
		return err
	})
	err = g.Wait()
	return figures, err
}

func (r *run) putTogether(ctx context.Context, st *stack.Stack) ([]Figure, error) {
	author := access.Actor{ID: "author", Roles: []access.Role{access.Author}, Scope: place}
	plan := wanted()
	made, err := st.Commands.Do(ctx, author, commands.CreatePaper{Plan: plan})
	if err != nil {
		return nil, err
	}
	audience := paper.Audience{Students: []string{"student-000001", "student-000002", "student-000003"}}
	var whole, scan []time.Duration
	for round := range r.rounds + 1 {
		// Something changes each time, as it does in a bank at work.
		changed, err := st.Commands.Do(ctx, author, commands.CreateQuestion{Type: qtype.Ref{ID: "essay", Version: "1.0.0"}})
		if err != nil {
			return nil, err
		}
		if err := st.Engine.Wait(ctx, "catalog", changed.Position); err != nil {
			return nil, err
		}
		var report paper.Report
		began := time.Now()
		_, err = st.Commands.Do(ctx, author, commands.AssemblePaper{Paper: made.ID, Revision: commands.Anything, Seed: uint64(round), For: audience, DryRun: true,
			See: func(_ paper.Paper, got paper.Report) { report = got }})
		took := time.Since(began)
		if err != nil {
			return nil, err
		}
		if !report.Met() {
			return nil, fmt.Errorf("a paper that can be put together was not: %+v", report.Unmet())
		}
		if round == 0 {
			r.say("  the first one, which reads the whole bank: %.2f s, %d candidates", took.Seconds(), report.Parts[0].Candidates)
			continue
		}
		stock, err := st.Commands.Candidates.Stock(ctx, place, audience)
		if err != nil {
			return nil, err
		}
		began = time.Now()
		counts := countAll(stock, plan.Sections[0].Blueprint.Constraints)
		once := time.Since(began)
		if slices.Max(counts) == 0 {
			return nil, errors.New("the scan counts nothing")
		}
		whole, scan = append(whole, took), append(scan, once)
		r.say("  round %d: %.3f s, a scan %.3f s", round, took.Seconds(), once.Seconds())
	}
	seconds, base := median(whole, time.Duration.Seconds), median(scan, time.Duration.Seconds)
	return []Figure{bound("blueprint_seconds", "s", seconds, 1),
		ratio("blueprint_vs_scan", "papers/s", 1/seconds, 1/base, "one scan in memory that counts for each constraint what it is about", 0.02)}, nil
}

// countAll looks at each candidate once and counts, for each constraint, those that it is about.
func countAll(stock paper.Stock, constraints []paper.Constraint) []int {
	counts := make([]int, len(constraints))
	for i := range stock.Candidates {
		c := &stock.Candidates[i]
		for j := range constraints {
			values := constraints[j].Values
			about := false
			switch constraints[j].Kind {
			case paper.ByType:
				about = slices.Contains(values, c.Type)
			case paper.BySubject:
				about = slices.Contains(values, c.Subject)
			case paper.ByGrade:
				about = slices.Contains(values, c.Grade)
			case paper.ByBand:
				about = slices.Contains(values, string(c.Difficulty.Band()))
			case paper.ByTag:
				about = slices.ContainsFunc(c.Tags, func(tag string) bool { return slices.Contains(values, tag) })
			case paper.ByPoint:
				about = slices.ContainsFunc(c.Points, func(point string) bool { return slices.Contains(values, point) })
			case paper.Seen:
				about = stock.Seen[c.Question]
			case paper.Recent:
				about = c.Used != 0
			case paper.Mean:
				about = c.Difficulty.Basis != paper.Unknown
			case paper.Apart:
				about = c.Source != ""
			case paper.Marks:
				about = true
			}
			if about {
				counts[j]++
			}
		}
	}
	return counts
}

package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"qbank/commands"
	"qbank/delivery"
	"qbank/domain/access"
	"qbank/domain/batch"
	"qbank/domain/environment"
	"qbank/domain/lesson"
	"qbank/domain/question"
	"qbank/domain/scoring"
	"qbank/domain/workflow"
	"qbank/interchange"
	"qbank/internal/sim"
	"qbank/internal/stack"
	"qbank/internal/token"
	"qbank/projections/items"
)

// DemoCmd shows the whole way, from a file of questions to what the answers say about them.
type DemoCmd struct {
	File     string `help:"GIFT file to import. Default: the real exam questions where they are present, else a sample that comes with the program." type:"existingfile"`
	Students int    `help:"Simulated students." default:"500"`
	Lesson   int    `help:"Questions in the lesson." default:"40"`
	Seed     uint64 `help:"Decides who the students are and what they answer." default:"1"`
	Out      string `env:"QBANK_DEMO_OUT" help:"Where the figures are written." default:"demo.json" type:"path"`
}

// demoScope is where the demonstration takes place.
var demoScope = access.Scope{Org: "school", Environment: "demo"}

// demoFigures are what demo.json holds.
type demoFigures struct {
	Items         int     `json:"items"`
	Imported      int     `json:"imported"`
	Changed       int     `json:"changed"`
	Refused       int     `json:"refused"`
	AnswersSent   int     `json:"answers_sent"` // distinct
	AnswersStored int     `json:"answers_stored"`
	Correlation   float64 `json:"difficulty_correlation"`
	Alpha         float64 `json:"alpha"`
	Lesson        string  `json:"lesson"`
	Environment   string  `json:"environment"`
}

// demo is one demonstration under way.
type demo struct {
	*DemoCmd
	stack   *stack.Stack
	out     io.Writer
	actor   access.Actor
	figures demoFigures
}

// Run runs the demonstration.
func (c *DemoCmd) Run(ctx context.Context, s *Settings, streams Streams) error {
	signer, err := s.signer()
	if err != nil {
		return err
	}
	return s.withStack(ctx, streams, func(ctx context.Context, st *stack.Stack) error {
		actor := operator(demoScope.Org)
		actor.Scope = demoScope
		d := &demo{DemoCmd: c, stack: st, out: streams.Out, actor: actor}
		return d.run(ctx, signer)
	})
}

func (d *demo) run(ctx context.Context, signer token.Signer) error {
	questions, err := d.importQuestions(ctx)
	if err != nil {
		return err
	}
	if err := d.publish(ctx, questions); err != nil {
		return err
	}
	test, err := d.arrange(ctx, questions)
	if err != nil {
		return err
	}
	base, stop, err := d.serve(signer)
	if err != nil {
		return err
	}
	defer stop()
	model := sim.NewRasch(d.Seed, d.Students, len(test.items))
	if err := d.sit(ctx, test, model, base, signer); err != nil {
		return err
	}
	if err := d.analyse(ctx, test, model); err != nil {
		return err
	}
	return d.write()
}

// declare makes sure that the demonstration has an environment of its own.
func (d *demo) declare(ctx context.Context) error {
	own := environment.Declared{Name: environment.Name(demoScope.Environment), Title: "Demonstration"}
	registry, err := d.stack.Commands.Environments(ctx, demoScope.Org)
	if _, there := registry.Find(own.Name); err != nil || there {
		return err
	}
	_, err = d.stack.Commands.Do(ctx, d.actor, commands.CreateEnvironment{Environment: own})
	return err
}

func (d *demo) step(format string, args ...any) { fmt.Fprintf(d.out, "• "+format+"\n", args...) }

// importQuestions takes the file in and returns its questions, in the file's order.
func (d *demo) importQuestions(ctx context.Context) ([]uuid.UUID, error) {
	file, name, err := d.open()
	if err != nil {
		return nil, err
	}
	defer file.Close()
	source, err := interchange.OpenGIFT(file, interchange.Defaults{})
	if err != nil {
		return nil, err
	}
	var questions []uuid.UUID
	begin := time.Now()
	totals, err := d.stack.Commands.Import(ctx, d.actor, commands.Import{
		Batch: uuid.Must(uuid.NewV7()), Format: "gift", File: name, Source: source,
		Report: func(item batch.Item) error {
			if item.Status != batch.Refused {
				questions = append(questions, item.Question)
			}
			return nil
		},
	})
	if err != nil {
		return nil, err
	}
	d.figures.Items, d.figures.Refused, d.figures.Changed = totals.Items, totals.Refused, totals.Noted
	d.figures.Imported = totals.Created + totals.Updated + totals.Same
	d.step("imported %s: %d items, %d new, %d updated, %d unchanged, %d changed on the way, %d refused (%.1f s)",
		name, totals.Items, totals.Created, totals.Updated, totals.Same, totals.Noted, totals.Refused, time.Since(begin).Seconds())
	return questions, nil
}

// open finds the questions: the file that was named, real ones beside the project, or the sample.
func (d *demo) open() (io.ReadCloser, string, error) {
	name := d.File
	if name == "" {
		name = filepath.Join("..", "shared", "data", "gaokao", "gaokao.gift")
		if _, err := os.Stat(name); err != nil {
			return io.NopCloser(strings.NewReader(sim.Sample)), "the sample", nil //nolint:nilerr // real questions are not shipped
		}
	}
	file, err := os.Open(name)
	return file, filepath.Base(name), err
}

// together bounds how much the demonstration does at once.
const together = 64

// publish takes every draft through review. What is published already stays.
func (d *demo) publish(ctx context.Context, questions []uuid.UUID) error {
	begin := time.Now()
	states, err := d.stack.Commands.States(ctx, questions)
	if err != nil {
		return err
	}
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(together)
	for _, id := range questions {
		g.Go(func() error { return d.publishOne(gctx, id, states[id]) })
	}
	if err := g.Wait(); err != nil {
		return err
	}
	d.step("reviewed and published %d questions (%.1f s)", len(questions), time.Since(begin).Seconds())
	return nil
}

func (d *demo) publishOne(ctx context.Context, id uuid.UUID, q question.Question) error {
	do := func(c commands.Command) error {
		by := d.actor
		if _, approves := c.(commands.ApproveQuestion); approves {
			by.ID = "system:reviewer" // nobody approves their own work
		}
		done, err := d.stack.Commands.Do(ctx, by, c)
		q.Revision = done.Revision
		return err
	}
	if q.State == workflow.Draft {
		if err := do(commands.SubmitQuestion{Question: id, Revision: q.Revision}); err != nil {
			return fmt.Errorf("submit %s: %w", q.Code, err)
		}
		q.State = workflow.InReview
	}
	if q.State == workflow.InReview {
		if err := do(commands.ApproveQuestion{Question: id, Revision: q.Revision, Hash: q.Draft.Hash}); err != nil {
			return fmt.Errorf("approve %s: %w", q.Code, err)
		}
		q.State = workflow.Approved
	}
	if q.State == workflow.Approved {
		return do(commands.PublishQuestion{Question: id, Revision: q.Revision, Kind: question.Revision})
	}
	return nil
}

// test is the lesson, with what its students may answer.
type test struct {
	lesson uuid.UUID
	items  []testItem
}

type testItem struct {
	lesson.Item
	code      question.Code
	stem      string
	responses sim.Responses
}

// arrange makes a lesson of questions that a rule can score, spread over the file, and releases it.
func (d *demo) arrange(ctx context.Context, questions []uuid.UUID) (*test, error) {
	states, err := d.stack.Commands.States(ctx, questions)
	if err != nil {
		return nil, err
	}
	if err := d.settle(ctx, "delivery"); err != nil {
		return nil, err
	}
	t := &test{}
	order := spread(len(questions))
	// A single choice comes first, so that whoever follows the README knows what an answer to it looks like.
	slices.SortStableFunc(order[:min(len(order), d.Lesson)], func(a, b int) int {
		return cmp.Compare(choiceFirst(states[questions[a]]), choiceFirst(states[questions[b]]))
	})
	for _, k := range order {
		if len(t.items) == d.Lesson {
			break
		}
		item, usable, err := d.testItem(ctx, questions[k], states[questions[k]], len(t.items)+1)
		if err != nil {
			return nil, err
		}
		if usable {
			t.items = append(t.items, item)
		}
	}
	plan := lesson.Plan{Title: "Demo", Reveal: lesson.AfterFinish, Shuffle: true}
	for _, item := range t.items {
		plan.Items = append(plan.Items, item.Item)
	}
	created, err := d.stack.Commands.Do(ctx, d.actor, commands.CreateLesson{Plan: plan})
	if err != nil {
		return nil, err
	}
	t.lesson = created.ID
	if _, err := d.stack.Commands.Do(ctx, d.actor, commands.PublishLesson{Lesson: t.lesson, Revision: created.Revision}); err != nil {
		return nil, err
	}
	if err := d.declare(ctx); err != nil {
		return nil, err
	}
	_, err = d.stack.Commands.Do(ctx, d.actor, commands.ReleaseLesson{Environment: environment.Name(demoScope.Environment), Lesson: t.lesson})
	if err != nil {
		return nil, err
	}
	d.figures.Lesson, d.figures.Environment = t.lesson.String(), demoScope.Environment
	d.step("arranged a lesson of %d questions and released it to %q", len(t.items), demoScope.Environment)
	return t, d.settle(ctx, "delivery")
}

func choiceFirst(q question.Question) int {
	if q.Draft.Type.ID == "single-choice" {
		return 0
	}
	return 1
}

func (d *demo) testItem(ctx context.Context, id uuid.UUID, q question.Question, place int) (testItem, bool, error) {
	judge, err := d.stack.Commands.Judges.Judge(ctx, id, q.Latest)
	if err != nil {
		return testItem{}, false, err
	}
	responses, err := sim.Respond(judge)
	if err != nil {
		return testItem{}, false, nil //nolint:nilerr // essays and texts to read are not for this test
	}
	return testItem{Item: lesson.Item{Slot: lesson.Slot(fmt.Sprintf("q%d", place)), Question: id, Version: q.Latest, Max: scoring.OneMark},
		code: q.Code, stem: judge.Type.Summary(judge.Public), responses: responses}, true, nil
}

// spread visits 0 … n-1 in strides of the golden section, so that any first few are spread over the whole.
func spread(n int) []int {
	order, seen := make([]int, 0, n), make([]bool, n)
	for i, at := 0, 0.0; len(order) < n && i < 20*n; i++ {
		if k := int(at * float64(n)); !seen[k] {
			seen[k], order = true, append(order, k)
		}
		at += 0.6180339887498949
		at -= float64(int(at))
	}
	return order
}

// serve opens the student door on a free port of this machine.
func (d *demo) serve(signer token.Signer) (base string, stop func(), err error) {
	verifier, err := token.NewVerifier(signer.Public(), nil)
	if err != nil {
		return "", nil, err
	}
	door := delivery.Door{Bus: d.stack.Commands, Tokens: verifier, Views: d.stack.Delivery, Seed: rand.Uint64, Now: time.Now, Logger: slog.Default()}
	handler, err := door.Handler()
	if err != nil {
		return "", nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: headerTimeout}
	go server.Serve(listener) //nolint:errcheck // ends with Close
	return "http://" + listener.Addr().String(), func() { server.Close() }, nil
}

// sit lets every student take the lesson over HTTP.
func (d *demo) sit(ctx context.Context, t *test, model sim.Rasch, base string, signer token.Signer) error {
	begin := time.Now()
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: together}, Timeout: 30 * time.Second}
	attempts, tallies := make([]string, d.Students), make([]sim.Tally, d.Students)
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(together)
	for i := range d.Students {
		g.Go(func() error {
			actor := access.Actor{ID: fmt.Sprintf("sim-%04d", i), Roles: []access.Role{access.Student}, Scope: demoScope}
			minted, err := signer.Mint(actor, time.Now(), time.Hour)
			if err != nil {
				return err
			}
			student := sim.Student{HTTP: client, Base: base, Token: minted, Draw: rand.New(rand.NewPCG(d.Seed+3, uint64(i)))}
			attempts[i], tallies[i], err = student.Sit(gctx, t.lesson.String(), t.answers(model, i))
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	var sum sim.Tally
	for _, tally := range tallies {
		sum.Distinct, sum.Sent, sum.Late, sum.Mismatches = sum.Distinct+tally.Distinct, sum.Sent+tally.Sent, sum.Late+tally.Late, sum.Mismatches+tally.Mismatches
	}
	d.figures.AnswersSent = sum.Distinct
	seconds := time.Since(begin).Seconds()
	d.step("%d students gave %d answers, sent %d times, %d of them late (%.1f s, %.0f a second)",
		d.Students, sum.Distinct, sum.Sent, sum.Late, seconds, float64(sum.Sent)/seconds)
	if sum.Mismatches > 0 {
		return fmt.Errorf("%d repeated answers were acknowledged with other bytes", sum.Mismatches)
	}
	return d.countStored(ctx, attempts)
}

// countStored counts the answers in the log itself.
func (d *demo) countStored(ctx context.Context, attempts []string) error {
	ids := make([]uuid.UUID, len(attempts))
	for i, attempt := range attempts {
		var err error
		if ids[i], err = uuid.Parse(attempt); err != nil {
			return fmt.Errorf("the id of an attempt: %w", err)
		}
	}
	streams, err := d.stack.Store.ReadStreams(ctx, ids)
	if err != nil {
		return err
	}
	for _, events := range streams {
		for _, e := range events {
			if e.Type == "attempt.answered" {
				d.figures.AnswersStored++
			}
		}
	}
	d.step("%d answers are stored", d.figures.AnswersStored)
	return nil
}

func (t *test) answers(model sim.Rasch, student int) []sim.Answer {
	answers := make([]sim.Answer, len(t.items))
	for k, item := range t.items {
		response := item.responses.Wrong
		if model.Right(student, k) {
			response = item.responses.Right
		}
		answers[k] = sim.Answer{Slot: string(item.Slot), Response: response}
	}
	return answers
}

// settle waits until a read model has everything there is.
func (d *demo) settle(ctx context.Context, name string) error {
	head, err := d.stack.Store.Head(ctx)
	if err != nil {
		return err
	}
	for {
		position, err := d.stack.Engine.Position(ctx, name)
		if err != nil || position >= head {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// analyse prints what the answers say, beside what is known to be true.
func (d *demo) analyse(ctx context.Context, t *test, model sim.Rasch) error {
	if err := d.settle(ctx, "items"); err != nil {
		return err
	}
	analysis, err := d.stack.Items.Lesson(ctx, demoScope, t.lesson, 1, items.First)
	if err != nil {
		return err
	}
	if len(analysis.Items) != len(t.items) || len(analysis.Forms) != 1 {
		return fmt.Errorf("the analysis has %d items in %d forms, the lesson %d", len(analysis.Items), len(analysis.Forms), len(t.items))
	}
	form := analysis.Forms[0]
	table := tabwriter.NewWriter(d.out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(table, "\nCODE\tN\tFACILITY\t±SE\tDIFFICULTY\tTRUE\tITEM–REST\tα WITHOUT\tKEY\tSTEM")
	estimated := make([]float64, len(t.items))
	for k, item := range analysis.Items {
		estimated[k] = sim.Logit(value(item.Facility.Value), item.Facility.N)
		alarm := "ok"
		if item.WrongKey {
			alarm = "WRONG?"
		}
		fmt.Fprintf(table, "%s\t%d\t%.3f\t%.3f\t%+.2f\t%+.2f\t%.1f\t%.4f\t%s\t%s\n", t.items[k].code, item.Facility.N, value(item.Facility.Value),
			value(item.Facility.SE), estimated[k], model.Difficulties[k], value(item.ItemRest.Value), value(form.Parts[k].AlphaWithout.Value), alarm,
			excerpt(t.items[k].stem))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	d.figures.Correlation, d.figures.Alpha = sim.Correlation(estimated, model.Difficulties), value(form.Alpha.Value)
	fmt.Fprintf(d.out, "\n%d attempts, mean %.2f of %d, SD %.2f, α %.3f, SEM %.2f; estimated and true difficulty correlate %.3f\n",
		form.N, value(form.Mean.Value), len(t.items), value(form.SD), d.figures.Alpha, value(form.SEM), d.figures.Correlation)
	fmt.Fprintf(d.out, "\nWhere to look: `make run` serves it (or did already); ask /graphql for lesson(id: %q), or be a student, with\n"+
		"a token for its environment: bin/qbank token student --env %s. The README shows both.\n", t.lesson, demoScope.Environment)
	return nil
}

func value(v *float64) float64 {
	if v == nil {
		return 0
	}
	return *v
}

func excerpt(stem string) string {
	const most = 28
	if runes := []rune(stem); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return stem
}

func (d *demo) write() error {
	encoded, err := json.MarshalIndent(d.figures, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(d.Out, append(encoded, '\n'), 0o600)
}

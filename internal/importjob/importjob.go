package importjob

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/batch"
	"qbank/domain/fault"
	"qbank/domain/text"
	"qbank/interchange"
	"qbank/interchange/xlsx"
	"qbank/internal/blob"
	"qbank/internal/jobs"
)

// Kind is the name of these jobs in the queue.
const Kind = "import"

// MaxFile bounds an uploaded file, bytes.
const MaxFile = 64 << 20

// Args say what to import for whom. The actor is the one who asked, as verified then.
type Args struct {
	Format   string               `json:"format"`
	Name     string               `json:"name"`
	File     string               `json:"file"` // hash of the blob
	DryRun   bool                 `json:"dry_run"`
	Defaults interchange.Defaults `json:"defaults"`
	Actor    access.Actor         `json:"actor"`
}

// Progress is what a job shows.
type Progress struct {
	commands.ImportTotals
	Marked string       `json:"marked,omitempty"` // hash of the sheet given back, with its wrong cells marked
	Notes  []batch.Item `json:"notes,omitempty"`  // of a dry run: the first items that were refused or changed
}

const (
	shownNotes  = 200
	maxProblems = 5_000 // marked in a sheet
)

// Importer adds and does import jobs.
type Importer struct {
	Commands *commands.Bus
	Blobs    blob.Folder
	Queue    *jobs.Queue // of this kind alone; its Run does the jobs
}

// New makes an importer with a queue of its own on the table of jobs.
func New(c *commands.Bus, blobs blob.Folder, pool *pgxpool.Pool, log *slog.Logger) *Importer {
	i := &Importer{Commands: c, Blobs: blobs}
	i.Queue = &jobs.Queue{Pool: pool, Kinds: map[string]jobs.Kind{Kind: i.Do}, Logger: log}
	return i
}

// Add stores a file and queues its import. The job's id is the import's. Faults: import.format, import.args, file.too_large, job.too_many.
func (i *Importer) Add(ctx context.Context, actor access.Actor, args Args, file io.Reader) (uuid.UUID, error) {
	if err := actor.Require(commands.ImportItems{}.Needs()); err != nil {
		return uuid.Nil, err
	}
	if err := args.check(); err != nil {
		return uuid.Nil, err
	}
	err := i.Queue.Room(ctx, actor)
	if err != nil {
		return uuid.Nil, err
	}
	if args.File, _, err = i.Blobs.Put(file, MaxFile); err != nil {
		return uuid.Nil, err
	}
	args.Actor = actor
	id := uuid.Must(uuid.NewV7())
	return id, i.Queue.Add(ctx, actor, id, Kind, args)
}

func (a Args) check() error {
	if a.Format != "gift" && a.Format != "xlsx" {
		return fault.Refuse(fault.Invalid, "import.format", fault.Say("the format is gift or xlsx", "格式应为 gift 或 xlsx"),
			fault.Problem{Pointer: "/format", Code: "enum", Message: fault.Say("gift or xlsx", "gift 或 xlsx")})
	}
	problems := slices.Concat(text.Check("/name", a.Name, 1, text.Title), text.Check("/subject", a.Defaults.Subject, 0, text.Title),
		text.Check("/stage", a.Defaults.Stage, 0, text.Title), text.Check("/grade", a.Defaults.Grade, 0, text.Title),
		text.Check("/source", a.Defaults.Origin, 0, text.Title))
	if len(problems) > 0 {
		return fault.Refuse(fault.Invalid, "import.args", fault.Say("the import cannot be started like this", "无法开始导入"), problems...)
	}
	return nil
}

// Progress reads what an import job of the actor's organisation shows.
func (i *Importer) Progress(ctx context.Context, actor access.Actor, id uuid.UUID) (progress Progress, err error) {
	job, err := i.Queue.Get(ctx, actor, id)
	if err == nil && job.Kind != Kind {
		err = jobs.NotFound()
	}
	if err != nil {
		return progress, err
	}
	if err := json.Unmarshal(job.Progress, &progress); err != nil {
		return progress, fmt.Errorf("decode the progress of an import: %w", err)
	}
	return progress, nil
}

// Do is the kind of job. Once it is over, well or not, nobody needs the file any more.
func (i *Importer) Do(ctx context.Context, job jobs.Job, report func(any) error) error {
	var args Args
	if err := json.Unmarshal(job.Args, &args); err != nil {
		return fmt.Errorf("decode an import job: %w", err)
	}
	err := i.importFile(ctx, job, args, report)
	if err == nil || fault.Of(err) != nil {
		if wanted, lookErr := i.Queue.Wanted(ctx, Kind, "file", args.File, job.ID); lookErr == nil && !wanted {
			err = errors.Join(err, i.Blobs.Remove(args.File))
		}
	}
	return err
}

func (i *Importer) importFile(ctx context.Context, job jobs.Job, args Args, report func(any) error) error {
	file, err := i.Blobs.Open(args.File)
	if err != nil {
		return err
	}
	defer file.Close()
	var problems []xlsx.Problem
	source, err := open(file, args, func(p xlsx.Problem) {
		if len(problems) < maxProblems {
			problems = append(problems, p)
		}
	})
	if err != nil {
		return err
	}
	defer source.Close()
	var progress Progress
	totals, err := i.Commands.Import(ctx, args.Actor, commands.Import{
		Batch: job.ID, Format: args.Format, File: args.Name, Hash: args.File, Source: source, DryRun: args.DryRun,
		Progress: func(t commands.ImportTotals) {
			progress.ImportTotals = t
			_ = report(progress) // the next chunk reports again
		},
		Report: func(item batch.Item) error {
			if args.DryRun && len(item.Notes) > 0 && len(progress.Notes) < shownNotes {
				progress.Notes = append(progress.Notes, item)
			}
			return nil
		},
	})
	if err != nil {
		return err
	}
	progress.ImportTotals = totals
	if len(problems) > 0 {
		if progress.Marked, err = i.mark(file, problems); err != nil {
			return err
		}
	}
	return report(progress)
}

func open(file io.Reader, args Args, seen func(xlsx.Problem)) (interchange.Source, error) {
	if args.Format == "xlsx" {
		return interchange.OpenXLSX(file, args.Defaults, seen)
	}
	return interchange.OpenGIFT(file, args.Defaults)
}

// mark makes the sheet to give back.
func (i *Importer) mark(file *os.File, problems []xlsx.Problem) (string, error) {
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return "", err
	}
	reader, writer := io.Pipe()
	go func() { writer.CloseWithError(xlsx.Mark(file, problems, writer, xlsx.Options{})) }()
	hash, _, err := i.Blobs.Put(reader, 2*MaxFile)
	reader.Close()
	return hash, err
}

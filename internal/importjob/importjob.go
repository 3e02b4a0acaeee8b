// Package importjob imports uploaded files of questions as jobs: queued, resumed after a restart, with progress to look at.
package importjob

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/google/uuid"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/batch"
	"qbank/domain/fault"
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

const shownNotes = 200

// Importer adds and does import jobs.
type Importer struct {
	Commands *commands.Bus
	Blobs    blob.Folder
	Queue    *jobs.Queue
}

// Add stores a file and queues its import. The job's id is the import's.
func (i *Importer) Add(ctx context.Context, actor access.Actor, args Args, file io.Reader) (uuid.UUID, error) {
	if err := actor.Require(commands.ImportItems{}.Needs()); err != nil {
		return uuid.Nil, err
	}
	if args.Format != "gift" && args.Format != "xlsx" {
		return uuid.Nil, fault.Refuse(fault.Invalid, "import.format", fault.Say("the format is gift or xlsx", "格式应为 gift 或 xlsx"))
	}
	if args.Name == "" || len(args.Name) > 300 {
		return uuid.Nil, fault.Refuse(fault.Invalid, "import.name", fault.Say("a file name of 1 to 300 bytes is needed", "文件名长度应为 1 到 300 字节"))
	}
	var err error
	if args.File, _, err = i.Blobs.Put(file, MaxFile); err != nil {
		return uuid.Nil, err
	}
	args.Actor = actor
	id := uuid.Must(uuid.NewV7())
	return id, i.Queue.Add(ctx, actor, id, Kind, args)
}

// Do is the kind of job.
func (i *Importer) Do(ctx context.Context, job jobs.Job, report func(any) error) error {
	var args Args
	if err := json.Unmarshal(job.Args, &args); err != nil {
		return fmt.Errorf("decode an import job: %w", err)
	}
	file, err := i.Blobs.Open(args.File)
	if err != nil {
		return err
	}
	defer file.Close()
	var problems []xlsx.Problem
	source, err := open(file, args, func(p xlsx.Problem) { problems = append(problems, p) })
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

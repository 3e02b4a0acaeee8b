package main

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/google/uuid"
	"github.com/schollz/progressbar/v3"

	"qbank/commands"
	"qbank/domain/batch"
	"qbank/domain/fault"
	"qbank/interchange"
	"qbank/interchange/xlsx"
	"qbank/internal/stack"
)

// ImportCmd takes questions in.
type ImportCmd struct {
	GIFT     ImportGIFTCmd     `cmd:"" name:"gift" help:"Import Moodle GIFT files."`
	XLSX     ImportXLSXCmd     `cmd:"" name:"xlsx" help:"Import teachers' spreadsheets (题干, 选项A–H, 答案 …)."`
	Template ImportTemplateCmd `cmd:"" help:"Write a spreadsheet to fill in."`
	Undo     ImportUndoCmd     `cmd:"" help:"Take everything an import did back."`
}

// ImportFlags are what both formats understand.
type ImportFlags struct {
	Files   []string  `arg:"" type:"existingfile" help:"Files to import."`
	DryRun  bool      `help:"Only say what would become of each item."`
	Org     string    `help:"Organisation that the questions belong to." default:"school"`
	Subject string    `help:"Subject (学科) of items that name none."`
	Stage   string    `help:"Stage (学段) of items that name none."`
	Grade   string    `help:"Grade (年级) of items that name none."`
	Source  string    `help:"Source (来源) of items that name none."`
	Resume  uuid.UUID `help:"Go on with an import of this one file that was interrupted, by its id." placeholder:"ID"`
	Report  string    `help:"Write the report on each item to this file, as JSON lines." type:"path"`
}

func (f ImportFlags) defaults() interchange.Defaults {
	return interchange.Defaults{Subject: f.Subject, Stage: f.Stage, Grade: f.Grade, Origin: f.Source}
}

// ImportGIFTCmd imports GIFT files.
type ImportGIFTCmd struct{ ImportFlags }

// Run imports the files.
func (c *ImportGIFTCmd) Run(ctx context.Context, s *Settings, streams Streams) error {
	return c.importFiles(ctx, s, streams, "gift", func(file io.Reader) (interchange.Source, error) {
		return interchange.OpenGIFT(file, c.defaults())
	})
}

// ImportXLSXCmd imports spreadsheets.
type ImportXLSXCmd struct {
	ImportFlags
	Marked string `help:"Write a copy of the (last) sheet to this file, with wrong cells marked and commented." type:"path"`
}

// Run imports the files.
func (c *ImportXLSXCmd) Run(ctx context.Context, s *Settings, streams Streams) error {
	var problems []xlsx.Problem
	err := c.importFiles(ctx, s, streams, "xlsx", func(file io.Reader) (interchange.Source, error) {
		problems = nil
		return interchange.OpenXLSX(file, c.defaults(), func(p xlsx.Problem) { problems = append(problems, p) })
	})
	if err != nil || c.Marked == "" || len(problems) == 0 {
		return err
	}
	return c.mark(problems, streams)
}

func (c *ImportXLSXCmd) mark(problems []xlsx.Problem, streams Streams) error {
	source, err := os.Open(c.Files[len(c.Files)-1])
	if err != nil {
		return err
	}
	defer source.Close()
	marked, err := createNew(c.Marked)
	if err != nil {
		return err
	}
	if err := errors.Join(xlsx.Mark(source, problems, marked, xlsx.Options{}), marked.Close()); err != nil {
		return err
	}
	fmt.Fprintf(streams.Out, "%d problems are marked in %s\n", len(problems), c.Marked)
	return nil
}

func (f ImportFlags) importFiles(ctx context.Context, s *Settings, streams Streams, format string, open func(io.Reader) (interchange.Source, error)) error {
	if f.Resume != uuid.Nil && (len(f.Files) != 1 || f.DryRun) {
		return fault.Refuse(fault.Invalid, "import.resume", fault.Say("--resume goes on with one file, and not dry", "--resume 只能继续导入一个文件，且不能试运行"))
	}
	return s.withStack(ctx, streams, func(ctx context.Context, st *stack.Stack) error {
		report, closeReport, err := f.openReport()
		if err != nil {
			return err
		}
		for _, name := range f.Files {
			if err := f.importFile(ctx, st, streams, format, name, report, open); err != nil {
				return errors.Join(fmt.Errorf("%s: %w", name, err), closeReport())
			}
		}
		return closeReport()
	})
}

func (f ImportFlags) openReport() (each func(batch.Item) error, closeReport func() error, err error) {
	if f.Report == "" {
		return func(batch.Item) error { return nil }, func() error { return nil }, nil
	}
	file, err := createNew(f.Report)
	if err != nil {
		return nil, nil, err
	}
	buffer := bufio.NewWriter(file)
	lines := json.NewEncoder(buffer)
	return func(i batch.Item) error { return lines.Encode(i) }, func() error { return errors.Join(buffer.Flush(), file.Close()) }, nil
}

// shownNotes bounds the notes printed to the terminal; the report file has all.
const shownNotes = 20

func (f ImportFlags) importFile(ctx context.Context, st *stack.Stack, streams Streams, format, name string,
	report func(batch.Item) error, open func(io.Reader) (interchange.Source, error)) error {
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	hash, size, err := hashOf(file)
	if err != nil {
		return err
	}
	bar := progressbar.NewOptions64(size, progressbar.OptionSetWriter(terminal(streams.Err)), progressbar.OptionSetDescription(filepath.Base(name)),
		progressbar.OptionShowBytes(true), progressbar.OptionClearOnFinish(), progressbar.OptionSetPredictTime(true))
	reader := progressbar.NewReader(file, bar)
	source, err := open(&reader)
	if err != nil {
		return err
	}
	defer source.Close()
	shown := 0
	id := f.Resume
	if id == uuid.Nil {
		id = uuid.Must(uuid.NewV7())
	}
	totals, err := st.Commands.Import(ctx, operator(f.Org), commands.Import{
		Batch: id, Format: format, File: filepath.Base(name), Hash: hash, Source: source, DryRun: f.DryRun,
		Report: func(item batch.Item) error {
			if len(item.Notes) > 0 && shown < shownNotes {
				shown++
				printNotes(streams.Out, item)
			}
			return report(item)
		},
	})
	_ = bar.Finish() // it only draws
	if err != nil && totals.Items > 0 && !f.DryRun {
		next := "go on with --resume " + id.String()
		if fault.Of(err) != nil { // the file is to blame: it will not get further
			next = "to take them back: qbank import undo --reason … " + id.String()
		}
		fmt.Fprintf(streams.Err, "%s: stopped after %d items; %s\n", name, totals.Items, next)
	}
	if err != nil {
		return err
	}
	what := "import " + id.String()
	if f.DryRun {
		what = "dry run; nothing was stored"
	}
	fmt.Fprintf(streams.Out, "%s: %d items: %d created, %d updated, %d unchanged, %d refused; %d of those taken were changed on the way (%s)\n",
		name, totals.Items, totals.Created, totals.Updated, totals.Same, totals.Refused, totals.Noted, what)
	return nil
}

func printNotes(w io.Writer, item batch.Item) {
	for _, n := range item.Notes {
		fmt.Fprintf(w, "  item %d (%s), line %d%s: %s: %s [%s]\n", item.Index+1, item.Source, n.Line, n.Column, item.Status, n.Message.In(language()), n.Code)
	}
}

// hashOf reads a file through and goes back to its beginning.
func hashOf(file *os.File) (hash string, size int64, err error) {
	h := sha256.New()
	if size, err = io.Copy(h, file); err != nil {
		return "", 0, err
	}
	_, err = file.Seek(0, io.SeekStart)
	return hex.EncodeToString(h.Sum(nil)), size, err
}

// ImportTemplateCmd writes a sheet to fill in.
type ImportTemplateCmd struct {
	File     string `arg:"" type:"path" help:"File to write."`
	Language string `help:"Language of the headings: ${enum}." enum:"zh-CN,en" default:"zh-CN"`
}

// Run writes the sheet.
func (c *ImportTemplateCmd) Run() error {
	file, err := createNew(c.File)
	if err != nil {
		return err
	}
	return errors.Join(xlsx.Template(file, c.Language), file.Close())
}

// ImportUndoCmd takes an import back.
type ImportUndoCmd struct {
	Batch  uuid.UUID `arg:"" help:"Id of the import."`
	Org    string    `help:"Organisation." default:"school"`
	Reason string    `help:"Why." required:""`
}

// Run asks for it and waits until it is done.
func (c *ImportUndoCmd) Run(ctx context.Context, s *Settings, streams Streams) error {
	return s.withStack(ctx, streams, func(ctx context.Context, st *stack.Stack) error {
		done, err := st.Commands.Do(ctx, operator(c.Org), commands.UndoImport{Batch: c.Batch, Reason: c.Reason})
		if err != nil {
			return err
		}
		if err := st.AwaitProcess(ctx, "undo_import", done.Position); err != nil {
			return err
		}
		fmt.Fprintln(streams.Out, "taken back")
		return nil
	})
}

// createNew creates a file that is not there yet: what a user keeps under the name is never written over.
func createNew(name string) (*os.File, error) {
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil, fault.Refuse(fault.Conflict, "file.exists", fault.Say("%s is there already; choose another name", "%s 已存在，请换一个文件名", name))
	}
	return file, err
}

package graphql

import (
	"encoding/json"

	"github.com/google/uuid"
	gql "github.com/graphql-go/graphql"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/batch"
	"qbank/graphql/engine"
	"qbank/internal/importjob"
	"qbank/internal/jobs"
	"qbank/projections/imports"
	"qbank/projections/read"
)

// progress says how far an import is.
type progress string

const (
	running  progress = "running"
	finished progress = "finished"
	undone   progress = "undone"
)

func progressOf(b *imports.Batch) progress {
	switch {
	case b.UndoneAt != 0:
		return undone
	case b.FinishedAt != 0:
		return finished
	}
	return running
}

func (s *schema) importTypes() {
	type js = enumValue[jobs.State]
	s.jobState = enum("JobState", "How far a job is.", js{jobs.Queued, "It waits for a free process."}, js{jobs.Running, "Its progress still grows."},
		js{jobs.Done, "Everything is done."}, js{jobs.Failed, "It was given up; the error says why."})
	s.importJob = s.jobType()
	type st = enumValue[batch.Status]
	status := enum("ImportItemStatus", "What became of an item.", st{batch.Created, "A new question."}, st{batch.Updated, "The source changed: a new draft."},
		st{batch.Unchanged, "The same as at the last import."}, st{batch.Refused, "Could not be taken; the notes say why."})
	type pr = enumValue[progress]
	state := enum("ImportStatus", "How far an import is.", pr{running, "Its totals still grow."}, pr{finished, "Every item is done with."},
		pr{undone, "It is being taken back, or is back."})
	note := object("ImportNote", "Something that was changed on the way in, or why an item was refused.", func() []member[batch.Note] {
		type n = batch.Note
		return []member[n]{
			show("code", required(gql.String), "Stable.", func(n n) any { return n.Code }),
			load("message", required(gql.String), "What it is, in the language of the request.", func(c call, n n) (any, error) { return n.Message.In(engine.Locale(c.ctx)), nil }),
			show("en", required(gql.String), "The message in English.", func(n n) any { return n.Message.EN }),
			show("zh", required(gql.String), "The message in Chinese.", func(n n) any { return n.Message.ZH }),
			show("line", gql.Int, "Line in the file, from 1.", func(n n) any { return positive(n.Line) }),
			show("column", gql.String, "Column of a sheet, or pointer into the content.", func(n n) any { return filled(n.Column) }),
		}
	})
	s.importItem = object("ImportItem", "What became of an item of a file.", func() []member[*batch.Item] {
		type i = *batch.Item
		return []member[i]{
			show("index", required(gql.Int), "Its place in the file, from 0.", func(i i) any { return i.Index }),
			show("source", required(gql.String), "Its id in its source.", func(i i) any { return i.Source }),
			show("title", required(gql.String), "Its title.", func(i i) any { return i.Title }),
			show("status", required(status), "What became of it.", func(i i) any { return i.Status }),
			load("question", s.question, "The question it became.", func(c call, i i) (any, error) { return maybe(c, c.questions, i.Question) }),
			show("notes", many(note), "What was changed on the way in, or why it was refused.", func(i i) any { return anys(i.Notes) }),
		}
	})
	totals := object("ImportTotals", "What became of the items so far.", func() []member[*imports.Batch] {
		type b = *imports.Batch
		count := func(name string, about string, s batch.Status) member[b] {
			return show(name, required(gql.Int), about, func(b b) any { return b.Totals[s] })
		}
		return []member[b]{
			show("items", required(gql.Int), "All items that are done with.", func(b b) any { return b.Reported() }),
			count("created", "New questions.", batch.Created), count("updated", "New drafts.", batch.Updated),
			count("unchanged", "The same as at the last import.", batch.Unchanged), count("refused", "Not taken.", batch.Refused),
			show("changed", required(gql.Int), "Taken, but not losslessly.", func(b b) any { return b.Noted }),
		}
	})
	s.importBatch = object(importName, "An import: a file of questions taken in as one whole that can be undone.", func() []member[*imports.Batch] {
		type b = *imports.Batch
		return []member[b]{
			show("id", required(gql.ID), "Global id.", func(b b) any { return engine.GlobalID(importName, b.ID.String()) }),
			show("org", required(gql.String), "The organisation it belongs to.", func(b b) any { return b.Org }),
			show("status", required(state), "How far it is.", func(b b) any { return progressOf(b) }),
			show("format", required(gql.String), "gift or xlsx.", func(b b) any { return b.Format }),
			show("file", required(gql.String), "The file's name.", func(b b) any { return b.File }),
			show("hash", required(gql.String), "SHA-256 of the file.", func(b b) any { return b.Hash }),
			show("totals", required(totals), "What became of the items so far.", func(b b) any { return b }),
			show("startedBy", required(gql.String), "Opaque id of who started it.", func(b b) any { return b.StartedBy }),
			show("startedAt", required(engine.Instant), "When it was started.", func(b b) any { return b.StartedAt }),
			show("finishedAt", engine.Instant, "When it was finished; null while it runs.", func(b b) any { return since(b.FinishedAt) }),
			show("undoneBy", gql.String, "Opaque id of who asked to take it back.", func(b b) any { return filled(b.UndoneBy) }),
			show("undoneAt", engine.Instant, "When somebody asked to take it back.", func(b b) any { return since(b.UndoneAt) }),
			show("undoReason", gql.String, "Why.", func(b b) any { return filled(b.UndoReason) }),
			load("items", s.connection(s.importItem), "What became of the items, in the order of the file.", func(c call, b b) (any, error) {
				statuses := choices[batch.Status](c.args, "status")
				return list(c, importsModel, func(p read.Page) (read.Rows[batch.Item], error) {
					return c.Imports.Items(c.ctx, c.actor.Scope.Org, b.ID, statuses, p)
				}, same)
			}).with(pageArgs(gql.FieldConfigArgument{"status": arg(listIn(status), "Only those of which this became.")})),
		}
	}, s.node)
}

func (c call) importBatch(id uuid.UUID) (any, error) {
	if err := c.reads(c.ctx, importsModel); err != nil {
		return nil, err
	}
	found, err := c.Imports.Get(c.ctx, c.actor.Scope.Org, id)
	return &found, err
}

// job is the work on a file, with what it shows of itself.
type job struct {
	jobs.Job
	progress importjob.Progress
}

// importJob reads how the work on a file is doing.
func (c call) importJob(id uuid.UUID) (*job, error) {
	found, err := c.jobs.Get(c.ctx, c.actor, id)
	if err == nil && found.Kind != importjob.Kind {
		err = jobs.NotFound()
	}
	if err != nil {
		return nil, err
	}
	work := &job{Job: found}
	if len(found.Progress) > 0 {
		err = json.Unmarshal(found.Progress, &work.progress)
	}
	return work, err
}

func (s *schema) jobType() *gql.Object {
	return object("ImportJob", "The work on a file that was posted.", func() []member[*job] {
		type j = *job
		count := func(name, about string, of func(commands.ImportTotals) int) member[j] {
			return show(name, required(gql.Int), about, func(j j) any { return of(j.progress.ImportTotals) })
		}
		return []member[j]{
			show("id", required(gql.ID), "Global id of the import.", func(j j) any { return engine.GlobalID(importName, j.ID.String()) }),
			show("state", required(s.jobState), "How far it is.", func(j j) any { return j.State }),
			show("error", gql.String, "Why it was given up.", func(j j) any { return filled(j.Error) }),
			show("createdBy", required(gql.String), "Opaque id of who posted the file.", func(j j) any { return j.CreatedBy }),
			show("createdAt", required(engine.Instant), "When the file was posted.", func(j j) any { return j.CreatedAt }),
			show("updatedAt", required(engine.Instant), "When it moved last.", func(j j) any { return j.UpdatedAt }),
			count("items", "Items that are done with.", func(t commands.ImportTotals) int { return t.Items }),
			count("created", "New questions.", func(t commands.ImportTotals) int { return t.Created }),
			count("updated", "New drafts.", func(t commands.ImportTotals) int { return t.Updated }),
			count("unchanged", "The same as at the last import.", func(t commands.ImportTotals) int { return t.Same }),
			count("refused", "Not taken.", func(t commands.ImportTotals) int { return t.Refused }),
			count("changed", "Taken, but not losslessly.", func(t commands.ImportTotals) int { return t.Noted }),
			show("position", required(engine.Long), "Position of its last event so far, for the argument at.", func(j j) any { return j.progress.Position }),
			show("marked", gql.String, "SHA-256 of the sheet that is given back, with its wrong cells marked.", func(j j) any { return filled(j.progress.Marked) }),
			show("notes", many(s.importItem), "Of a dry run: the first items that would be refused or changed.", func(j j) any { return pointers(j.progress.Notes) }),
			load("importBatch", s.importBatch, "The import; null where nothing was taken in yet, or in a dry run.", func(c call, j j) (any, error) {
				return absent(c.importBatch(j.ID))
			}),
		}
	})
}

func (s *schema) importRoots() []root {
	return []root{
		{name: "importBatch", of: s.importBatch, needs: access.WriteQuestions, about: "An import: its progress and its report.",
			args: gql.FieldConfigArgument{"id": arg(gql.NewNonNull(gql.ID), "Global id or UUID.")},
			resolve: func(c call) (any, error) {
				id, err := c.args.id("id", importName)
				if err != nil {
					return nil, err
				}
				return c.importBatch(id)
			}},
		{name: "importJob", of: s.importJob, needs: access.WriteQuestions, about: "The work on a file that was posted: queued, running, done or failed.",
			args: gql.FieldConfigArgument{"id": arg(gql.NewNonNull(gql.ID), "The id that the upload returned.")},
			resolve: func(c call) (any, error) {
				id, err := c.args.id("id", importName)
				if err != nil {
					return nil, err
				}
				return c.importJob(id)
			}},
		{name: "imports", of: s.connection(s.importBatch), needs: access.WriteQuestions, about: "The imports of the organisation and below, the latest first.",
			args: pageArgs(nil), resolve: func(c call) (any, error) {
				return list(c, importsModel, func(p read.Page) (read.Rows[imports.Batch], error) {
					return c.Imports.List(c.ctx, c.actor.Scope.Org, p)
				}, same)
			}},
	}
}

func (s *schema) importMutations() []mutation {
	changed := payload("ImportPayload", "What the taking back of an import came to.",
		load("importBatch", s.importBatch, "The import as it is now.", func(c call, o *outcome) (any, error) { return c.importBatch(o.ID) }))
	it := thing{name: "importBatch", typ: importName, about: "Global id or UUID.", of: changed}
	return []mutation{act(it, "undoImport", "Asks that everything an import did be taken back; it is done item by item, in the background.",
		inputs{"reason": must(gql.String, "Why.")}, func(_ call, id uuid.UUID, a args) (commands.UndoImport, error) {
			return commands.UndoImport{Batch: id, Reason: a.text("reason")}, nil
		})}
}

package graphql

import (
	"github.com/google/uuid"
	gql "github.com/graphql-go/graphql"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/fault"
	"qbank/graphql/engine"
	"qbank/projections/read"
	"qbank/projections/resources"
)

func (s *schema) resourceTypes() {
	use := object("ResourceUse", "A version of a question or a lesson that names a file.", func() []member[*resources.Use] {
		type u = *resources.Use
		return []member[u]{
			load("question", s.question, "The question, if it is one.", func(c call, u u) (any, error) {
				if u.Kind != "question" {
					return nil, nil
				}
				return c.questions.Load(c.ctx, u.Source), nil
			}),
			load("lesson", s.lesson, "The lesson, if it is one.", func(c call, u u) (any, error) {
				if u.Kind != "lesson" {
					return nil, nil
				}
				return c.lessons.Load(c.ctx, u.Source), nil
			}),
			show("version", gql.Int, "Its version; null is the draft.", func(u u) any { return positive(u.Version) }),
			show("places", required(gql.Int), "How often the file is named there.", func(u u) any { return u.Places }),
			show("since", required(engine.Instant), "Since when.", func(u u) any { return u.Since }),
		}
	})
	s.resource = object(resourceName, "A resource (资源): a file that an organisation keeps under its hash. Upload it by PUT /files/blobs/{sha256}.", func() []member[*resources.File] {
		type f = *resources.File
		return []member[f]{
			show("id", required(gql.ID), "Global id.", func(f f) any { return engine.GlobalID(resourceName, f.ID.String()) }),
			show("sha256", required(gql.String), "What contents and lessons name it by; its bytes are at /files/blobs/{sha256}.", func(f f) any { return string(f.Hash) }),
			show("org", required(gql.String), "The organisation that keeps it.", func(f f) any { return f.Org }),
			show("title", required(gql.String), "What people call it.", func(f f) any { return f.Title }),
			show("type", required(gql.String), "Media type, as its bytes say.", func(f f) any { return f.Media }),
			show("size", required(engine.Long), "Bytes.", func(f f) any { return f.Size }),
			show("width", gql.Int, "Pixels.", func(f f) any { return positive(f.Width) }),
			show("height", gql.Int, "Pixels.", func(f f) any { return positive(f.Height) }),
			show("durationMs", engine.Long, "Milliseconds, where it is known.", func(f f) any { return since(f.Duration) }),
			show("tags", many(gql.String), "标签", func(f f) any { return anys(f.Tags) }),
			show("removed", many(gql.String), "What cleaning took out when it was uploaded.", func(f f) any { return anys(f.Removed) }),
			show("kept", required(gql.Boolean), "Whether it may be named; false once it was collected, for nothing had named it for long.", func(f f) any { return f.State == "kept" }),
			show("revision", required(gql.Int), "Number of its events.", func(f f) any { return f.Revision }),
			show("uploadedBy", required(gql.String), "Opaque id of who uploaded it.", func(f f) any { return f.UploadedBy }),
			show("uploadedAt", required(engine.Instant), "When it was uploaded last.", func(f f) any { return f.UploadedAt }),
			load("unusedSince", engine.Instant, "Since when nothing names it; null while something does.", func(c call, f f) (any, error) {
				return c.unused.Then(c.ctx, f.ID, func(at int64, found bool) (any, error) {
					if !found {
						return nil, nil
					}
					return at, nil
				}), nil
			}),
			load("uses", s.connection(use), "Where it is named by questions and lessons of the organisation and below, drafts before versions.", func(c call, f f) (any, error) {
				return list(c, resourcesModel, func(p read.Page) (read.Rows[resources.Use], error) {
					return c.Resources.Uses(c.ctx, c.actor.Scope.Org, f.Hash, p)
				}, same)
			}).with(pageArgs(nil)),
		}
	}, s.node)
}

func noResource() *fault.Fault {
	return fault.Refuse(fault.NotFound, "resource.not_found", fault.Say("there is no such file", "没有这个文件"))
}

func (s *schema) resourceRoots() []root {
	return []root{
		byID("resource", resourceName, "A resource file.", s.resource, noResource),
		{name: "resources", of: s.connection(s.resource), needs: access.ReadQuestions,
			about: "The files that contents of the organisation may name, those of organisations above and below included, the newest first.",
			args: pageArgs(gql.FieldConfigArgument{"title": arg(gql.String, "A part of the title, in any case."), "type": arg(gql.String, "Media type, or its first part, such as image."),
				"tag": arg(gql.String, "One of its tags."), "unused": arg(gql.Boolean, "Only those that nothing names, or only the others.")}),
			resolve: func(c call) (any, error) {
				filter := resources.Filter{Title: c.args.text("title"), Media: c.args.text("type"), Tag: c.args.text("tag"), Unused: c.args.flag("unused")}
				connection, err := list(c, resourcesModel, func(p read.Page) (read.Rows[resources.File], error) {
					return c.Resources.List(c.ctx, c.actor.Scope.Org, filter, p)
				}, same)
				if err == nil {
					connection.Total = counted(func() (int, bool, error) {
						n, err := c.Resources.Count(c.ctx, c.actor.Scope.Org, filter, engine.MaxTotal)
						return min(n, engine.MaxTotal), n > engine.MaxTotal, err
					})
				}
				return connection, err
			}},
	}
}

func (s *schema) resourceMutations() []mutation {
	changed := payload("ResourcePayload", "What a change of a file's description came to.",
		load("resource", s.resource, "The file as it is now.", func(c call, o *outcome) (any, error) { return one(c, c.files, o.ID, noResource()), nil }))
	it := thing{name: "resource", typ: resourceName, about: "Global id or UUID.", of: changed}
	return []mutation{
		step(it, "renameResource", "Gives a file another name.", inputs{"title": must(gql.String, "The name.")},
			func(_ call, id uuid.UUID, revision int, a args) (commands.RenameResource, error) {
				return commands.RenameResource{Resource: id, Revision: revision, Title: a.text("title")}, nil
			}),
		step(it, "tagResource", "Replaces the tags of a file.", inputs{"tags": must(listIn(gql.String), "The tags.")},
			func(_ call, id uuid.UUID, revision int, a args) (commands.TagResource, error) {
				return commands.TagResource{Resource: id, Revision: revision, Tags: a.texts("tags")}, nil
			}),
	}
}

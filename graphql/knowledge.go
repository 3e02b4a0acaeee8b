package graphql

import (
	"github.com/google/uuid"
	gql "github.com/graphql-go/graphql"

	"qbank/commands"
	"qbank/domain/access"
	tree "qbank/domain/knowledge"
	"qbank/graphql/engine"
	"qbank/projections/knowledge"
	"qbank/projections/read"
)

func (s *schema) knowledgeTypes() {
	s.point = object(pointName, "A knowledge point (知识点) of a working tree.", func() []member[*knowledge.Point] {
		type p = *knowledge.Point
		return []member[p]{
			show("id", required(gql.ID), "Global id.", func(p p) any { return engine.GlobalID(pointName, p.ID.String()) }),
			show("key", required(gql.String), "The UUID that questions are filed under.", func(p p) any { return p.ID.String() }),
			show("title", required(gql.String), "Its name.", func(p p) any { return p.Title }),
			show("order", required(gql.Int), "Its place among its siblings.", func(p p) any { return p.Order }),
			show("retired", required(gql.Boolean), "Whether it is out of use.", func(p p) any { return p.Retired }),
			load("parent", s.point, "The point above it; null at the top.", func(c call, p p) (any, error) { return maybe(c, c.points, p.Parent) }),
			load("children", s.connection(s.point), "The points right below it, in order.", func(c call, p p) (any, error) {
				return c.pointsOf(p.Tree, knowledge.Filter{Parent: &p.ID})
			}).with(pageArgs(nil)),
		}
	}, s.node)
	snapshotPoint := object("PublishedKnowledgePoint", "A point of a published tree.", func() []member[*tree.Point] {
		type p = *tree.Point
		return []member[p]{
			show("key", required(gql.String), "Its UUID.", func(p p) any { return p.ID.String() }),
			show("parent", gql.String, "The UUID of the point above it.", func(p p) any {
				if p.Parent == uuid.Nil {
					return nil
				}
				return p.Parent.String()
			}),
			show("title", required(gql.String), "Its name.", func(p p) any { return p.Title }),
			show("order", required(gql.Int), "Its place among its siblings.", func(p p) any { return p.Order }),
			show("retired", required(gql.Boolean), "Whether it was out of use.", func(p p) any { return p.Retired }),
		}
	})
	version := object("KnowledgeTreeVersion", "A published version of a tree, without its points.", func() []member[*knowledge.Version] {
		type v = *knowledge.Version
		return []member[v]{
			show("version", required(gql.Int), "1, 2, 3 …", func(v v) any { return v.Version }),
			show("publishedBy", required(gql.String), "Opaque id of who published it.", func(v v) any { return v.PublishedBy }),
			show("publishedAt", required(engine.Instant), "When it was published.", func(v v) any { return v.PublishedAt }),
		}
	})
	s.tree = object(treeName, "The working tree of knowledge points of a subject.", func() []member[*knowledge.Tree] {
		type t = *knowledge.Tree
		return []member[t]{
			show("id", required(gql.ID), "Global id.", func(t t) any { return engine.GlobalID(treeName, t.ID.String()) }),
			show("org", required(gql.String), "The organisation it belongs to.", func(t t) any { return t.Org }),
			show("subject", required(gql.String), "学科", func(t t) any { return t.Subject }),
			show("revision", required(gql.Int), "Number of its events.", func(t t) any { return t.Revision }),
			show("latestVersion", gql.Int, "Number of the newest version; null before the first.", func(t t) any { return positive(t.Latest) }),
			show("updatedAt", required(engine.Instant), "When it was changed last.", func(t t) any { return t.UpdatedAt }),
			load("points", s.connection(s.point), "Its points, of all levels unless a level is asked for.", func(c call, t t) (any, error) {
				filter := knowledge.Filter{Title: c.args.text("title"), Retired: c.args.flag("retired")}
				if c.args.yes("top") {
					filter.Parent = &uuid.UUID{}
				}
				return c.pointsOf(t.ID, filter)
			}).with(pageArgs(gql.FieldConfigArgument{"top": arg(gql.Boolean, "Only those at the top."),
				"title": arg(gql.String, "A part of the name, in any case."), "retired": arg(gql.Boolean, "Only those out of use, or only the others.")})),
			load("versions", s.connection(version), "Its published versions, the newest first.", func(c call, t t) (any, error) {
				return list(c, knowledgeModel, func(p read.Page) (read.Rows[knowledge.Version], error) {
					return c.Knowledge.Versions(c.ctx, c.actor.Scope.Org, t.ID, p)
				}, same)
			}).with(pageArgs(nil)),
			load("published", many(snapshotPoint), "All points of a published version, parents before children.", func(c call, t t) (any, error) {
				if err := c.reads(c.ctx, knowledgeModel); err != nil {
					return nil, err
				}
				points, err := c.Knowledge.Published(c.ctx, c.actor.Scope.Org, t.ID, c.args.number("version"))
				return pointers(points), err
			}).with(gql.FieldConfigArgument{"version": arg(gql.NewNonNull(gql.Int), "Its number.")}),
		}
	}, s.node)
}

func (c call) pointsOf(id uuid.UUID, filter knowledge.Filter) (any, error) {
	return list(c, knowledgeModel, func(p read.Page) (read.Rows[knowledge.Point], error) {
		return c.Knowledge.Points(c.ctx, c.actor.Scope.Org, id, filter, p)
	}, same)
}

func (c call) tree(id uuid.UUID) (any, error) {
	if err := c.reads(c.ctx, knowledgeModel); err != nil {
		return nil, err
	}
	found, err := c.Knowledge.Tree(c.ctx, c.actor.Scope.Org, id)
	return &found, err
}

func (s *schema) knowledgeRoots() []root {
	return []root{
		{name: "knowledgeTree", of: s.tree, needs: access.ReadLessons, about: "The working tree of a subject.",
			args: gql.FieldConfigArgument{"id": arg(gql.ID, "Global id or UUID."), "subject": arg(gql.String, "学科, instead of the id: the organisation's own tree.")},
			resolve: func(c call) (any, error) {
				id, err := c.args.id("id", treeName)
				if err != nil {
					return nil, err
				}
				if id == uuid.Nil {
					id = tree.TreeID(c.actor.Scope.Org, c.args.text("subject"))
				}
				return c.tree(id)
			}},
		{name: "knowledgeTrees", of: s.connection(s.tree), needs: access.ReadLessons, about: "The trees that the organisation sees, by subject.",
			args: pageArgs(nil), resolve: func(c call) (any, error) {
				return list(c, knowledgeModel, func(p read.Page) (read.Rows[knowledge.Tree], error) {
					return c.Knowledge.Trees(c.ctx, c.actor.Scope.Org, p)
				}, same)
			}},
	}
}

func (s *schema) knowledgeMutations() []mutation {
	treeField := load("tree", s.tree, "The tree as it is now.", func(c call, o *outcome) (any, error) { return c.tree(o.of) })
	point := payload("KnowledgePointPayload", "What a change of a knowledge point came to.", treeField,
		load("point", s.point, "The point as it is now.", func(c call, o *outcome) (any, error) { return c.points.Load(c.ctx, o.ID), nil }))
	published := payload("KnowledgeTreePayload", "What the publishing of a tree came to.", treeField)
	subject := must(gql.String, "学科: the organisation's own tree of it.")
	// in a tree of the caller's own organisation
	do := func(c call, a args, command commands.Command) (*outcome, error) {
		o, err := c.carry(command)
		o.of = tree.TreeID(c.actor.Scope.Org, a.text("subject"))
		return o, err
	}
	return []mutation{
		{name: "keepKnowledgePoint", about: "Adds a knowledge point, or changes its name, place or order. The first point starts the tree.", of: point,
			needs: commands.KeepPoint{}.Needs(), input: inputs{"subject": subject, "title": must(gql.String, "Its name."),
				"point": in(gql.ID, "Global id or UUID of a point of this tree; a new point where it is not given."), "parent": in(gql.ID, "The point above it; at the top where it is not given."),
				"order": in(gql.Int, "Its place among its siblings.")},
			do: func(c call, a args) (*outcome, error) {
				id, err := a.id("point", pointName)
				if err != nil {
					return nil, err
				}
				parent, err := a.id("parent", pointName)
				if err != nil {
					return nil, err
				}
				return do(c, a, commands.KeepPoint{Subject: a.text("subject"),
					Point: tree.Point{ID: id, Parent: parent, Title: a.text("title"), Order: a.number("order")}})
			}},
		{name: "retireKnowledgePoint", about: "Takes a knowledge point out of use; what is filed under it stays.", of: point,
			needs: commands.RetirePoint{}.Needs(), input: inputs{"subject": subject, "point": must(gql.ID, "Global id or UUID.")},
			do: func(c call, a args) (*outcome, error) {
				id, err := a.id("point", pointName)
				if err != nil {
					return nil, err
				}
				o, err := do(c, a, commands.RetirePoint{Subject: a.text("subject"), Point: id})
				o.ID = id
				return o, err
			}},
		{name: "publishKnowledgeTree", about: "Makes the working tree of a subject an immutable version.", of: published,
			needs: commands.PublishTree{}.Needs(), input: inputs{"subject": subject},
			do: func(c call, a args) (*outcome, error) {
				return do(c, a, commands.PublishTree{Subject: a.text("subject")})
			}},
	}
}

package graphql

import (
	"github.com/google/uuid"
	gql "github.com/graphql-go/graphql"

	"qbank/domain/access"
	"qbank/domain/attempt"
	"qbank/domain/fault"
	"qbank/domain/qtype"
	"qbank/graphql/engine"
	"qbank/projections/catalog"
	"qbank/projections/configs"
	"qbank/projections/discussions"
	"qbank/projections/gradebook"
	"qbank/projections/imports"
	"qbank/projections/knowledge"
	"qbank/projections/lessons"
	"qbank/projections/papers"
	"qbank/projections/regrades"
	"qbank/projections/reissues"
	"qbank/projections/releases"
	"qbank/projections/resources"
	"qbank/projections/roster"
)

// kind says how a type of object is found by its id, and what that needs.
type kind struct {
	needs access.Permission
	find  func(c call, id uuid.UUID) (any, error) // a thing, a thunk of it, or nil
}

var kinds = map[string]kind{
	questionName: {access.ReadQuestions, func(c call, id uuid.UUID) (any, error) { return c.questions.Load(c.ctx, id), nil }},
	lessonName:   {access.ReadLessons, func(c call, id uuid.UUID) (any, error) { return c.lessons.Load(c.ctx, id), nil }},
	treeName:     {access.ReadLessons, func(c call, id uuid.UUID) (any, error) { return c.tree(id) }},
	pointName:    {access.ReadLessons, func(c call, id uuid.UUID) (any, error) { return c.points.Load(c.ctx, id), nil }},
	className:    {access.ReadRoster, func(c call, id uuid.UUID) (any, error) { return c.classes.Load(c.ctx, id), nil }},
	nodeName:     {access.ReadRoster, func(c call, id uuid.UUID) (any, error) { return c.nodes.Load(c.ctx, id), nil }},
	sessionName:  {access.ReadRoster, func(c call, id uuid.UUID) (any, error) { return c.sessions.Load(c.ctx, id), nil }},
	attemptName: {access.ReadResults, func(c call, id uuid.UUID) (any, error) {
		return c.attemptOf(id, func(a *attempt.Attempt) (any, error) { return summary(id, a), nil })
	}},
	threadName: {access.ReadLessons, func(c call, id uuid.UUID) (any, error) {
		return c.threads.Then(c.ctx, id, func(t *discussions.Thread, found bool) (any, error) {
			if !found {
				return nil, nil
			}
			return t, c.actor.Require(mayRead[t.Subject.Kind])
		}), nil
	}},
	releaseName:  {access.ReadReleases, func(c call, id uuid.UUID) (any, error) { return c.releases.Load(c.ctx, id), nil }},
	reissueName:  {access.ReadReleases, func(c call, id uuid.UUID) (any, error) { return c.reissues.Load(c.ctx, id), nil }},
	configName:   {access.ReadReleases, func(c call, id uuid.UUID) (any, error) { return c.configs.Load(c.ctx, id), nil }},
	resourceName: {access.ReadQuestions, func(c call, id uuid.UUID) (any, error) { return c.files.Load(c.ctx, id), nil }},
	paperName:    {access.ReadLessons, func(c call, id uuid.UUID) (any, error) { return c.papers.Load(c.ctx, id), nil }},
	regradeName:  {access.ProposeRegrades, func(c call, id uuid.UUID) (any, error) { return c.regrades.Load(c.ctx, id), nil }},
	importName:   {access.WriteQuestions, func(c call, id uuid.UUID) (any, error) { return c.importBatch(id) }},
}

func (s *schema) nodeInterface() *gql.Interface {
	return gql.NewInterface(gql.InterfaceConfig{Name: "Node", Description: "An object with a global id.",
		Fields: gql.Fields{"id": {Type: gql.NewNonNull(gql.ID), Description: "Global id."}},
		ResolveType: func(p gql.ResolveTypeParams) *gql.Object {
			switch p.Value.(type) {
			case *catalog.Question:
				return s.question
			case *qtype.Type:
				return s.questionType
			case *lessons.Lesson:
				return s.lesson
			case *knowledge.Tree:
				return s.tree
			case *knowledge.Point:
				return s.point
			case *roster.Class:
				return s.class
			case *roster.Node:
				return s.rosterNode
			case *roster.Session:
				return s.session
			case *gradebook.Attempt:
				return s.attempt
			case *releases.Release:
				return s.release
			case *regrades.Regrade:
				return s.regrade
			case *reissues.Reissue:
				return s.reissue
			case *configs.Key:
				return s.config
			case *imports.Batch:
				return s.importBatch
			case *discussions.Thread:
				return s.thread
			case *resources.File:
				return s.resource
			case *papers.Paper:
				return s.paper
			}
			return nil
		}})
}

// byID is the root field of one thing; who may read things of its type may read it.
func byID(name, typ, about string, of *gql.Object, missing func() *fault.Fault) root {
	find := kinds[typ].find
	return root{name: name, of: of, needs: kinds[typ].needs, about: about,
		args: gql.FieldConfigArgument{"id": arg(gql.NewNonNull(gql.ID), "Global id or UUID.")},
		resolve: func(c call) (any, error) {
			id, err := c.args.id("id", typ)
			if err != nil {
				return nil, err
			}
			found, err := find(c, id)
			if err != nil {
				return nil, err
			}
			return func() (any, error) { // looked up together with others
				thing, err := resolved(found, nil)
				if err == nil && thing == nil {
					err = missing()
				}
				return thing, err
			}, nil
		}}
}

// maxNodes bounds how many objects are asked for by id at once.
const maxNodes = engine.MaxPage

func (s *schema) nodeRoots() []root {
	return []root{
		{name: "node", of: s.node, about: "The object with a global id, or null. Needs what reading that type of object needs.",
			args:    gql.FieldConfigArgument{"id": arg(gql.NewNonNull(gql.ID), "Global id.")},
			resolve: func(c call) (any, error) { return c.node(c.args.text("id")) }},
		{name: "nodes", of: gql.NewNonNull(gql.NewList(s.node)), about: "The objects with these global ids, in their order; null where there is none.",
			args: gql.FieldConfigArgument{"ids": arg(gql.NewNonNull(listIn(gql.ID)), "Global ids, at most 200.")},
			resolve: func(c call) (any, error) {
				ids := c.args.texts("ids")
				if len(ids) > maxNodes {
					return nil, fault.Refuse(fault.Limit, "page.ids", fault.Say("at most %d ids at once", "一次最多 %d 个 id", maxNodes))
				}
				found := make([]any, len(ids))
				for i, id := range ids {
					v, err := c.node(id)
					if found[i] = v; err != nil {
						found[i] = func() (any, error) { return nil, err } // it alone is refused
					}
				}
				return found, nil
			}},
	}
}

// node finds an object of any type. What does not exist for the caller is null.
func (c call) node(global string) (any, error) {
	typ, bare, err := engine.ParseGlobalID(global)
	if err != nil {
		return nil, err
	}
	if typ == typeName {
		if err := c.actor.Require(access.ReadQuestions); err != nil {
			return nil, err
		}
		ref, err := qtype.ParseRef(bare)
		if err != nil {
			return nil, err
		}
		found, err := c.Commands.Types.For(c.ctx, c.actor, ref)
		return absent(found, err)
	}
	k, known := kinds[typ]
	id, err := uuid.Parse(bare)
	if !known || err != nil {
		return nil, badID()
	}
	if err := c.actor.Require(k.needs); err != nil {
		return nil, err
	}
	found, err := k.find(c, id)
	if thunk, waits := found.(func() (any, error)); waits && err == nil {
		return func() (any, error) { return absent(thunk()) }, nil
	}
	return absent(found, err)
}

// absent turns not found into null.
func absent(found any, err error) (any, error) {
	if f := fault.Of(err); f != nil && f.Kind == fault.NotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return found, nil
}

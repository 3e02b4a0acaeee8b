package graphql

import (
	"encoding/json"

	gql "github.com/graphql-go/graphql"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/content"
	"qbank/domain/fault"
	"qbank/domain/workflow"
	"qbank/graphql/engine"
)

// defined is a workflow and the organisation that defined it.
type defined struct {
	workflow.Workflow
	org string // "": built in
}

func (s *schema) workflowTypes() {
	type kind = enumValue[workflow.Kind]
	s.reviewed = enum("ReviewedKind", "What is reviewed.", kind{workflow.Questions, "Questions."}, kind{workflow.Lessons, "Lessons."})
	step := stepType()
	errata := object("WorkflowErrata", "The fast lane of a workflow: a small correction passes some of the steps, and is published as an erratum.",
		func() []member[*workflow.Errata] {
			type e = *workflow.Errata
			return []member[e]{
				show("steps", many(gql.String), "Ids of the steps that remain.", func(e e) any { return anys(e.Steps) }),
				show("maxChanges", required(gql.Int), "Values that differ from the version that it corrects, at most.", func(e e) any { return e.MaxChanges }),
				show("keeps", many(gql.String), "JSON Pointers: a correction of these places is no small one.", func(e e) any { return anys(e.Keeps) }),
				show("secrets", required(gql.Boolean), "Also corrections of what answers are scored by, such as the key, are small ones.", func(e e) any { return e.Secrets }),
			}
		})
	s.workflow = object("Workflow", "What a question or a lesson must pass between its submission and its publication.", func() []member[*defined] {
		type w = *defined
		return []member[w]{
			show("ref", required(gql.String), "Name and version, such as single-review@2.", func(w w) any { return w.Ref() }),
			show("name", required(gql.String), "The name.", func(w w) any { return w.Name }),
			show("version", required(gql.Int), "1, 2, 3 …", func(w w) any { return w.Version }),
			show("org", gql.String, "The organisation that defined it; null is built in.", func(w w) any { return filled(w.org) }),
			titled[w](func(w w) fault.Text { return w.Title }),
			show("steps", many(step), "The steps, in order.", func(w w) any { return pointers(w.Steps) }),
			show("ownWork", required(gql.Boolean), "Authors may approve what they wrote.", func(w w) any { return w.OwnWork }),
			show("samePerson", required(gql.Boolean), "One person may approve at several steps.", func(w w) any { return w.SamePerson }),
			show("errata", errata, "The fast lane, where there is one.", func(w w) any { return w.Errata }),
			show("hash", required(gql.String), "Hash of the document.", func(w w) any { return string(w.Hash()) }),
			load("document", required(engine.JSON), "The document, as defineWorkflow takes it.", func(_ call, w w) (any, error) {
				raw, err := json.Marshal(w.Workflow)
				return json.RawMessage(raw), err
			}),
		}
	})
	choice := object("WorkflowChoice", "Which workflow applies to what.", func() []member[*workflow.Choice] {
		type ch = *workflow.Choice
		return []member[ch]{
			show("kind", required(s.reviewed), "Of questions or of lessons.", func(c ch) any { return c.Kind }),
			show("subject", gql.String, "学科; null is whatever has no choice of its own.", func(c ch) any { return filled(c.Subject) }),
			show("workflow", required(gql.String), "Name and version.", func(c ch) any { return c.Workflow }),
		}
	})
	s.reviewPolicy = object("ReviewPolicy", "What an organisation has chosen.", func() []member[*workflow.Policy] {
		type p = *workflow.Policy
		return []member[p]{
			show("org", required(gql.String), "The organisation.", func(p p) any { return p.Org }),
			show("revision", required(gql.Int), "What chooseWorkflow wants to know you saw; 0: nothing was ever said.", func(p p) any { return p.Revision }),
			show("choices", many(choice), "The choices: the most specific of the nearest organisation applies.", func(p p) any { return pointers(p.Choices) }),
		}
	})
}

func stepType() *gql.Object {
	return object("WorkflowStep", "One step of a review.", func() []member[*workflow.Step] {
		type st = *workflow.Step
		return []member[st]{
			show("id", required(gql.String), "Names the step in its workflow.", func(s st) any { return s.ID }),
			titled[st](func(s st) fault.Text { return s.Title }),
			show("role", gql.String, "The role of those who may approve.", func(s st) any { return filled(s.Role) }),
			show("permission", gql.String, "Or the permission.", func(s st) any { return filled(s.Permission) }),
			show("approvals", required(gql.Int), "How many, each by another person.", func(s st) any { return s.Approvals }),
			show("assignedOnly", required(gql.Boolean), "Only who was assigned may approve.", func(s st) any { return s.AssignedOnly }),
			show("share", gql.Int, "Of a spot check: how many of 1,000,000 submissions it takes.", func(s st) any { return positive(s.Share) }),
		}
	})
}

// titled is a title in the language of the request.
func titled[T any](of func(T) fault.Text) member[T] {
	return load("title", required(gql.String), "The title, in the language of the request.", func(c call, v T) (any, error) {
		return of(v).In(engine.Locale(c.ctx)), nil
	})
}

// policies are those of an organisation of the caller's and of those above it.
func (c call) policies(org string) (workflow.Policies, error) {
	if org == "" {
		org = c.actor.Scope.Org
	}
	if err := c.actor.Within(org); err != nil {
		return nil, err
	}
	return c.Commands.Policies(c.ctx, org)
}

func (c call) workflowOf(org, ref string) (any, error) {
	policies, err := c.policies(org)
	if err != nil {
		return nil, err
	}
	w, by, known := policies.Named(ref)
	if !known {
		return nil, workflow.Unknown(ref)
	}
	return &defined{w, by}, nil
}

func (s *schema) workflowRoots() []root {
	org := arg(gql.String, "An organisation below the token's; the token's where it is not given.")
	return []root{
		{name: "workflow", of: s.workflow, needs: access.ReadQuestions, about: "A workflow that the organisation may use.",
			args:    gql.FieldConfigArgument{"ref": arg(gql.NewNonNull(gql.String), "Name and version."), "org": org},
			resolve: func(c call) (any, error) { return c.workflowOf(c.args.text("org"), c.args.text("ref")) }},
		{name: "workflows", of: many(s.workflow), needs: access.ReadQuestions, about: "The workflows that the organisation may use: its own, those of the ones above it, and the built-in ones.",
			args: gql.FieldConfigArgument{"org": org}, resolve: func(c call) (any, error) {
				policies, err := c.policies(c.args.text("org"))
				if err != nil {
					return nil, err
				}
				var all []any
				for _, p := range policies {
					for _, w := range p.Defined {
						all = append(all, &defined{w, p.Org})
					}
				}
				for _, w := range workflow.BuiltIn {
					all = append(all, &defined{w, ""})
				}
				return all, nil
			}},
		{name: "reviewPolicies", of: many(s.reviewPolicy), needs: access.ReadQuestions, about: "What the organisation has chosen and, behind it, the ones above it.",
			args: gql.FieldConfigArgument{"org": org}, resolve: func(c call) (any, error) {
				policies, err := c.policies(c.args.text("org"))
				return pointers(policies), err
			}},
	}
}

func (s *schema) workflowMutations() []mutation {
	org := in(gql.String, "An organisation below the token's; the token's where it is not given.")
	ofPolicy := func(c call, o *outcome) (any, error) {
		policies, err := c.policies(o.org)
		if err != nil {
			return nil, err
		}
		return &policies[0], nil
	}
	return []mutation{
		{name: "defineWorkflow", about: "Makes a version of a workflow known, for ever: another content under the same version is refused.",
			of: payload("WorkflowPayload", "What the definition of a workflow came to.", load("workflow", s.workflow, "The workflow.",
				func(c call, o *outcome) (any, error) { return c.workflowOf(o.org, o.ref) })),
			needs: commands.DefineWorkflow{}.Needs(), input: inputs{"document": must(engine.JSON, "The workflow's document. A step's share makes it a spot check: how many of 1,000,000 submissions it takes, 1 to 1000000; without one it takes every submission."), "org": org},
			do: func(c call, a args) (*outcome, error) {
				document, err := a.document("document")
				if err != nil {
					return nil, err
				}
				w, err := workflow.Parse(content.Canonical(document))
				if err != nil {
					return nil, err
				}
				o, err := c.carry(commands.DefineWorkflow{Org: a.text("org"), Workflow: w})
				o.org, o.ref = a.text("org"), w.Ref()
				return o, err
			}},
		{name: "chooseWorkflow", about: "Says which workflow applies from now on; what was submitted stays under the one it has pinned.",
			of:    payload("ReviewPolicyPayload", "What a choice came to.", load("policy", s.reviewPolicy, "The policy as it is now.", ofPolicy)),
			needs: commands.ChooseWorkflow{}.Needs(), input: inputs{
				"org": org, "revision": must(gql.Int, "The revision of the policy you saw; 0 where there was none."), "kind": must(s.reviewed, "Of questions or of lessons."),
				"subject":  in(gql.String, "学科; of all that have no choice of their own where it is not given. Lessons have none."),
				"workflow": in(gql.String, "Name and version; the choice is taken back where it is not given."),
			}, do: func(c call, a args) (*outcome, error) {
				revision, err := a.revisionOrNone()
				if err != nil {
					return nil, err
				}
				o, err := c.carry(commands.ChooseWorkflow{Org: a.text("org"), Revision: revision, Kind: choice(a, "kind", workflow.Kind("")),
					Subject: a.text("subject"), Workflow: a.text("workflow")})
				o.org = a.text("org")
				return o, err
			}},
	}
}

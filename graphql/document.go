package graphql

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	gql "github.com/graphql-go/graphql"

	"qbank/domain/access"
	"qbank/domain/fault"
	"qbank/graphql/engine"
	"qbank/internal/documents"
)

// maxDocuments bounds how many documents are registered at once.
const maxDocuments = 200

// shelf finds persisted documents: those that the server ships, which are everybody's, and those that the caller's organisation, or one above it, has
// registered. What one organisation registers, another cannot name.
type shelf struct {
	shipped engine.PersistedDocuments
	store   *documents.Store
}

// Document implements engine.Persisted.
func (s *shelf) Document(ctx context.Context, hash string) (string, bool, error) {
	if text, ok := s.shipped[hash]; ok {
		return text, true, nil
	}
	r := requestOf(ctx)
	if r.actor.Scope.Org == "" {
		return "", false, nil
	}
	return s.store.Find(ctx, r.actor.Scope.Org, hash)
}

// ship takes in the documents of the server's own folder, each of which must be good for this schema.
func (d *Door) ship(e *engine.Engine, shelf *shelf) error {
	for _, document := range d.Documents {
		if err := e.Check(document.Text); err != nil {
			return fmt.Errorf("the document %s: %w", document.Name, err)
		}
		shelf.shipped[document.Hash] = document.Text
	}
	return nil
}

// adHoc refuses documents that are not persisted, where only those are served, to all but who may register them.
func adHoc(ctx context.Context) error {
	if requestOf(ctx).actor.Can(access.ManageAccess) {
		return nil
	}
	return fault.Refuse(fault.Denied, "query.not_persisted", fault.Say("this server answers registered documents only; name one by its hash",
		"此服务器只接受已登记的文档，请使用其哈希"))
}

func (s *schema) documentMutations() []mutation {
	result := payload("RegisterDocumentsPayload", "What the documents are called from now on.",
		show("hashes", many(gql.String), "The SHA-256 of each, in the order given: for documentId, after sha256:, or for extensions.persistedQuery.sha256Hash.",
			func(o *outcome) any { return anys(o.hashes) }))
	document := inputObject("DocumentInput", "A GraphQL document.", inputs{"document": must(gql.String, "The text, byte for byte; at most 16 KiB."), "name": in(gql.String, "What people call it.")})
	return []mutation{{name: "registerDocuments", of: result, needs: access.ManageAccess,
		about: "Registers documents, so that clients of the organisation and below, and no others, may name them by their hash. All are registered or none is; there is no way back.",
		input: inputs{"documents": must(listIn(document), "At most 200.")},
		do: func(c call, a args) (*outcome, error) {
			given := a.objects("documents")
			if len(given) == 0 || len(given) > maxDocuments {
				return nil, fault.Refuse(fault.Limit, "documents.count", fault.Say("1 to %d documents at once", "一次 1 至 %d 个文档", maxDocuments))
			}
			o, list, problems := &outcome{}, make([]documents.Document, len(given)), []fault.Problem(nil)
			for i, g := range given {
				list[i] = documents.Document{Name: g.text("name"), Text: g.text("document")}
				o.hashes = append(o.hashes, engine.Hash(list[i].Text))
				if err := c.engine.Check(list[i].Text); err != nil {
					f := fault.Of(err)
					if f == nil {
						return nil, errors.Join(errors.New("check a document"), err)
					}
					problems = append(problems, fault.Problem{Pointer: "/documents/" + strconv.Itoa(i) + "/document", Code: f.Code, Message: f.Message})
				}
			}
			if len(problems) > 0 {
				return nil, fault.Refuse(fault.Invalid, "documents.invalid", fault.Say("some documents cannot be served", "部分文档无法使用"), problems...)
			}
			return o, c.shelf.store.Register(c.ctx, c.actor.Scope.Org, c.actor.ID, list)
		}}}
}

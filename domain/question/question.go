package question

import (
	"encoding/json"

	"github.com/google/uuid"

	"qbank/domain/content"
	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/qtype"
	"qbank/domain/workflow"
)

// ID is a question's stream.
type ID = uuid.UUID

// importSpace makes ids of imported questions from what names them in their source.
var importSpace = uuid.MustParse("5c7b8a0e-6f0c-5d3e-9a51-3f1d6a4f6a01")

// ImportedID is the id of the question that an organisation imports under a source's item id. The same item always gets
// the same question, so importing twice cannot make two.
func ImportedID(org, source string) ID {
	return uuid.NewSHA1(importSpace, []byte(org+"\x00"+source))
}

// Rules is what a decision asks of a question type.
type Rules interface {
	Ref() qtype.Ref
	Check(doc any) []fault.Problem
}

// Question is as much of the history as decisions need.
type Question struct {
	Revision  int // number of events
	Code      Code
	Org       string
	State     workflow.State
	Workflow  workflow.Workflow // pinned at submission
	Draft     Draft
	Metadata  Metadata
	Submitted content.Hash // what waits for approval
	Approved  content.Hash // what reviewers agreed to
	Latest    int          // number of the newest version, 0 before the first
	Published content.Hash // content of the newest version
	Origin    *Origin      // of the newest import that changed it
}

// Draft is the content being worked on.
type Draft struct {
	Type    qtype.Ref
	Content any
	Hash    content.Hash
}

// Exists reports whether anything has happened yet.
func (q Question) Exists() bool { return q.Revision > 0 }

// Create starts a question. An incomplete draft is welcome; publishing demands validity.
func (q Question) Create(code Code, org string, draft Draft, m Metadata, origin *Origin) ([]event.Event, error) {
	if q.Exists() {
		return nil, fault.Refuse(fault.Conflict, "question.exists", fault.Say("the question exists already", "题目已存在"))
	}
	m, err := m.Tidy()
	if err != nil {
		return nil, err
	}
	if err := isObject(draft.Content); err != nil {
		return nil, err
	}
	raw := content.Canonical(draft.Content)
	return []event.Event{Created{Code: code, Org: org, Type: draft.Type, Content: raw, Hash: content.HashBytes(raw), Metadata: m, Origin: origin}}, nil
}

// Edit makes a document the draft. seen is the draft as the editor first saw it, so that two people who change different
// fields both keep their work; where they changed the same field the fault "question.merge_conflict" shows both.
func (q Question) Edit(seen, edited Draft, origin *Origin) ([]event.Event, error) {
	if err := q.allow(workflow.Edit); err != nil {
		return nil, err
	}
	if err := isObject(edited.Content); err != nil {
		return nil, err
	}
	merged, conflicts := content.Merge(seen.Content, q.Draft.Content, edited.Content)
	typ := edited.Type
	if edited.Type == seen.Type {
		typ = q.Draft.Type
	} else if q.Draft.Type != seen.Type && q.Draft.Type != edited.Type {
		conflicts = append(conflicts, content.Conflict{Pointer: "", Base: seen.Type.String(), Ours: q.Draft.Type.String(), Theirs: edited.Type.String()})
	}
	if len(conflicts) > 0 {
		return nil, fault.Refuse(fault.Conflict, "question.merge_conflict",
			fault.Say("others changed the same fields; decide which to keep", "他人修改了相同的字段，请选择保留哪一个"),
			mergeProblems(conflicts)...).With("conflicts", conflicts).With("revision", q.Revision)
	}
	return q.change(Draft{Type: typ, Content: merged}, Edited{Origin: origin})
}

// Restore makes an earlier content the draft again. from is the revision it is taken from.
func (q Question) Restore(past Draft, from int) ([]event.Event, error) {
	if err := q.allow(workflow.Edit); err != nil {
		return nil, err
	}
	return q.change(past, Edited{RestoredFrom: from})
}

// Overwrite makes a document the draft whatever stood there: the source of an import is the authority on its item.
func (q Question) Overwrite(draft Draft, m Metadata, origin *Origin) ([]event.Event, error) {
	if err := q.allow(workflow.Edit); err != nil {
		return nil, err
	}
	events, err := q.change(draft, Edited{Origin: origin})
	if err != nil {
		return nil, err
	}
	described, err := q.describe(m, origin)
	return append(events, described...), err
}

func (q Question) change(to Draft, e Edited) ([]event.Event, error) {
	to.Hash = content.HashOf(to.Content)
	if to.Hash == q.Draft.Hash && to.Type == q.Draft.Type {
		return nil, nil // nothing changed: nothing happened
	}
	e.Changes, e.Hash = content.Diff(q.Draft.Content, to.Content), to.Hash
	if to.Type != q.Draft.Type {
		e.Type = &to.Type
	}
	return []event.Event{e}, nil
}

// Describe replaces the metadata. It asks for no review: students never see it.
func (q Question) Describe(m Metadata) ([]event.Event, error) {
	if q.State == workflow.Withdrawn || !q.Exists() {
		return nil, q.allow(workflow.Edit)
	}
	return q.describe(m, nil)
}

func (q Question) describe(m Metadata, origin *Origin) ([]event.Event, error) {
	m, err := m.Tidy()
	if err != nil || m.Hash() == q.Metadata.Hash() {
		return nil, err
	}
	return []event.Event{Described{Metadata: m, Hash: m.Hash(), Origin: origin}}, nil
}

// Submit asks for review of the draft as it stands, which must be valid.
func (q Question) Submit(rules Rules, flow workflow.Workflow, note string) ([]event.Event, error) {
	if err := q.allow(workflow.Submit); err != nil {
		return nil, err
	}
	if err := q.valid(rules); err != nil {
		return nil, err
	}
	if q.Latest > 0 && q.Draft.Hash == q.Published {
		return nil, fault.Refuse(fault.Conflict, "question.unchanged",
			fault.Say("the draft is what was published last", "草稿与已发布的版本相同"))
	}
	return []event.Event{Submitted{Type: q.Draft.Type, Content: content.Canonical(q.Draft.Content), Hash: q.Draft.Hash, Workflow: flow.Name, Note: note}}, nil
}

// Approve agrees to one content, by its hash: what the reviewer saw.
func (q Question) Approve(seen content.Hash, by, note string) ([]event.Event, error) {
	if err := q.reviewable(workflow.Approve, seen); err != nil {
		return nil, err
	}
	return []event.Event{Approved{Hash: seen, By: by, Note: note}}, nil
}

// Return sends the submission back with a reason.
func (q Question) Return(seen content.Hash, by, reason string) ([]event.Event, error) {
	if err := q.reviewable(workflow.Return, seen); err != nil {
		return nil, err
	}
	if reason == "" {
		return nil, needsReason()
	}
	return []event.Event{Returned{Hash: seen, By: by, Reason: reason}}, nil
}

// Publish makes the approved draft the next version. rules is the type version the draft is written for.
func (q Question) Publish(kind Kind, rules Rules) ([]event.Event, error) {
	if kind != Erratum && kind != Revision {
		return nil, fault.Refuse(fault.Invalid, "question.kind", fault.Say("a version is an erratum or a revision", "版本类型应为勘误或改版"))
	}
	if q.Approved == "" || q.Approved != q.Draft.Hash {
		return nil, fault.Refuse(fault.Conflict, "question.not_approved",
			fault.Say("publishing needs an approval of exactly this content", "发布需要对当前内容的审核通过")).With("state", string(q.State))
	}
	if err := q.allow(workflow.Publish); err != nil {
		return nil, err
	}
	if err := q.valid(rules); err != nil {
		return nil, err
	}
	if q.Latest == 0 {
		kind = Revision // the first version corrects nothing
	}
	return []event.Event{Published{Version: q.Latest + 1, Kind: kind, Type: q.Draft.Type, Content: content.Canonical(q.Draft.Content),
		Hash: q.Draft.Hash, Workflow: q.Workflow.Name}}, nil
}

// Retire takes the question out of use.
func (q Question) Retire(reason string) ([]event.Event, error) {
	if err := q.allow(workflow.Retire); err != nil {
		return nil, err
	}
	if reason == "" {
		return nil, needsReason()
	}
	return []event.Event{Retired{Reason: reason}}, nil
}

// Reinstate brings a retired question back as a draft.
func (q Question) Reinstate(reason string) ([]event.Event, error) {
	if err := q.allow(workflow.Reinstate); err != nil {
		return nil, err
	}
	return []event.Event{Reinstated{Reason: reason}}, nil
}

// Withdraw gives up a question that was never published. batch names the import that is undone, if that is why.
func (q Question) Withdraw(reason, batch string) ([]event.Event, error) {
	if q.State == workflow.Withdrawn {
		return nil, nil
	}
	if q.Latest > 0 {
		return nil, fault.Refuse(fault.Conflict, "question.published",
			fault.Say("it was published: retire it instead", "题目已发布过，请改为停用"))
	}
	if err := q.allow(workflow.Withdraw); err != nil {
		return nil, err
	}
	return []event.Event{Withdrawn{Reason: reason, Batch: batch}}, nil
}

// Revive brings a withdrawn question back with a new draft: its source is imported again.
func (q Question) Revive(draft Draft, m Metadata, origin *Origin) ([]event.Event, error) {
	if q.State != workflow.Withdrawn {
		return q.Overwrite(draft, m, origin)
	}
	events, err := q.change(draft, Edited{Origin: origin})
	if err != nil {
		return nil, err
	}
	if len(events) == 0 { // the content came back unchanged; the edit still is what happened
		events = []event.Event{Edited{Changes: nil, Hash: q.Draft.Hash, Origin: origin}}
	}
	described, err := q.describe(m, origin)
	return append(events, described...), err
}

func (q Question) allow(action workflow.Action) error {
	if !q.Exists() {
		return fault.Refuse(fault.NotFound, "question.not_found", fault.Say("there is no such question", "没有这道题目"))
	}
	if _, ok := q.Workflow.Next(q.State, action); !ok {
		return fault.Refuse(fault.Conflict, "question.state",
			fault.Say("a question that is %s does not allow %s", "状态为 %s 的题目不允许 %s", q.State, action)).
			With("state", string(q.State)).With("allowed", q.Workflow.Allowed(q.State))
	}
	return nil
}

func (q Question) reviewable(action workflow.Action, seen content.Hash) error {
	if err := q.allow(action); err != nil {
		return err
	}
	if seen != q.Draft.Hash {
		return fault.Refuse(fault.Conflict, "question.content_changed",
			fault.Say("the content is no longer the one you saw; review it again", "内容已不是您所看到的，请重新审核")).
			With("hash", string(q.Draft.Hash)).With("revision", q.Revision)
	}
	return nil
}

func (q Question) valid(rules Rules) error {
	if problems := rules.Check(q.Draft.Content); len(problems) > 0 {
		return fault.Refuse(fault.Invalid, "question.invalid", fault.Say("the content is not complete or not valid", "内容不完整或无效"), problems...)
	}
	return nil
}

// Apply folds one event. Events are facts: it cannot fail.
func (q Question) Apply(e event.Event) Question {
	q.Revision++
	switch e := e.(type) {
	case Created:
		q.Code, q.Org, q.Metadata, q.Origin = e.Code, e.Org, e.Metadata, e.Origin
		q.State, q.Workflow = workflow.Draft, workflow.SingleReview
		q.Draft = Draft{Type: e.Type, Content: document(e.Content), Hash: e.Hash}
	case Edited:
		if next, err := content.ApplyChanges(q.Draft.Content, e.Changes); err == nil {
			q.Draft.Content = next
		}
		q.Draft.Hash = e.Hash
		if e.Type != nil {
			q.Draft.Type = *e.Type
		}
		q.State, q.Submitted, q.Approved = workflow.Draft, "", ""
		q.remember(e.Origin)
	case Described:
		q.Metadata = e.Metadata
		q.remember(e.Origin)
	case Submitted:
		q.State, q.Submitted, q.Approved = workflow.InReview, e.Hash, ""
		q.Workflow, _ = workflow.ByName(e.Workflow)
	case Approved:
		q.State, q.Approved = workflow.Approved, e.Hash
	case Returned:
		q.State, q.Submitted, q.Approved = workflow.Draft, "", ""
	case Published:
		q.State, q.Latest, q.Published = workflow.Published, e.Version, e.Hash
		q.Submitted, q.Approved = "", ""
	case Retired:
		q.State = workflow.Retired
	case Reinstated:
		q.State = workflow.Draft
	case Withdrawn:
		q.State = workflow.Withdrawn
	}
	return q
}

func (q *Question) remember(origin *Origin) {
	if origin != nil {
		q.Origin = origin
	}
}

// document reads content that an event carries; Decode let it in once.
func document(raw json.RawMessage) any {
	var doc any
	_ = json.Unmarshal(raw, &doc)
	return doc
}

func isObject(doc any) error {
	if _, ok := doc.(map[string]any); !ok {
		return fault.Refuse(fault.Invalid, "question.content", fault.Say("the content is a JSON object", "题目内容应为 JSON 对象"))
	}
	return nil
}

func needsReason() error {
	return fault.Refuse(fault.Invalid, "reason.missing", fault.Say("give a reason", "请填写原因"),
		fault.Problem{Pointer: "/reason", Code: "required", Message: fault.Say("give a reason", "请填写原因")})
}

func mergeProblems(conflicts []content.Conflict) []fault.Problem {
	problems := make([]fault.Problem, len(conflicts))
	for i, c := range conflicts {
		problems[i] = fault.Problem{Pointer: c.Pointer, Code: "merge_conflict",
			Message: fault.Say("changed by others too", "他人也修改了此处")}
	}
	return problems
}

package question

import (
	"encoding/json"

	"github.com/google/uuid"

	"qbank/domain/content"
	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/qtype"
	"qbank/domain/text"
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
	Rescores(before, after any) bool // one content may be scored otherwise than another
}

// Question is as much of the history as decisions need.
type Question struct {
	Revision  int // number of events
	Code      Code
	Org       string
	State     workflow.State
	Standing  workflow.Standing // how far the submission has come
	Draft     Draft
	Metadata  Metadata
	Approved  content.Hash // what reviewers agreed to
	Latest    int          // number of the newest version, 0 before the first
	Published content.Hash // content of the newest version
	subject   string       // that the newest version was published under
	written   qtype.Ref    // type version of the newest version
	live      any          // and its content
	Origin    *Origin      // of the newest import that changed it
}

// Draft is the content being worked on. A content that its history no longer leads to is nil.
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
	raw, err := canonical(draft.Content)
	if err != nil {
		return nil, err
	}
	return []event.Event{Created{Code: code, Org: org, Type: draft.Type, Content: raw, Hash: content.HashBytes(raw), Metadata: m, Origin: origin}}, nil
}

// Edit makes a document the draft. seen is the draft as the editor first saw it, so that two people who change different
// fields both keep their work; where they changed the same field the fault "question.merge_conflict" shows both.
func (q Question) Edit(seen, edited Draft, origin *Origin) ([]event.Event, error) {
	return q.merge(seen, edited, Edited{Origin: origin})
}

func (q Question) merge(seen, edited Draft, as Edited) ([]event.Event, error) {
	if err := q.allow(workflow.Edit); err != nil {
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
	return q.change(Draft{Type: typ, Content: merged}, as)
}

// Take makes a change that somebody suggested an edit, as Edit would.
func (q Question) Take(seen, suggested Draft, by string) ([]event.Event, error) {
	return q.merge(seen, suggested, Edited{SuggestedBy: by})
}

// Revert takes back what led from before to after, and keeps what others changed since: of the content, fields that both changed are a
// conflict, as in Edit; of the metadata, they stay. The question has the origin of before again, so that the source of what
// is taken back can be imported again.
func (q Question) Revert(before, after Question) ([]event.Event, error) {
	events, err := q.Edit(after.Draft, before.Draft, before.Origin)
	if err != nil {
		return nil, err
	}
	metadata := q.Metadata.revert(before.Metadata, after.Metadata)
	described, err := q.describe(metadata, before.Origin)
	if err != nil {
		return nil, err
	}
	events = append(events, described...)
	if len(events) == 0 && before.Origin != nil && q.Origin != nil && *q.Origin != *before.Origin {
		events = []event.Event{Described{Metadata: q.Metadata, Hash: q.Metadata.Hash(), Origin: before.Origin}}
	}
	return events, nil
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
	raw, err := canonical(to.Content)
	if err != nil {
		return nil, err
	}
	to.Hash = content.HashBytes(raw)
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

// Publish makes the approved draft the next version. rules is the type version the draft is written for.
func (q Question) Publish(kind Kind, rules Rules) ([]event.Event, error) {
	if kind != Erratum && kind != Revision {
		return nil, unknownKind()
	}
	if q.Approved == "" || q.Approved != q.Draft.Hash {
		return nil, fault.Refuse(fault.Conflict, "question.not_approved",
			fault.Say("publishing needs an approval of exactly this content", "发布需要对当前内容的审核通过")).With("state", string(q.State))
	}
	if err := q.allow(workflow.Publish); err != nil {
		return nil, err
	}
	if q.Standing.Review.Lane == workflow.ErrataLane && kind != Erratum {
		return nil, fault.Refuse(fault.Conflict, "question.lane",
			fault.Say("it was reviewed in the fast lane: publish it as an erratum, or submit it again", "它经勘误快速通道审核，只能作为勘误发布，或重新提交"))
	}
	if err := q.valid(rules); err != nil {
		return nil, err
	}
	if q.Latest == 0 {
		kind = Revision // the first version corrects nothing
	}
	return []event.Event{Published{Version: q.Latest + 1, Kind: kind, Type: q.Draft.Type, Content: content.Canonical(q.Draft.Content),
		Hash: q.Draft.Hash, Workflow: q.Standing.Review.Workflow}}, nil
}

// Retire takes the question out of use.
func (q Question) Retire(r Retired) ([]event.Event, error) {
	if err := q.allow(workflow.Retire); err != nil {
		return nil, err
	}
	if err := text.CheckReason(r.Reason); err != nil {
		return nil, err
	}
	return []event.Event{r}, nil
}

// Reinstate brings a retired question back as a draft.
func (q Question) Reinstate(reason string) ([]event.Event, error) {
	if err := q.allow(workflow.Reinstate); err != nil {
		return nil, err
	}
	if err := text.CheckNote("/reason", reason); err != nil {
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
			fault.Say("it was published, so it is not given up as a whole: edit the draft to take it back from review, or retire the question to take it out of use",
				"题目已发布过，不能整体撤回：编辑草稿即可从审核中收回；若要停用，请执行停用操作"))
	}
	if err := q.allow(workflow.Withdraw); err != nil {
		return nil, err
	}
	if err := text.CheckNote("/reason", reason); err != nil {
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
	if q.Draft.Content == nil {
		return fault.Refuse(fault.Internal, "question.damaged",
			fault.Say("the history of this question does not lead to its draft; report it", "该题目的历史无法还原草稿，请联系管理员"))
	}
	if _, ok := q.Standing.Review.Bans.Next(q.State, action); !ok {
		return fault.Refuse(fault.Conflict, "question.state",
			fault.Say("a question that is %s does not allow %s", "状态为 %s 的题目不允许 %s", q.State, action)).
			With("state", string(q.State)).With("allowed", q.Standing.Review.Bans.Allowed(q.State))
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
		q.State = workflow.Draft
		q.Draft = Draft{Type: e.Type, Content: document(e.Content), Hash: e.Hash}
	case Edited:
		// A change that does not fit leaves no content rather than a wrong one: decisions then refuse.
		q.Draft.Content, _ = content.ApplyChanges(q.Draft.Content, e.Changes)
		q.Draft.Hash = e.Hash
		if e.Type != nil {
			q.Draft.Type = *e.Type
		}
		q.enter(workflow.Draft)
		q.remember(e.Origin)
	case Described:
		q.Metadata = e.Metadata
		q.remember(e.Origin)
	case Submitted:
		q.enter(workflow.InReview)
		q.Standing = q.Standing.Submit(workflow.Read(e.Review, e.Workflow), e.Hash, e.Authors)
	case Approved:
		q.Standing = q.Standing.Approved(e.Step, e.By)
		if e.Waits == "" {
			q.State, q.Approved = workflow.Approved, e.Hash
		}
	case Assigned:
		q.Standing = q.Standing.With(e.Given)
	case Unassigned:
		q.Standing = q.Standing.Without(e.Ended)
	case Returned, Reinstated:
		q.enter(workflow.Draft)
	case Published:
		q.enter(workflow.Published)
		q.Standing = workflow.Standing{} // what was drawn is over, too
		q.Latest, q.Published, q.written, q.live, q.subject = e.Version, e.Hash, e.Type, q.Draft.Content, q.Metadata.Subject
	case Retired:
		q.enter(workflow.Retired)
	case Withdrawn:
		q.enter(workflow.Withdrawn)
	}
	return q
}

// enter moves to a state in which nothing is approved.
func (q *Question) enter(to workflow.State) {
	q.State, q.Approved, q.Standing = to, "", q.Standing.Leave()
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

// canonical writes a draft's content, which is a JSON object within the bounds of what can be read again.
func canonical(doc any) ([]byte, error) {
	if _, ok := doc.(map[string]any); !ok {
		return nil, fault.Refuse(fault.Invalid, "question.content", fault.Say("the content is a JSON object", "题目内容应为 JSON 对象"))
	}
	raw := content.Canonical(doc)
	if limit := content.DefaultLimits.Bytes; len(raw) > limit {
		return nil, fault.Refuse(fault.Limit, "question.too_large",
			fault.Say("the content has %d bytes, the limit is %d", "题目内容有 %d 字节，上限为 %d", len(raw), limit))
	}
	if work := listWork(doc); work > maxListWork {
		return nil, fault.Refuse(fault.Limit, "question.too_large",
			fault.Say("the lists of the content are too long; no list may have more than some hundred items", "题目内容中的列表过长，每个列表最多数百项"))
	}
	return raw, nil
}

// maxListWork bounds what comparing two versions of a content can cost: one list of a thousand items, or ten of three hundred.
const maxListWork = 1_000_000

// listWork is the sum of the squares of the lengths of all lists: the steps it takes to follow every item to its place.
func listWork(doc any) (work int) {
	switch t := doc.(type) {
	case map[string]any:
		for _, member := range t {
			work += listWork(member)
		}
	case []any:
		work = len(t) * len(t)
		for _, item := range t {
			work += listWork(item)
		}
	}
	return work
}

func mergeProblems(conflicts []content.Conflict) []fault.Problem {
	problems := make([]fault.Problem, len(conflicts))
	for i, c := range conflicts {
		problems[i] = fault.Problem{Pointer: c.Pointer, Code: "merge_conflict",
			Message: fault.Say("changed by others too", "他人也修改了此处")}
	}
	return problems
}

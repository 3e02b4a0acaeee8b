package knowledge

import (
	"github.com/google/uuid"

	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/text"
)

var treeSpace = uuid.MustParse("6f2c4d61-7f50-5d0e-8d7c-0b7f5b9d5e05")

// TreeID is the tree of a subject in an organisation.
func TreeID(org, subject string) uuid.UUID {
	return uuid.NewSHA1(treeSpace, []byte(org+"\x00"+subject))
}

// Point is a node of a tree.
type Point struct {
	ID      uuid.UUID `json:"id"`
	Parent  uuid.UUID `json:"parent,omitzero"` // zero: at the top
	Title   string    `json:"title"`
	Order   int       `json:"order"` // among its siblings; equals sort by title
	Retired bool      `json:"retired,omitempty"`
}

// TreeCreated starts a subject's tree.
type TreeCreated struct {
	Org     string `json:"org"`
	Subject string `json:"subject"`
}

// PointKept adds a point, or changes its title, place or order.
type PointKept struct {
	Point Point `json:"point"`
}

// PointRetired takes a point out of use; what is filed under it stays.
type PointRetired struct {
	ID uuid.UUID `json:"id"`
}

// TreePublished makes the working tree an immutable, numbered version.
type TreePublished struct {
	Version int     `json:"version"`
	Points  []Point `json:"points"` // parents before children
}

// Name returns the event's type.
func (TreeCreated) Name() string { return "knowledge.tree_created" }

// Name returns the event's type.
func (PointKept) Name() string { return "knowledge.point_kept" }

// Name returns the event's type.
func (PointRetired) Name() string { return "knowledge.point_retired" }

// Name returns the event's type.
func (TreePublished) Name() string { return "knowledge.tree_published" }

// Events defines every event of a tree.
var Events = []event.Definition{
	event.Define[TreeCreated](), event.Define[PointKept](), event.Define[PointRetired](), event.Define[TreePublished](),
}

// The bounds of a tree.
const (
	maxPoints  = 20_000
	maxDepth   = 12
	maxSubject = 100       // characters
	maxOrder   = 1_000_000 // either side of zero
)

// Tree is the working tree.
type Tree struct {
	Revision int
	Org      string
	Subject  string
	Points   map[uuid.UUID]Point
	Latest   int // newest published version
	order    []uuid.UUID
}

// Create starts the tree; nothing happens where it exists.
func (t Tree) Create(org, subject string) ([]event.Event, error) {
	if problems := text.Check("/subject", subject, 1, maxSubject); len(problems) > 0 {
		return nil, fault.Refuse(fault.Invalid, "knowledge.subject",
			fault.Say("a subject of 1 to %d characters is needed", "学科名称长度应为 1 到 %d 个字符", maxSubject), problems...)
	}
	if t.Revision > 0 {
		return nil, nil
	}
	return []event.Event{TreeCreated{Org: org, Subject: subject}}, nil
}

// Add adds a point, whose id is new. A parent must be there.
func (t Tree) Add(p Point) ([]event.Event, error) {
	_, known := t.Points[p.ID]
	switch {
	case t.Revision == 0:
		return nil, t.missing()
	case p.ID == uuid.Nil || known:
		return nil, t.noPoint()
	case len(t.Points) >= maxPoints:
		return nil, refuse("/point", "knowledge.too_many", fault.Say("the tree has its %d points already", "知识点已达 %d 个", maxPoints))
	}
	return t.put(p, false)
}

// Keep changes a point of the tree; a retired one is in use again. No point may come to stand below itself. What is not in the tree is not
// added: nobody chooses an id, which might stand in another tree.
func (t Tree) Keep(p Point) ([]event.Event, error) {
	before, known := t.Points[p.ID]
	p.Retired = false
	switch {
	case t.Revision == 0:
		return nil, t.missing()
	case !known:
		return nil, t.noPoint()
	case before == p:
		return nil, nil
	}
	return t.put(p, true)
}

func (t Tree) put(p Point, known bool) ([]event.Event, error) {
	p.Retired = false
	if p.Order < -maxOrder || p.Order > maxOrder {
		return nil, refuse("/order", "knowledge.order", fault.Say("an order of at most %d either side of 0", "排序值的绝对值不超过 %d", maxOrder))
	}
	if problems := text.Check("/title", p.Title, 1, text.Title); len(problems) > 0 {
		return nil, fault.Refuse(fault.Invalid, "knowledge.title",
			fault.Say("a title of 1 to %d characters is needed", "名称长度应为 1 到 %d 个字符", text.Title), problems...)
	}
	if err := t.place(p, known); err != nil {
		return nil, err
	}
	return []event.Event{PointKept{Point: p}}, nil
}

// place checks where a point is to stand, with all that stands below it.
func (t Tree) place(p Point, known bool) error {
	depth := 1
	for up := p.Parent; up != uuid.Nil; depth++ {
		parent, there := t.Points[up]
		switch {
		case up == p.ID:
			return refuse("/parent", "knowledge.cycle", fault.Say("a point cannot stand below itself", "知识点不能位于自身之下"))
		case !there:
			return refuse("/parent", "knowledge.parent", fault.Say("the parent is not in the tree", "上级知识点不存在"))
		}
		up = parent.Parent
	}
	if known && t.Points[p.ID].Parent != p.Parent {
		depth += t.below(p.ID)
	}
	if depth > maxDepth {
		return refuse("/parent", "knowledge.too_deep", fault.Say("the tree is at most %d levels deep", "知识点树最多 %d 层", maxDepth))
	}
	return nil
}

// below counts the levels under a point.
func (t Tree) below(id uuid.UUID) int {
	deepest := 0
	for _, p := range t.Points {
		level := 1
		for up := p.Parent; up != uuid.Nil; level++ {
			if up == id {
				deepest = max(deepest, level)
				break
			}
			up = t.Points[up].Parent
		}
	}
	return deepest
}

// Retire takes a point out of use.
func (t Tree) Retire(id uuid.UUID) ([]event.Event, error) {
	p, known := t.Points[id]
	switch {
	case t.Revision == 0:
		return nil, t.missing()
	case !known:
		return nil, t.noPoint()
	case p.Retired:
		return nil, nil
	}
	return []event.Event{PointRetired{ID: id}}, nil
}

// Publish makes the working tree a version.
func (t Tree) Publish() ([]event.Event, error) {
	if t.Revision == 0 {
		return nil, t.missing()
	}
	points := make([]Point, 0, len(t.Points))
	done := map[uuid.UUID]bool{uuid.Nil: true}
	for len(points) < len(t.order) { // parents first; each round places at least one level
		for _, id := range t.order {
			if p := t.Points[id]; !done[id] && done[p.Parent] {
				points, done[id] = append(points, p), true
			}
		}
	}
	return []event.Event{TreePublished{Version: t.Latest + 1, Points: points}}, nil
}

func (t Tree) missing() error {
	return fault.Refuse(fault.NotFound, "knowledge.not_found", fault.Say("there is no tree for this subject", "该学科还没有知识点树"))
}

func (t Tree) noPoint() error {
	return refuse("/point", "knowledge.point", fault.Say("the point is not in the tree", "知识点不存在"))
}

func refuse(pointer, code string, message fault.Text) error {
	return fault.Refuse(fault.Invalid, code, message, fault.Problem{Pointer: pointer, Code: code, Message: message})
}

// Apply folds one event. It consumes its receiver: the map goes on in the result.
func (t Tree) Apply(e event.Event) Tree {
	t.Revision++
	switch e := e.(type) {
	case TreeCreated:
		t.Org, t.Subject, t.Points = e.Org, e.Subject, map[uuid.UUID]Point{}
	case PointKept:
		if _, known := t.Points[e.Point.ID]; !known {
			t.order = append(t.order, e.Point.ID)
		}
		t.Points[e.Point.ID] = e.Point
	case PointRetired:
		p := t.Points[e.ID]
		p.Retired = true
		t.Points[e.ID] = p
	case TreePublished:
		t.Latest = e.Version
	}
	return t
}

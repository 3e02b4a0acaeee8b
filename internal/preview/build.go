package preview

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	lru "github.com/hashicorp/golang-lru/v2"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/fault"
	"qbank/domain/lesson"
	"qbank/domain/qtype"
	"qbank/domain/question"
	"qbank/domain/scoring"
	"qbank/eventstore"
)

// built is what pins lead to, ready to be shown and scored.
type built struct {
	plan  lesson.Plan // of a lesson
	items []item
}

// item is one question as it is shown.
type item struct {
	slot             lesson.Slot
	question         uuid.UUID
	version          int // 0: a draft
	revision         int
	typ              *qtype.Type
	public, solution any
	orders           map[string][]string
	max              scoring.Mark
	problems         []fault.Problem // that keep a draft from being published, and so from being marked
	scorer           scoring.Scorer  // nil with problems
}

// cachedStages bounds what a process keeps: someone who answers asks for the same again and again.
const cachedStages = 64

type cache struct{ *lru.Cache[string, *built] }

func newCache() (*cache, error) {
	c, err := lru.New[string, *built](cachedStages)
	return &cache{c}, err
}

// build finds what pins lead to, which never changes.
func (s *Stage) build(ctx context.Context, pins Pins) (*built, error) {
	key := pins.key()
	if known, ok := s.built.Get(key); ok {
		return known, nil
	}
	var b *built
	var err error
	if pins.Question != uuid.Nil {
		b, err = s.buildQuestion(ctx, pins)
	} else {
		b, err = s.buildLesson(ctx, pins)
	}
	if err != nil {
		return nil, err
	}
	s.built.Add(key, b)
	return b, nil
}

// alone is the name of the only place, and what it is worth, where a question is shown without a lesson.
const alone = "q"

func (s *Stage) buildQuestion(ctx context.Context, pins Pins) (*built, error) {
	recorded, err := s.log.ReadStream(ctx, pins.Question, eventstore.Range{To: pins.Revision})
	if err != nil {
		return nil, fmt.Errorf("read a question: %w", err)
	}
	shown, err := s.item(ctx, pins.Org, recorded, pins.Version)
	if err != nil {
		return nil, err
	}
	shown.slot, shown.question, shown.max = alone, pins.Question, scoring.OneMark
	shown.orders = commands.ShownOrders(shown.typ, shown.public, pins.Seed, 0)
	return &built{items: []item{shown}}, nil
}

func (s *Stage) buildLesson(ctx context.Context, pins Pins) (*built, error) {
	recorded, err := s.log.ReadStream(ctx, pins.Lesson, eventstore.Range{To: pins.Revision})
	if err != nil {
		return nil, fmt.Errorf("read a lesson: %w", err)
	}
	plan, err := s.plan(recorded, pins)
	if err != nil {
		return nil, err
	}
	b := &built{plan: plan}
	for some := range slices.Chunk(placesOf(plan, pins), readAtOnce) {
		ids := make([]uuid.UUID, len(some))
		for k, place := range some {
			ids[k] = place.Question
		}
		streams, err := s.log.ReadStreams(ctx, ids)
		if err != nil {
			return nil, fmt.Errorf("read the questions of a lesson: %w", err)
		}
		for _, place := range some {
			history, version := until(streams[place.Question], pins), place.Version
			if version == 0 {
				version = s.newest(history)
			}
			shown, err := s.item(ctx, pins.Org, history, version)
			if err != nil {
				return nil, err
			}
			shown.slot, shown.question, shown.max = place.Slot, place.Question, place.Max
			if plan.Shuffle {
				shown.orders = place.orders(shown.typ, shown.public)
			}
			b.items = append(b.items, shown)
		}
	}
	return b, nil
}

// place is where a lesson has a question.
type place struct {
	lesson.Item
	orders func(typ *qtype.Type, public any) map[string][]string // where the lesson shuffles
}

// placesOf lists the places of a lesson that are not taken down, those that were drawn behind those that everybody gets.
func placesOf(plan lesson.Plan, pins Pins) []place {
	var places []place
	for i, item := range plan.Items {
		if i < len(pins.Frozen) {
			if item.Version = pins.Frozen[i]; item.Version == 0 {
				continue
			}
		}
		places = append(places, place{item, func(typ *qtype.Type, public any) map[string][]string {
			return commands.ShownOrders(typ, public, pins.Seed, i)
		}})
	}
	count := map[int]int{} // by draw
	for _, d := range pins.Drawn {
		draw := plan.Draws[d[0]]
		count[d[0]]++
		item := lesson.Item{Slot: draw.Slot(count[d[0]]), Question: draw.Pool[d[1]].Question, Version: d[2], Max: draw.Max}
		places = append(places, place{item, func(typ *qtype.Type, public any) map[string][]string {
			return commands.DrawnOrders(typ, public, pins.Seed, item.Slot)
		}})
	}
	return places
}

// readAtOnce bounds how many histories are in memory together.
const readAtOnce = 50

func (s *Stage) plan(recorded []eventstore.Recorded, pins Pins) (lesson.Plan, error) {
	var state lesson.Lesson
	for _, r := range recorded {
		e, err := s.codec.Decode(r.Type, r.SchemaVersion, r.Data)
		if err != nil {
			return lesson.Plan{}, err
		}
		if p, is := e.(lesson.Published); is && pins.Version > 0 && p.Version == pins.Version {
			return p.Plan, nil
		}
		state = state.Apply(e)
	}
	if len(recorded) == 0 || pins.Version > 0 {
		return lesson.Plan{}, notFound("lesson", "讲次")
	}
	return state.Plan, nil
}

// until cuts a history off where the pins do.
func until(recorded []eventstore.Recorded, pins Pins) []eventstore.Recorded {
	for i, r := range recorded {
		if r.Position > pins.Position || (pins.Moment > 0 && r.RecordedAt.After(time.UnixMicro(pins.Moment))) {
			return recorded[:i]
		}
	}
	return recorded
}

// newest is the number of the last version of a history; 0 where nothing was published.
func (s *Stage) newest(recorded []eventstore.Recorded) int {
	for _, r := range slices.Backward(recorded) {
		if r.Type == (question.Published{}).Name() {
			if e, err := s.codec.Decode(r.Type, r.SchemaVersion, r.Data); err == nil {
				return e.(question.Published).Version
			}
		}
	}
	return 0
}

// item makes a version of a question ready, or its draft (0) at the end of the history. What is not of the organisation does not exist.
func (s *Stage) item(ctx context.Context, org string, recorded []eventstore.Recorded, version int) (item, error) {
	var state question.Question
	var doc any
	typ := qtype.Ref{}
	revision := 0
	for _, r := range recorded {
		e, err := s.codec.Decode(r.Type, r.SchemaVersion, r.Data)
		if err != nil {
			return item{}, err
		}
		state = state.Apply(e)
		if p, is := e.(question.Published); is && p.Version == version {
			typ, revision = p.Type, r.Version
			if err := json.Unmarshal(p.Content, &doc); err != nil {
				return item{}, fmt.Errorf("read version %d of a question: %w", version, err)
			}
		}
	}
	if version == 0 {
		typ, doc, revision = state.Draft.Type, state.Draft.Content, state.Revision
	}
	if !state.Exists() || !access.Covers(org, state.Org) || doc == nil {
		return item{}, notFound("question", "题目")
	}
	rules, err := s.types.Type(ctx, typ)
	if err != nil {
		return item{}, err
	}
	shown := item{version: version, revision: revision, typ: rules, problems: rules.Check(doc)}
	shown.public, shown.solution = rules.Split(doc)
	if len(shown.problems) == 0 {
		if shown.scorer, err = rules.Scorer(rules.Join(shown.public, shown.solution)); err != nil {
			return item{}, fmt.Errorf("prepare a question: %w", err)
		}
	}
	return shown, nil
}

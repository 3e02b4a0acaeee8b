package graphql

import (
	"bytes"
	"encoding/json"
	"strconv"

	gql "github.com/graphql-go/graphql"

	"qbank/domain/content"
	"qbank/domain/cue"
	"qbank/domain/fault"
	"qbank/domain/lesson"
	"qbank/domain/timeline"
	"qbank/graphql/engine"
)

// planInputs declares what a plan is sent as.
func (s *schema) planInputs() {
	item := inputObject("LessonItemInput", "A question in a lesson.", inputs{
		"slot":     must(gql.String, "Name of the place, unique in the lesson."),
		"question": must(gql.ID, "Global id, UUID or code (题号)."),
		"version":  in(gql.Int, "Version of the question; the newest where it is not given."),
		"max":      must(Mark, "Marks for a full answer."),
	})
	s.mediumInput = inputObject("LessonMediumInput", "A recording.", inputs{
		"sha256": must(gql.String, "Hash of the file."), "duration": must(engine.Long, "Milliseconds."), "type": must(gql.String, "Media type, such as video/mp4."),
		"width": in(gql.Int, "Pixels."), "height": in(gql.Int, "Pixels."),
	})
	webpage := inputObject("LessonWebpageInput", "A page elsewhere.", inputs{
		"url": must(gql.String, "Its https address."), "pages": in(gql.Int, "Pages of a courseware, for cues."),
	})
	cueInput := inputObject("LessonCueInput", "Something that happens at a place of a stage.", inputs{
		"id": must(gql.String, "Stable and unique in the stage."), "kind": must(s.cuePlace, "How it is bound."),
		"from": in(engine.Long, "Milliseconds: of a moment when, of a period where it begins."), "to": in(engine.Long, "Milliseconds: where a period ends."),
		"each": in(s.cueRepeat, "Of a moment: which crossings count; ONCE where it is not given."), "page": in(gql.Int, "1, 2, 3 …"),
		"medium": in(gql.String, "Hash of the medium that the time is of; the stage's where it is not given."),
		"plugin": must(gql.String, "Plugin, such as question or question@1.0.0."), "data": in(engine.JSON, "What the plugin's schema describes."),
	})
	stage := inputObject("LessonStageInput", "One part of a lesson; what it holds goes by its kind.", inputs{
		"id": must(gql.String, "Stable and unique in the lesson."), "kind": must(s.stageKind, "What it consists of."), "title": in(gql.String, "Its title."),
		"mode": in(s.lessonMode, "How this segment is taken; as the lesson where it is not given."), "judged": in(s.judged, "Where answers are scored; by the server alone where it is not given."),
		"medium":  in(s.mediumInput, "Of a video."),
		"body":    in(engine.JSON, "Of an article: format (plain, markdown, html), text, and assets (id, sha256), which the text names as asset:<id>."),
		"webpage": in(webpage, "Of a web page."), "slots": in(listIn(gql.String), "Of an interaction: its questions, in order, by slot."),
		"draws": in(listIn(gql.String), "Of an interaction: its draws, by id."), "cues": in(listIn(cueInput), "Of a video or a web page."),
	})
	pooled := inputObject("LessonDrawItemInput", "A question that may be drawn.", inputs{
		"question": must(gql.ID, "Global id, UUID or code (题号)."), "version": in(gql.Int, "Version of the question; the newest where it is not given."),
	})
	draw := inputObject("LessonDrawInput", "Questions of which each student gets some.", inputs{
		"id": must(gql.String, "Stable and unique in the lesson."), "count": must(gql.Int, "How many a student gets."),
		"max": must(Mark, "Marks for a full answer to one of them."), "pool": must(listIn(pooled), "What is drawn from."),
	})
	s.planInput = inputObject("LessonPlanInput", "What a lesson says.", inputs{
		"title": must(gql.String, "Its title."), "items": must(listIn(item), "Its questions, in order."),
		"reveal": in(s.reveal, "When solutions may be seen; AFTER_FINISH where it is not given."), "shuffle": in(gql.Boolean, "Show options in an order of the attempt's own."),
		"maxAttempts":  in(gql.Int, "Attempts a student may start; as many as one likes where it is not given."),
		"mode":         in(s.lessonMode, "Of the stages that have none of their own."),
		"keepVersions": in(gql.Boolean, "An attempt at this exam keeps the versions it started with."),
		"stages":       in(listIn(stage), "Its stages, in order. With stages, each question stands in exactly one, or at one cue."),
		"draws":        in(listIn(draw), "Questions of which each student gets some."),
	})
	s.spanInput = inputObject("MediumSpanInput", "A part of the old medium that the new one keeps. Milliseconds.", inputs{
		"from": must(engine.Long, "Where it begins in the old one."), "to": must(engine.Long, "Where it ends in the old one."), "at": must(engine.Long, "Where it begins in the new one."),
	})
}

func (c call) plan(a args) (lesson.Plan, error) {
	plan := lesson.Plan{Title: a.text("title"), Reveal: choice(a, "reveal", lesson.AfterFinish), MaxAttempts: a.number("maxAttempts"),
		Mode: choice(a, "mode", lesson.Mode("")), Shuffle: a.yes("shuffle"), KeepVersions: a.yes("keepVersions")}
	items, stages, draws := a.objects("items"), a.objects("stages"), a.objects("draws")
	if len(items) > lesson.MaxItems || len(stages) > lesson.MaxStages || len(draws) > lesson.MaxDraws {
		return plan, tooMuch()
	}
	for _, item := range items {
		id, err := c.question(item.text("question"))
		if err != nil {
			return plan, err
		}
		plan.Items = append(plan.Items, lesson.Item{Slot: lesson.Slot(item.text("slot")), Question: id, Version: item.number("version"), Max: item.mark("max")})
	}
	for _, draw := range draws {
		d := lesson.Draw{ID: draw.text("id"), Count: draw.number("count"), Max: draw.mark("max")}
		pool := draw.objects("pool")
		if len(pool) > lesson.MaxPool {
			return plan, tooMuch()
		}
		for _, q := range pool {
			id, err := c.question(q.text("question"))
			if err != nil {
				return plan, err
			}
			d.Pool = append(d.Pool, lesson.Pooled{Question: id, Version: q.number("version")})
		}
		plan.Draws = append(plan.Draws, d)
	}
	for i, object := range stages {
		s, err := stageOf(object)
		if err != nil {
			return plan, below(err, "/plan/stages/"+strconv.Itoa(i))
		}
		plan.Stages = append(plan.Stages, s)
	}
	return plan, nil
}

func tooMuch() error {
	return fault.Refuse(fault.Limit, "lesson.invalid", fault.Say("at most %d questions, %d stages, %d draws from %d questions each and %d cues to a stage",
		"最多 %d 道题目、%d 个环节、%d 个抽题（题池各 %d 道题）、每个环节 %d 个互动点", lesson.MaxItems, lesson.MaxStages, lesson.MaxDraws, lesson.MaxPool, lesson.MaxCues))
}

// below puts a place in front of the places of problems.
func below(err error, at string) error {
	if f := fault.Of(err); f != nil {
		for i := range f.Problems {
			f.Problems[i].Pointer = at + f.Problems[i].Pointer
		}
	}
	return err
}

func stageOf(a args) (lesson.Stage, error) {
	s := lesson.Stage{ID: a.text("id"), Kind: choice(a, "kind", lesson.Kind("")), Title: a.text("title"), Mode: choice(a, "mode", lesson.Mode("")),
		Judged: choice(a, "judged", lesson.Judged("")), Draws: a.texts("draws")}
	for _, slot := range a.texts("slots") {
		s.Slots = append(s.Slots, lesson.Slot(slot))
	}
	if a.has("medium") {
		m := mediumOf(a.object("medium"))
		s.Medium = &m
	}
	if w := a.object("webpage"); w != nil {
		s.Webpage = &lesson.Address{URL: w.text("url"), Pages: w.number("pages")}
	}
	if a.has("body") {
		var err error
		if s.Body, err = bodyOf(a); err != nil {
			return s, err
		}
	}
	cues := a.objects("cues")
	if len(cues) > lesson.MaxCues {
		return s, tooMuch()
	}
	for i, object := range cues {
		c := lesson.Cue{ID: object.text("id"), Medium: content.Hash(object.text("medium")), Task: lesson.Task{Plugin: object.text("plugin")},
			At: lesson.At{Kind: choice(object, "kind", cue.Place("")), From: object.instant("from"), To: object.instant("to"),
				Each: choice(object, "each", lesson.Repeat("")), Page: object.number("page")}}
		if object.has("data") {
			data, err := object.document("data")
			if err != nil {
				return s, below(err, "/cues/"+strconv.Itoa(i))
			}
			var is bool
			if c.Task.Data, is = data.(map[string]any); !is {
				return s, wrongShape("/cues/" + strconv.Itoa(i) + "/data")
			}
		}
		s.Cues = append(s.Cues, c)
	}
	return s, nil
}

func mediumOf(a args) lesson.Medium {
	return lesson.Medium{SHA256: content.Hash(a.text("sha256")), Duration: a.instant("duration"), Type: a.text("type"), Width: a.number("width"), Height: a.number("height")}
}

func bodyOf(a args) (*lesson.Body, error) {
	document, err := a.document("body")
	if err != nil {
		return nil, err
	}
	var body lesson.Body
	decoder := json.NewDecoder(bytes.NewReader(content.Canonical(document)))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&body); err != nil {
		return nil, wrongShape("/body")
	}
	return &body, nil
}

func wrongShape(at string) error {
	return fault.Refuse(fault.Invalid, "lesson.invalid", fault.Say("the lesson is not valid", "讲次无效"), fault.Problem{Pointer: at, Code: "type",
		Message: fault.Say("this has not the expected members", "此处的结构不符合要求")})
}

// cutOf reads an edit list.
func cutOf(spans []args) timeline.Cut {
	cut := make(timeline.Cut, len(spans))
	for i, s := range spans {
		cut[i] = timeline.Span{From: s.instant("from"), To: s.instant("to"), At: s.instant("at")}
	}
	return cut
}

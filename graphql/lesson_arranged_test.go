package graphql_test

import (
	"encoding/binary"
	"strings"
	"testing"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/content"
)

var filmFile, recutFile = movie(10_000), movie(3_000)

// movie is a film without pictures, of so many milliseconds.
func movie(milliseconds uint32) string {
	box := func(name, inside string) string {
		return string(binary.BigEndian.AppendUint32(nil, uint32(8+len(inside)))) + name + inside //nolint:gosec // small
	}
	header := make([]byte, 100)
	binary.BigEndian.PutUint32(header[12:], 1000) // ticks of a second
	binary.BigEndian.PutUint32(header[16:], milliseconds)
	return box("ftyp", "isom\x00\x00\x00\x00") + box("moov", box("mvhd", string(header)))
}

var film, recut = hashOfText(filmFile), hashOfText(recutFile)

func hashOfText(text string) string { return string(content.HashBytes([]byte(text))) }

// filming is a school that has the films.
func filming(t *testing.T) *taught {
	h := teach(t)
	author := h.as(t, access.Author)
	author.upload(filmFile, "film")
	author.upload(recutFile, "film, cut anew")
	return h
}

// arranged is a plan with a stage of every kind: question a at a cue of a video, b in a list beside a draw.
func arranged(a, b string) vars {
	return vars{"title": "Arranged", "mode": "RECORDED", "items": []any{vars{"slot": "a", "question": a, "max": 1}, vars{"slot": "b", "question": b, "max": 2}},
		"draws": []any{vars{"id": "d", "count": 1, "max": 1.5, "pool": []any{vars{"question": a}, vars{"question": b}}}},
		"stages": []any{
			vars{"id": "film", "kind": "VIDEO", "medium": vars{"sha256": film, "duration": 10_000, "type": "video/mp4", "width": 16, "height": 9}, "cues": []any{
				vars{"id": "ask", "kind": "MOMENT", "from": 4_000, "each": "EVERY", "plugin": "question", "data": vars{"slots": []string{"a"}}},
				vars{"id": "hi", "kind": "PERIOD", "from": 0, "to": 2_000, "plugin": "subtitle@1.0.0", "data": vars{"language": "en", "text": "Hi"}},
			}},
			vars{"id": "list", "kind": "INTERACTION", "mode": "EXAM", "judged": "SEALED", "slots": []string{"b"}, "draws": []string{"d"}},
			vars{"id": "text", "kind": "ARTICLE", "body": vars{"format": "markdown", "text": strings.Repeat("长", 20_000), "assets": []any{vars{"id": "x", "sha256": film}}}},
			vars{"id": "web", "kind": "WEBPAGE", "webpage": vars{"url": "https://example.org/", "pages": 2}, "cues": []any{
				vars{"id": "p", "kind": "PAGE", "page": 2, "plugin": "chapter", "data": vars{"title": "End"}}}},
		}}
}

const createLesson = `mutation($i: CreateLessonInput!) { createLesson(input: $i) { lesson { id revision } } }`

func (c caller) lessonOf(plan vars) string {
	c.t.Helper()
	return c.ask(createLesson, vars{"i": vars{"plan": plan}}).text("createLesson.lesson.id")
}

// step is a mutation of a lesson as its revision was seen.
func (c caller) step(name, id string, revision int, more vars, chosen ...string) answer {
	c.t.Helper()
	input := vars{"lesson": id, "revision": revision}
	for k, v := range more {
		input[k] = v
	}
	fields := strings.Join(append(chosen, "position"), " ")
	return c.say("mutation($i: "+strings.ToUpper(name[:1])+name[1:]+"Input!) { "+name+"(input: $i) { "+fields+" } }", vars{"i": input})
}

func TestALessonIsArranged(t *testing.T) {
	t.Parallel()
	h := filming(t)
	author := h.as(t, access.Author)
	id := author.lessonOf(arranged(h.choice.code, h.essay.id))
	const fields = `title mode keepVersions draws { id count max pool { questionId version question { code } } }
		stages { id kind mode judged slots draws medium { sha256 duration type width height } webpage { url pages } body cueCounts { plugin count }
			cues { id kind from to each page medium plugin data } }`
	read := author.ask(`query($id: ID!) { lesson(id: $id) { `+fields+` } cuePlugins { ref interactive places document } }`, vars{"id": id})
	read.is(map[string]any{
		"lesson.mode": "RECORDED", "lesson.draws.0.max": 1.5, "lesson.draws.0.pool.0.question.code": h.choice.code, "lesson.stages.0.kind": "VIDEO",
		"lesson.stages.0.judged": "SERVER", "lesson.stages.0.medium.duration": 10_000, "lesson.stages.1.mode": "EXAM", "lesson.stages.1.judged": "SEALED",
		"lesson.stages.1.draws": []string{"d"}, "lesson.stages.0.body": nil, "lesson.stages.2.body.assets": []any{vars{"id": "x", "sha256": film}},
		"lesson.stages.0.cueCounts": []any{vars{"plugin": "question", "count": 1}, vars{"plugin": "subtitle", "count": 1}}, "lesson.stages.0.cues.0.each": "EVERY",
		"lesson.stages.0.cues.0.plugin": "question@1.0.0", "lesson.stages.0.cues.0.data": vars{"slots": []string{"a"}}, "lesson.stages.0.cues.1.to": 2_000,
		"lesson.stages.0.cues.1.medium": film, "lesson.stages.3.cues.0.page": 2, "lesson.stages.3.cues.0.from": nil, "lesson.stages.3.webpage.pages": 2,
		"cuePlugins.0.ref": "chapter@1.0.0", "cuePlugins.0.interactive": false,
	})
	author.ask(`query($q: ID!) { question(id: $q) { uses { nodes { stage cue drawn slot lesson { title } } } } }`, vars{"q": h.choice.id}).
		is(map[string]any{"question.uses.nodes.4.lesson.title": "Arranged", "question.uses.nodes.4.cue": "ask", "question.uses.nodes.5.drawn": true,
			"question.uses.nodes.5.slot": "d", "question.uses.nodes.5.stage": "list"})
	h.as(t, access.Releaser).step("publishLesson", id, 1, nil, "lesson { versions { nodes { version "+fields+" } } }").
		is(map[string]any{"publishLesson.lesson.versions.nodes.0.stages.0.cues.1.data.text": "Hi", "publishLesson.lesson.versions.nodes.0.draws.0.pool.0.version": 1})
	h.from(t, "other", "test", access.Admin).say(`query($id: ID!) { lesson(id: $id) { `+fields+` } }`, vars{"id": id}).refused("lesson.not_found")

	for code, wrong := range map[string]func(vars){
		"past_end /stages/0/cues/0/at":                   func(p vars) { cueOf(p)["from"] = 10_000 },
		"ref.unknown /stages/0/cues/0/task/plugin":       func(p vars) { cueOf(p)["plugin"] = "game" },
		"type /plan/stages/0/cues/0/data":                func(p vars) { cueOf(p)["data"] = []any{1} },
		"type /plan/stages/2/body":                       func(p vars) { p["stages"].([]any)[2].(vars)["body"] = vars{"txt": "x"} },
		"json.number /plan/stages/0/cues/0/data/slots/0": func(p vars) { cueOf(p)["data"] = vars{"slots": []any{9007199254740993}} },
		"placed_twice /stages/1/slots/0":                 func(p vars) { p["stages"].([]any)[1].(vars)["slots"] = []string{"a", "b"} },
		"url /stages/3/webpage/url":                      func(p vars) { p["stages"].([]any)[3].(vars)["webpage"] = vars{"url": "http://x", "pages": 2} },
		"required /stages/0/cues/1/task/data/language":   func(p vars) { p["stages"].([]any)[0].(vars)["cues"].([]any)[1].(vars)["data"] = vars{"text": "x"} },
		"range /draws/0/count":                           func(p vars) { p["draws"].([]any)[0].(vars)["count"] = 3 },
		"other_medium /stages/0/cues/0/medium":           func(p vars) { cueOf(p)["medium"] = recut },
	} {
		plan := arranged(h.choice.code, h.essay.id)
		wrong(plan)
		a := author.say(createLesson, vars{"i": vars{"plan": plan}})
		if len(a.Errors) == 0 || len(a.Errors[0].Extensions.Problems) == 0 || a.Errors[0].Extensions.Problems[0].Code+" "+a.Errors[0].Extensions.Problems[0].Pointer != code {
			t.Errorf("%s: %.600s", code, a.raw)
		}
	}
}

func cueOf(plan vars) vars { return plan["stages"].([]any)[0].(vars)["cues"].([]any)[0].(vars) }

func TestACopyPullsItsMaster(t *testing.T) {
	t.Parallel()
	h := filming(t)
	author, releaser := h.as(t, access.Author), h.as(t, access.Releaser)
	master := author.lessonOf(arranged(h.choice.code, h.essay.id))
	releaser.step("publishLesson", master, 1, nil)
	copyIt := func(c caller) answer {
		return c.say(`mutation($i: CopyLessonInput!) { copyLesson(input: $i) { lesson { id title master { term version behind lesson { id } } } } }`,
			vars{"i": vars{"lesson": master, "term": "spring", "title": "Spring"}})
	}
	copied := copyIt(author).is(map[string]any{"copyLesson.lesson.title": "Spring", "copyLesson.lesson.master.behind": 0, "copyLesson.lesson.master.lesson.id": master})
	id := copied.text("copyLesson.lesson.id")
	copyIt(h.from(t, "other", "test", access.Author)).refused("lesson.not_found")

	changed := arranged(h.choice.code, h.essay.id)
	changed["title"], changed["maxAttempts"] = "Arranged II", 3
	author.step("editLesson", master, 2, vars{"plan": changed})
	at := releaser.step("publishLesson", master, 3, nil).number("publishLesson.position")
	author.ask(`query($id: ID!, $at: Long) { lesson(id: $id, at: $at) { copies { nodes { id master { behind } } } } }`, vars{"id": master, "at": at}).
		is(map[string]any{"lesson.copies.nodes.0.id": id, "lesson.copies.nodes.0.master.behind": 1})
	conflict := author.step("pullLesson", id, 1, nil).refused("lesson.merge_conflict")
	if p := conflict.Errors[0].Extensions.Problems; len(p) != 1 || p[0].Pointer != "/title" || conflict.Errors[0].Extensions.Details["conflicts"] == nil {
		t.Errorf("shows %s", conflict.raw)
	}
	h.from(t, "other", "test", access.Author).step("pullLesson", id, 1, nil).refused("lesson.not_found")
	releaser.step("pullLesson", id, 1, nil).refused("access.denied")
	author.step("pullLesson", id, 1, vars{"choices": []any{vars{"pointer": "/title", "side": "OURS"}}}, "lesson { title maxAttempts master { version behind } }").
		is(map[string]any{"pullLesson.lesson.title": "Spring", "pullLesson.lesson.maxAttempts": 3, "pullLesson.lesson.master.version": 2, "pullLesson.lesson.master.behind": 0})

	// A choice is named as a plan is written, or as the refusal says it.
	for i, pointer := range []string{"/maxAttempts", "/max_attempts"} {
		theirs, ours := arranged(h.choice.code, h.essay.id), arranged(h.choice.code, h.essay.id)
		theirs["title"], theirs["maxAttempts"] = "Arranged II", 4+i
		author.step("editLesson", master, 4+2*i, vars{"plan": theirs})
		releaser.step("publishLesson", master, 5+2*i, nil)
		ours["title"], ours["maxAttempts"] = "Spring", 7+i
		author.step("editLesson", id, 2+2*i, vars{"plan": ours})
		author.step("pullLesson", id, 3+2*i, nil).refused("lesson.merge_conflict")
		author.step("pullLesson", id, 3+2*i, vars{"choices": []any{vars{"pointer": pointer, "side": "THEIRS"}}}, "lesson { maxAttempts }").
			is(map[string]any{"pullLesson.lesson.maxAttempts": 4 + i})
	}
}

func TestMediaAreRecutAndSubtitled(t *testing.T) {
	t.Parallel()
	h := filming(t)
	author := h.as(t, access.Author)
	id := author.lessonOf(arranged(h.choice.code, h.essay.id))
	cut := func(dry bool) vars {
		return vars{"stage": "film", "medium": vars{"sha256": recut, "duration": 3_000, "type": "video/mp4"}, "dryRun": dry,
			"cut": []any{vars{"from": 500, "to": 3_500, "at": 0}}}
	}
	const carried = `cues { before { id } now { id from to } lost slots } lesson { revision items { slot } stages { medium { sha256 } cues { id } } }`
	told := map[string]any{"recutLesson.cues.0.before.id": "ask", "recutLesson.cues.0.now": []any{}, "recutLesson.cues.0.slots": []string{"a"},
		"recutLesson.cues.1.now.0.to": 1_500, "recutLesson.cues.1.lost": 500}
	author.step("recutLesson", id, 1, cut(true), carried).is(told).is(map[string]any{"recutLesson.position": 0, "recutLesson.lesson.revision": 1})
	author.step("recutLesson", id, 1, cut(false), carried).is(told).
		is(map[string]any{"recutLesson.lesson.items": []any{vars{"slot": "b"}}, "recutLesson.lesson.stages.0.medium.sha256": recut})
	h.from(t, "other", "test", access.Author).step("recutLesson", id, 2, cut(false), carried).refused("lesson.not_found")

	file := func(text string) vars {
		return vars{"stage": "film", "format": "SRT", "language": "zh-CN", "file": text}
	}
	author.step("importSubtitles", id, 2, file("1\n00:00:00,000 --> 00:00:01,000\n大家好\n"), `lesson { stages { cues(plugin: "subtitle") { id data } } }`).
		is(map[string]any{"importSubtitles.lesson.stages.0.cues.1.data.text": "大家好", "importSubtitles.lesson.stages.0.cues.1.id": "zh-CN:0"})
	bad := author.step("importSubtitles", id, 3, file("1\n00:00:00,000 -->\nx\n")).refused("subtitle.invalid")
	if p := bad.Errors[0].Extensions.Problems; len(p) != 1 || p[0].Pointer != "/lines/2" {
		t.Errorf("got %s", bad.raw)
	}
	h.from(t, "other", "test", access.Author).step("importSubtitles", id, 3, file("")).refused("lesson.not_found")
}

func TestALockedLessonIsChangedByTwo(t *testing.T) {
	t.Parallel()
	h := filming(t)
	author, releaser, admin := h.as(t, access.Author), h.as(t, access.Releaser), h.as(t, access.Admin)
	plan := arranged(h.choice.code, h.essay.id)
	id := author.lessonOf(plan)
	releaser.step("publishLesson", id, 1, nil)
	releaser.ask(`mutation($i: ReleaseLessonInput!) { releaseLesson(input: $i) { position } }`, vars{"i": vars{"lesson": id}})
	h.from(t, "school", "", access.Releaser).step("lockLesson", id, 2, nil).refused("access.no_environment")
	h.from(t, "other", "test", access.Releaser).step("lockLesson", id, 2, nil).refused("lesson.not_found")
	releaser.step("lockLesson", id, 2, vars{"note": "Monday"}, "lesson { locks { environment version } downloaded }").
		is(map[string]any{"lockLesson.lesson.locks": []any{vars{"environment": "test", "version": 1}}, "lockLesson.lesson.downloaded": 0})
	plan["title"] = "Late"
	author.step("editLesson", id, 3, vars{"plan": plan}).refused("lesson.locked")
	asked := author.step("requestLessonChange", id, 3, vars{"plan": plan, "reason": "typo"}, "lesson { title changes(state: OPEN) { nodes { id reason state plan requestedBy } } }")
	asked.is(map[string]any{"requestLessonChange.lesson.title": "Arranged", "requestLessonChange.lesson.changes.nodes.0.plan.title": "Late",
		"requestLessonChange.lesson.changes.nodes.0.requestedBy": "school-author"})
	change := asked.text("requestLessonChange.lesson.changes.nodes.0.id")
	releaser.ask(`query($at: Long) { lessons(locked: true, waiting: true, at: $at) { totalCount totalCountCapped nodes { id } } }`, vars{"at": asked.number("requestLessonChange.position")}).
		is(map[string]any{"lessons.nodes": []any{vars{"id": id}}, "lessons.totalCount": 1, "lessons.totalCountCapped": false})
	releaser.say(`mutation($i: WithdrawLessonInput!) { withdrawLesson(input: $i) { position } }`, vars{"i": vars{"lesson": id, "reason": "x"}}).refused("lesson.locked")
	author.step("approveLessonChange", id, 4, vars{"change": change}).refused("access.denied")
	releaser.step("approveLessonChange", id, 4, vars{"change": "x"}).refused("lesson.change_unknown")
	h.from(t, "other", "test", access.Releaser).step("approveLessonChange", id, 4, vars{"change": change}).refused("lesson.not_found")
	approved := releaser.step("approveLessonChange", id, 4, vars{"change": change, "note": "go"},
		"liveVersion left lesson { title latestVersion locks { version } changes { nodes { state decidedBy note downloaded } } }").
		is(map[string]any{"approveLessonChange.lesson.title": "Late", "approveLessonChange.lesson.latestVersion": 2, "approveLessonChange.lesson.locks.0.version": 2,
			"approveLessonChange.liveVersion": 2, "approveLessonChange.left": []any{},
			"approveLessonChange.lesson.changes.nodes.0.state": "APPROVED", "approveLessonChange.lesson.changes.nodes.0.decidedBy": "school-releaser"})
	releaser.ask(`query($at: Long) { liveLessons(at: $at) { nodes { lesson { id } version note } } }`, vars{"at": approved.number("approveLessonChange.position")}).
		is(map[string]any{"liveLessons.nodes.0": vars{"lesson": vars{"id": id}, "version": 2, "note": "go"}})
	plan["title"] = "Later"
	own := admin.step("requestLessonChange", id, 7, vars{"plan": plan, "reason": "again"}, "lesson { changes(state: OPEN) { nodes { id } } }").
		text("requestLessonChange.lesson.changes.nodes.0.id")
	admin.step("approveLessonChange", id, 8, vars{"change": own}).refused("lesson.own_change")
	releaser.step("declineLessonChange", id, 8, vars{"change": own, "reason": "enough"}, "lesson { changes(state: DECLINED) { nodes { note } } }").
		is(map[string]any{"declineLessonChange.lesson.changes.nodes.0.note": "enough"})
	releaser.step("unlockLesson", id, 9, vars{"reason": "over"}, "lesson { locks { version } }").is(map[string]any{"unlockLesson.lesson.locks": []any{}})
	author.step("editLesson", id, 10, vars{"plan": plan}, "lesson { title }").is(map[string]any{"editLesson.lesson.title": "Later"})
}

func TestALessonWithoutQuestionsGoesLive(t *testing.T) {
	t.Parallel()
	h := open(t)
	releaser := h.as(t, access.Releaser)
	id := h.as(t, access.Author).lessonOf(vars{"title": "Read this", "items": []any{}, "stages": []any{
		vars{"id": "text", "kind": "ARTICLE", "body": vars{"format": "plain", "text": "Once upon a time"}}}})
	releaser.step("publishLesson", id, 1, nil)
	at := releaser.ask(`mutation($i: ReleaseLessonInput!) { releaseLesson(input: $i) { position } }`, vars{"i": vars{"lesson": id}}).number("releaseLesson.position")
	releaser.ask(`query($at: Long) { liveLessons(at: $at) { nodes { title questions } } }`, vars{"at": at}).
		is(map[string]any{"liveLessons.nodes": []any{vars{"title": "Read this", "questions": 0}}})
	live, err := h.Delivery.Lesson(t.Context(), access.Scope{Org: "school", Environment: "test"}, uuid.MustParse(rawID(t, id)))
	if err != nil || live.Baseline.Plan.Stages[0].Body.Text != "Once upon a time" || len(live.Baseline.Places) != 0 {
		t.Errorf("live is %+v, %v", live, err)
	}
}

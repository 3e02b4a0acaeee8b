package workflow

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"qbank/domain/access"
	"qbank/domain/content"
	"qbank/domain/fault"
	"qbank/domain/text"
)

// The bounds of a workflow.
const (
	maxSteps     = 8
	maxApprovals = 10
	maxVersion   = 1_000_000
	maxKeeps     = 50
	maxChanges   = 100
)

// limits bound the document of a workflow.
var limits = content.Limits{Bytes: 32 << 10, Depth: 8, Nodes: 2_000}

var namePattern = regexp.MustCompile(`^[a-z][a-z0-9-]{0,39}$`)

// Parse reads a workflow's document, or says which places of it are wrong.
func Parse(raw []byte) (Workflow, error) {
	var w Workflow
	decoded, err := content.Decode(raw, limits)
	if err != nil { // refuses what would be read twice, or not kept
		return w, err
	}
	if problems := nobodyDrawn(decoded); len(problems) > 0 {
		return w, refuse(problems...)
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&w); err != nil {
		return w, refuse(misshapen(err))
	}
	return w, w.Check()
}

// nobodyDrawn lists steps that say they take a share of nothing. A workflow that is kept does not tell that from a step without a share, which
// takes everything.
func nobodyDrawn(document any) (problems []fault.Problem) {
	object, _ := document.(map[string]any)
	steps, _ := object["steps"].([]any)
	for i, step := range steps {
		object, _ := step.(map[string]any)
		if share, is := object["share"].(float64); is && share == 0 {
			problems = append(problems, problem("/steps/"+strconv.Itoa(i)+"/share", "range",
				fault.Say("1 to %d of %d; a step that takes nothing is none: leave it out", "抽检比例应为 1 到 %d（共 %d）；不抽检的步骤请删除", Whole, Whole)))
		}
	}
	return problems
}

// misshapen is where a document is not of the shape of a workflow.
func misshapen(err error) fault.Problem {
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		return problem("/"+strings.ReplaceAll(wrong.Field, ".", "/"), "type", fault.Say("this cannot be a %s", "类型不应为 %s", wrong.Value))
	}
	name := strings.Trim(strings.TrimPrefix(err.Error(), "json: unknown field "), `"`)
	return problem("", "unknown_field", fault.Say("a workflow has no field %.80q", "工作流没有字段 %.80q", name))
}

// Check refuses a workflow that cannot work.
func (w Workflow) Check() error {
	var problems []fault.Problem
	wrong := func(pointer, code string, message fault.Text) {
		problems = append(problems, problem(pointer, code, message))
	}
	if !namePattern.MatchString(w.Name) {
		wrong("/name", "name", fault.Say("1 to 40 of a-z, 0-9 and -, a letter first", "由 1 到 40 个小写字母、数字和连字符组成，以字母开头"))
	}
	if w.Version < 1 || w.Version > maxVersion {
		wrong("/version", "range", fault.Say("1 to %d", "应为 1 到 %d", maxVersion))
	}
	problems = append(problems, checkTitle("/title", w.Title)...)
	switch {
	case len(w.Steps) == 0:
		wrong("/steps", "required", fault.Say("a review needs a step", "审核至少需要一个步骤"))
	case len(w.Steps) > maxSteps:
		wrong("/steps", "max_items", fault.Say("at most %d steps", "最多 %d 个步骤", maxSteps))
	default:
		problems = append(problems, w.checkSteps()...)
	}
	problems = append(problems, w.checkErrata()...)
	problems = append(problems, w.Bans.check()...)
	if len(problems) > 0 {
		return refuse(problems...)
	}
	return nil
}

func (w Workflow) checkSteps() (problems []fault.Problem) {
	seen := map[string]bool{}
	for i, s := range w.Steps {
		at := "/steps/" + strconv.Itoa(i)
		if !namePattern.MatchString(s.ID) || seen[s.ID] {
			problems = append(problems, problem(at+"/id", "unique", fault.Say("each step needs an id of its own: a-z, 0-9 and -", "每个步骤需要唯一的标识（小写字母、数字和连字符）")))
		}
		seen[s.ID] = true
		problems = append(problems, s.check(at)...)
	}
	if !slices.ContainsFunc(w.Steps, Step.always) {
		problems = append(problems, problem("/steps", "unreachable", fault.Say(
			"every step is a spot check: some submissions would pass none", "所有步骤都是抽检，部分提交将不经任何审核")))
	}
	return problems
}

func (s Step) check(at string) []fault.Problem {
	problems := checkTitle(at+"/title", s.Title)
	wrong := func(field, code string, message fault.Text) {
		problems = append(problems, problem(at+field, code, message))
	}
	switch {
	case (s.Role == "") == (s.Permission == ""):
		wrong("", "who", fault.Say("say who may approve: a role or a permission", "请指定可审核者：角色或权限二选一"))
	case s.Role != "" && (!slices.Contains(access.Roles, s.Role) || s.Role == access.Student):
		wrong("/role", "unknown", fault.Say("there is no role %.40q that reviews", "没有可审核的角色 %.40q", string(s.Role)))
	case s.Permission != "" && !slices.Contains(access.Permissions(), s.Permission):
		wrong("/permission", "unknown", fault.Say("there is no permission %.40q", "没有权限 %.40q", string(s.Permission)))
	}
	if s.Approvals < 1 || s.Approvals > maxApprovals {
		wrong("/approvals", "range", fault.Say("1 to %d approvals", "通过人数应为 1 到 %d", maxApprovals))
	}
	if s.Share < 0 || s.Share > Whole {
		wrong("/share", "range", fault.Say("1 to %d of %d; leave it out for every submission", "抽检比例应为 1 到 %d（共 %d）；不填表示全部审核", Whole, Whole))
	}
	return problems
}

// always reports whether every submission comes to the step.
func (s Step) always() bool { return s.Share == 0 || s.Share == Whole }

func (w Workflow) checkErrata() (problems []fault.Problem) {
	if w.Errata == nil {
		return nil
	}
	wrong := func(pointer, code string, message fault.Text) {
		problems = append(problems, problem("/errata"+pointer, code, message))
	}
	unknown, reached := false, false
	for i, id := range w.Errata.Steps {
		at := slices.IndexFunc(w.Steps, func(s Step) bool { return s.ID == id })
		if at < 0 || slices.Contains(w.Errata.Steps[:i], id) {
			wrong("/steps/"+strconv.Itoa(i), "unknown", fault.Say("name steps of the workflow, each once", "请填写本工作流的步骤，每个一次"))
			unknown = true
			continue
		}
		reached = reached || w.Steps[at].always()
	}
	if !reached && !unknown {
		wrong("/steps", "required", fault.Say("a fast lane keeps at least one step that is no spot check", "快速通道至少保留一个非抽检步骤"))
	}
	if w.Errata.MaxChanges < 1 || w.Errata.MaxChanges > maxChanges {
		wrong("/max_changes", "range", fault.Say("1 to %d", "应为 1 到 %d", maxChanges))
	}
	if len(w.Errata.Keeps) > maxKeeps {
		wrong("/keeps", "max_items", fault.Say("at most %d places", "最多 %d 处", maxKeeps))
		return problems
	}
	for i, pointer := range w.Errata.Keeps {
		if !strings.HasPrefix(pointer, "/") || len(text.Check("", pointer, 2, text.Title)) > 0 {
			wrong("/keeps/"+strconv.Itoa(i), "pointer", fault.Say("a JSON Pointer such as /key", "应为 JSON Pointer，如 /key"))
		}
	}
	return problems
}

// check refuses bans of what there is not, and such as would leave no way to be published.
func (b Bans) check() (problems []fault.Problem) {
	for _, state := range slices.Sorted(maps.Keys(b)) {
		if state != InReview && state != Approved {
			problems = append(problems, problem("/bans/"+content.Escape(string(state)), "unknown", fault.Say(
				"a workflow governs in_review and approved", "工作流只约束 in_review 与 approved 两种状态")))
			continue
		}
		for i, action := range b[state] {
			at := "/bans/" + string(state) + "/" + strconv.Itoa(i)
			_, known := cycle[state][action]
			switch {
			case !known || slices.Contains(b[state][:i], action):
				problems = append(problems, problem(at, "unknown", fault.Say("name actions of the state, each once", "请填写该状态的操作，每个一次")))
			case action == Approve || action == Publish || action == Return:
				problems = append(problems, problem(at, "unreachable", fault.Say("without %s nothing could be published or put right", "禁止 %s 将无法发布或退回", action)))
			}
		}
	}
	return problems
}

func checkTitle(at string, title fault.Text) []fault.Problem {
	return append(text.Check(at+"/en", title.EN, 1, text.Title), text.Check(at+"/zh-CN", title.ZH, 1, text.Title)...)
}

func problem(pointer, code string, message fault.Text) fault.Problem {
	return fault.Problem{Pointer: pointer, Code: code, Message: message}
}

func refuse(problems ...fault.Problem) error {
	return fault.Refuse(fault.Invalid, "workflow.invalid", fault.Say("the workflow is not valid", "工作流无效"), problems...)
}

// document is a value as JSON has it.
func document(v any) any {
	raw, _ := json.Marshal(v) // texts, numbers, lists
	var doc any
	_ = json.Unmarshal(raw, &doc)
	return doc
}

package lesson

import (
	"strconv"
	"strings"

	"qbank/domain/content"
	"qbank/domain/cue"
	"qbank/domain/fault"
	"qbank/domain/resource"
)

// File is a file that a plan names, and where.
type File struct {
	Pointer string
	Stage   int // index of the stage
	SHA256  content.Hash
}

// Files lists the files that a plan's stages name, in the order of the stages: what is seen first first.
func (p Plan) Files(plugins *cue.Registry) (files []File) {
	for i, s := range p.Stages {
		at := "/stages/" + strconv.Itoa(i)
		if s.Medium != nil {
			files = append(files, File{at + "/medium/sha256", i, s.Medium.SHA256})
		}
		if s.Body != nil {
			for n, asset := range s.Body.Assets {
				files = append(files, File{at + "/body/assets/" + strconv.Itoa(n) + "/sha256", i, asset.SHA256})
			}
		}
		for n, c := range s.Cues {
			plugin, _ := plugins.Find(c.Task.Plugin)
			if plugin == nil {
				continue
			}
			for _, asset := range plugin.Assets(c.Task.Data) {
				files = append(files, File{at + "/cues/" + strconv.Itoa(n) + "/task/data" + asset.Pointer, i, content.Hash(asset.Name)})
			}
		}
	}
	return files
}

// durationSlack is by how much what a plan says of a medium's duration may differ from what its file says, milliseconds: players and editors
// round, and sound and picture do not end at once.
const durationSlack = 1_000

// Held refuses a plan that names files which are not there, or media that are not what it says of them, as the fault "lesson.resources".
// A draft may; publishing may not.
func (p Plan) Held(plugins *cue.Registry, known func(content.Hash) (resource.Facts, bool)) error {
	var problems []fault.Problem
	for _, f := range p.Files(plugins) {
		if _, there := known(f.SHA256); !there {
			problems = append(problems, fault.Problem{Pointer: f.Pointer, Code: "unknown", Message: fault.Say("there is no such file; upload it first", "没有此文件，请先上传")})
		}
	}
	for i, s := range p.Stages {
		if s.Medium != nil {
			if facts, there := known(s.Medium.SHA256); there {
				problems = append(problems, s.Medium.differs("/stages/"+strconv.Itoa(i)+"/medium", facts)...)
			}
		}
	}
	if len(problems) == 0 {
		return nil
	}
	return fault.Refuse(fault.Invalid, "lesson.resources", fault.Say("some files are missing, or not what the lesson says of them", "部分文件缺失或与讲次描述不符"),
		problems[:min(len(problems), maxProblems)]...)
}

// differs lists what a plan says of a medium that its file does not. What is not known of the file is not compared.
func (m Medium) differs(at string, facts resource.Facts) (problems []fault.Problem) {
	if facts.Type != "" && !sameMedium(m.Type, facts.Type) {
		problems = append(problems, fault.Problem{Pointer: at + "/type", Code: "differs",
			Message: fault.Say("the file is %.80s", "该文件的类型是 %.80s", facts.Type)})
	}
	if off := m.Duration - facts.Duration; facts.Duration > 0 && (off > durationSlack || off < -durationSlack) {
		problems = append(problems, fault.Problem{Pointer: at + "/duration", Code: "differs",
			Message: fault.Say("the file lasts %d ms", "该文件时长为 %d 毫秒", facts.Duration)})
	}
	return problems
}

// sameMedium compares media types. One container holds pictures or sound alone: audio/mp4 may be said of what its bytes call video/mp4.
func sameMedium(said, found string) bool {
	_, container, _ := strings.Cut(found, "/")
	return said == found || found == "video/"+container && said == "audio/"+container
}

// Local reports whether answers of some stage are judged on the device.
func (p Plan) Local() bool {
	for _, s := range p.Stages {
		if s.Judged == Locally {
			return true
		}
	}
	return false
}

// Place is where a question stands.
type Place struct {
	Stage string // "": the lesson has no stages
	Cue   string // "": the stage's own list
}

// Places tells where the questions of a plan stand.
func (p Plan) Places(plugins *cue.Registry) map[Slot]Place {
	places := make(map[Slot]Place, len(p.Items))
	for _, s := range p.Stages {
		for _, slot := range s.Slots {
			places[slot] = Place{Stage: s.ID}
		}
		for _, c := range s.Cues {
			plugin, _ := plugins.Find(c.Task.Plugin)
			if plugin == nil {
				continue
			}
			for _, slot := range plugin.Slots(c.Task.Data) {
				places[Slot(slot.Name)] = Place{Stage: s.ID, Cue: c.ID}
			}
		}
	}
	return places
}

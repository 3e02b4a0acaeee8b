package lesson

import (
	"strconv"

	"qbank/domain/content"
	"qbank/domain/cue"
	"qbank/domain/fault"
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

// Held refuses a plan that names files which are not there, as the fault "lesson.resources". A draft may; publishing may not.
func (p Plan) Held(plugins *cue.Registry, known func(content.Hash) bool) error {
	var problems []fault.Problem
	for _, f := range p.Files(plugins) {
		if !known(f.SHA256) && len(problems) < maxProblems {
			problems = append(problems, fault.Problem{Pointer: f.Pointer, Code: "unknown", Message: fault.Say("there is no such file; upload it first", "没有此文件，请先上传")})
		}
	}
	if len(problems) == 0 {
		return nil
	}
	return fault.Refuse(fault.Invalid, "lesson.resources", fault.Say("some files are missing", "缺少部分文件"), problems...)
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

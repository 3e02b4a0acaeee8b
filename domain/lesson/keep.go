package lesson

// Kept tells which places keep the versions that an attempt started with, whatever is reissued: those of an exam that says so. A place that is asked on a
// timeline counts as one of the exam wherever a timeline of an exam could ask it.
func (p Plan) Kept() map[Slot]bool {
	if !p.KeepVersions {
		return nil
	}
	modes := map[Slot]Mode{}
	timeline := p.Mode
	for _, stage := range p.Stages {
		for _, slot := range stage.Slots {
			modes[slot] = p.ModeOf(stage)
		}
		if len(stage.Cues) > 0 && p.ModeOf(stage) == Exam {
			timeline = Exam
		}
	}
	kept := map[Slot]bool{}
	for _, item := range p.Items {
		mode, placed := modes[item.Slot]
		if !placed {
			mode = timeline
		}
		if mode == Exam {
			kept[item.Slot] = true
		}
	}
	return kept
}

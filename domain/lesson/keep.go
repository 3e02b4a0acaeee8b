package lesson

// Kept tells which places keep the versions that an attempt started with, whatever is reissued: those of an exam that says so. A place that is asked on a
// timeline counts as one of the exam wherever a timeline of an exam could ask it. A draw is named by its pool's place.
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
		for _, id := range stage.Draws {
			modes[Draw{ID: id}.PoolSlot()] = p.ModeOf(stage)
		}
		if len(stage.Cues) > 0 && p.ModeOf(stage) == Exam {
			timeline = Exam
		}
	}
	kept := map[Slot]bool{}
	keep := func(slot Slot, otherwise Mode) {
		mode, placed := modes[slot]
		if !placed {
			mode = otherwise
		}
		if mode == Exam {
			kept[slot] = true
		}
	}
	for _, item := range p.Items {
		keep(item.Slot, timeline)
	}
	for _, draw := range p.Draws {
		keep(draw.PoolSlot(), p.Mode)
	}
	return kept
}

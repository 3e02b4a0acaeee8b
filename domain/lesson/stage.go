package lesson

import (
	"slices"

	"qbank/domain/content"
	"qbank/domain/fault"
)

// Mode is how a lesson, or a segment of it, is taken.
type Mode string

// The modes.
const (
	Live     Mode = "live"     // with a teacher, at a time
	Recorded Mode = "recorded" // alone, from a recording
	Homework Mode = "homework" // after class
	Exam     Mode = "exam"
)

// Modes lists every mode.
var Modes = []Mode{Live, Recorded, Homework, Exam}

// Kind is what a stage consists of.
type Kind string

// The kinds of stages.
const (
	Video       Kind = "video"       // a medium with cues on its timeline; sound alone is one too
	Interaction Kind = "interaction" // questions, one after another
	Article     Kind = "article"     // something to read
	Webpage     Kind = "webpage"     // a page or a courseware elsewhere, with cues on its pages
)

// Kinds lists every kind of stage.
var Kinds = []Kind{Video, Interaction, Article, Webpage}

// Judged is where answers of a stage are scored.
type Judged string

// Where answers are scored.
const (
	ByServer Judged = "server" // alone
	Sealed   Judged = "sealed" // the solutions travel enciphered and are unlocked when the stage opens
	Locally  Judged = "local"  // practice only: the client shows what it thinks; the server scores again
)

// Stage is one part of a lesson. What it holds goes by its kind.
type Stage struct {
	ID      string   `json:"id"` // stable and unique in the lesson
	Kind    Kind     `json:"kind"`
	Title   string   `json:"title,omitempty"`
	Mode    Mode     `json:"mode,omitempty"`    // of this segment; empty: the lesson's
	Judged  Judged   `json:"judged,omitempty"`  // empty: by the server
	Medium  *Medium  `json:"medium,omitempty"`  // of a video
	Body    *Body    `json:"body,omitempty"`    // of an article
	Webpage *Address `json:"webpage,omitempty"` // of a web page
	Slots   []Slot   `json:"slots,omitempty"`   // of an interaction: its questions, in order
	Draws   []string `json:"draws,omitempty"`   // of an interaction: what is drawn behind them, by id
	Cues    []Cue    `json:"cues,omitempty"`    // of a video or a web page
}

// Medium is a recording. Cues are bound to its hash: another cut is another medium.
type Medium struct {
	SHA256   content.Hash `json:"sha256"`
	Duration int64        `json:"duration"` // milliseconds
	Type     string       `json:"type"`     // media type: video/… or audio/…
	Width    int          `json:"width,omitempty"`
	Height   int          `json:"height,omitempty"`
}

// Body is a text to read. It names its files as asset:<id>.
type Body struct {
	Format string  `json:"format"` // plain, markdown (HTML in it is text) or html, of which a version holds only what package markup allows
	Text   string  `json:"text"`
	Assets []Asset `json:"assets,omitempty"`
}

// Asset is a file that a text names.
type Asset struct {
	ID     string       `json:"id"`
	SHA256 content.Hash `json:"sha256"`
}

// Address is a page elsewhere.
type Address struct {
	URL   string `json:"url"`             // https
	Pages int    `json:"pages,omitempty"` // of a courseware, for cues
}

// The bounds of stages.
const (
	MaxStages   = 200
	MaxCues     = 5_000 // of one stage
	maxBody     = 100_000
	maxAssets   = 200
	maxURL      = 2_048
	maxPages    = 1_000
	maxDuration = 24 * 3600 * 1000
	maxPixels   = 16_384
	maxID       = 64
	maxProblems = 100 // as many as a person reads
)

// ModeOf is the mode of one of the plan's stages; "" where nothing says.
func (p Plan) ModeOf(s Stage) Mode {
	if s.Mode != "" {
		return s.Mode
	}
	return p.Mode
}

// Stage finds a stage, or is the fault "lesson.stage_unknown".
func (p Plan) Stage(id string) (int, error) {
	i := slices.IndexFunc(p.Stages, func(s Stage) bool { return s.ID == id })
	if i < 0 {
		return i, fault.Refuse(fault.NotFound, "lesson.stage_unknown", fault.Say("the lesson has no stage %.70q", "讲次没有环节 %.70q", id))
	}
	return i, nil
}

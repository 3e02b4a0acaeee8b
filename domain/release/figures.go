package release

// Verdict is what figures say about a candidate.
type Verdict string

// The verdicts.
const (
	Successful   Verdict = "successful"
	Failed       Verdict = "failed"
	Inconclusive Verdict = "inconclusive" // too few to tell: wait
)

// Arm is what was observed of the students who got one of the two. A student is counted once for each lesson, however often a device tries.
type Arm struct {
	Manifests    int64 `json:"manifests"`              // to whom one was served
	Loads        int64 `json:"loads"`                  // whose device said how a load went
	LoadFailures int64 `json:"load_failures"`          // of those, with one that failed
	Answers      int64 `json:"answers"`                // who answered, or tried to
	AnswerErrors int64 `json:"answer_errors"`          // of those, with an answer that ended in an error
	ReadyMedian  int64 `json:"ready_median,omitempty"` // milliseconds from the manifest to ready
	ReadyP95     int64 `json:"ready_p95,omitempty"`
}

// Figures are what a decision rested on, copied into its event: what they were drawn from may be gone by the time somebody asks.
type Figures struct {
	From      int64   `json:"from"`  // microseconds; they count what happened from then
	Until     int64   `json:"until"` // until then
	Candidate Arm     `json:"candidate"`
	Baseline  Arm     `json:"baseline"`
	Verdict   Verdict `json:"verdict"`
	Because   string  `json:"because,omitempty"` // which limit decided
}

package release

// Verdict is what figures say about a candidate.
type Verdict string

// The verdicts.
const (
	Successful   Verdict = "successful"
	Failed       Verdict = "failed"
	Inconclusive Verdict = "inconclusive" // too few to tell: wait
)

// Arm is what was observed of those who got one of the two.
type Arm struct {
	Manifests    int64 `json:"manifests"` // served
	Loads        int64 `json:"loads"`     // that were reported, failed ones included
	LoadFailures int64 `json:"load_failures"`
	Answers      int64 `json:"answers"` // that were sent, failed ones included
	AnswerErrors int64 `json:"answer_errors"`
	ReadyMedian  int64 `json:"ready_median,omitempty"` // milliseconds from the manifest to ready
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

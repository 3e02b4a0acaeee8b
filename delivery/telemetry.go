package delivery

import (
	"net/http"
	"strconv"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/fault"
	"qbank/observations"
)

// maxReports bounds the reports of one request.
const maxReports = 200

// Taken is what became of a request's reports.
type Taken struct {
	Accepted int             `json:"accepted"`
	Waiting  int             `json:"waiting,omitempty"` // they count if it becomes known that the student was served what they are about
	Dropped  int             `json:"dropped,omitempty"` // there was no room; they may be sent again later
	Refused  []RefusedReport `json:"refused,omitempty"`
}

// RefusedReport is a report that cannot be.
type RefusedReport struct {
	Index   int     `json:"index"`
	Problem Problem `json:"problem"`
}

// telemetry takes what a device says of how loads and answers went. Who says so is whose the token is; nothing is looked up, so that reports never
// hold up lessons. Whoever looks through a student's eyes is told that nothing was taken.
func (d *Door) telemetry(w http.ResponseWriter, r *http.Request, actor access.Actor) error {
	request, err := body(w, r)
	if err != nil {
		return err
	}
	entries, ok := request["reports"].([]any)
	if !ok || len(entries) == 0 || len(entries) > maxReports {
		return shape("/reports", fault.Say("a list of 1 to %d reports is expected", "应为 1 到 %d 条上报的列表", maxReports))
	}
	sent, isNumber := request["sent_mono"].(float64)
	if _, there := request["sent_mono"]; there && !isNumber {
		return shape("/sent_mono", fault.Say("milliseconds are a number", "毫秒应为数字"))
	}
	now := d.Now().UnixMicro()
	var taken Taken
	reports := make([]observations.Report, 0, len(entries))
	for i, entry := range entries {
		report, err := parseReport(entry, sent, now)
		if err == nil {
			err = report.Check(now)
		}
		if err != nil {
			p := problemOf(err, r, d.Logger)
			for k := range p.Errors {
				p.Errors[k].Pointer = "/reports/" + strconv.Itoa(i) + p.Errors[k].Pointer
			}
			taken.Refused = append(taken.Refused, RefusedReport{Index: i, Problem: p})
			continue
		}
		reports = append(reports, report)
	}
	taken.Accepted, taken.Waiting = d.Observations.Report(actor, reports)
	if actor.ActingFor == "" {
		taken.Dropped = len(reports) - taken.Accepted - taken.Waiting
	}
	return respond(w, http.StatusAccepted, taken)
}

// parseReport reads {id, kind, lesson, release, cause?, took?, event_mono?}. What is of another shape is as if it were not there, and refused
// where it must be; event_mono and sent are of one clock of the device's, as with answers.
func parseReport(entry any, sent float64, now int64) (observations.Report, error) {
	fields, isObject := entry.(map[string]any)
	if !isObject {
		return observations.Report{}, shape("", fault.Say("a report is an object", "上报应为对象"))
	}
	read := func(name string) string {
		text, _ := fields[name].(string)
		return text
	}
	report := observations.Report{ID: read("id"), Kind: observations.Kind(read("kind")), Cause: observations.Cause(read("cause")), At: now}
	report.Lesson, _ = uuid.Parse(read("lesson")) // what is no id is none, which Check refuses
	report.Release, _ = uuid.Parse(read("release"))
	if took, given := fields["took"]; given {
		millis, isNumber := took.(float64)
		if !isNumber {
			millis = -1
		}
		report.Took = int64(min(max(millis, -1), observations.MaxTook+1))
	}
	if happened, given := fields["event_mono"].(float64); given && sent > 0 {
		report.At -= int64(min(max((sent-happened)*1000, 0), observations.MaxLate+1))
	}
	return report, nil
}

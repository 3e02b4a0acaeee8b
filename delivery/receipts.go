package delivery

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/google/uuid"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/fault"
	"qbank/observations/ledger"
)

// maxReceipts is how many receipts come in one request.
const maxReceipts = 100

// stagesByName are those that a client can say itself.
var stagesByName = map[string]ledger.Stage{"fetched": ledger.Fetched, "verified": ledger.Verified, "running": ledger.Running, "failed": ledger.Failed}

// receipts takes what a client says of the reissues that it was told of: {"receipts": [{"reissue", "stage"}]}. What is said of one that the student does not
// have is left out, silently: it may have ended in between. Whoever looks through a student's eyes is told that nothing was taken.
func (d *Door) receipts(w http.ResponseWriter, r *http.Request, actor access.Actor) error {
	request, err := body(w, r)
	if err != nil {
		return err
	}
	list, ok := request["receipts"].([]any)
	if !ok || len(list) == 0 || len(list) > maxReceipts {
		return shape("/receipts", fault.Say("a list of 1 to %d receipts is expected", "应为 1 到 %d 条回执的列表", maxReceipts))
	}
	session, err := sessionOf(r)
	if err != nil {
		return err
	}
	given, err := d.Bus.Reissues(r.Context(), actor, session)
	if err != nil {
		return err
	}
	taken := 0
	for i, entry := range list {
		id, stage, err := parseReceipt("/receipts/"+strconv.Itoa(i), entry)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(given, func(g commands.Given) bool { return g.Reissue == id }) && d.mark(actor, id, stage) {
			taken++
		}
	}
	return respond(w, http.StatusOK, map[string]int{"taken": taken})
}

func parseReceipt(at string, entry any) (uuid.UUID, ledger.Stage, error) {
	fields, _ := entry.(map[string]any)
	text, _ := fields["reissue"].(string)
	id, err := uuid.Parse(text)
	if err != nil {
		return id, 0, shape(at+"/reissue", fault.Say("the id of a reissue is expected", "应为补发的编号"))
	}
	name, _ := fields["stage"].(string)
	stage, known := stagesByName[name]
	if !known {
		return id, 0, shape(at+"/stage", fault.Say("one of fetched, verified, running, failed", "应为 fetched、verified、running 或 failed"))
	}
	return id, stage, nil
}

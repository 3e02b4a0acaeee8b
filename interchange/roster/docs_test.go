package roster_test

import (
	"os"
	"strings"
	"testing"

	"qbank/interchange/roster"
)

// The page for those who feed a roster names every kind of record beside the type of its event.
func TestThePageNamesEveryEvent(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/roster.md")
	if err != nil {
		t.Fatal(err)
	}
	for event, kind := range roster.Events {
		if row := "| `" + string(kind) + "` | `" + event + "` |"; !strings.Contains(string(page), row) {
			t.Errorf("docs/roster.md has no row %s", row)
		}
	}
	if rows := strings.Count(string(page), "| `qbank.roster."); rows != len(roster.Events) {
		t.Errorf("it has %d events, there are %d", rows, len(roster.Events))
	}
}

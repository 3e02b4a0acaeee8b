package paper_test

import (
	"testing"

	"qbank/domain/fault"
)

func refused(t testing.TB, err error, code string) *fault.Fault {
	t.Helper()
	if !fault.Is(err, code) {
		t.Fatalf("got %v, want the fault %s", err, code)
	}
	return fault.Of(err)
}

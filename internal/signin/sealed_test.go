package signin

import (
	"bytes"
	"testing"
	"time"
)

type secrets [][]byte

func (s secrets) Secrets(string) ([][]byte, error) { return s, nil }

// FuzzUnseal: nothing is read but what was sealed, under a secret that is believed, within its time.
func FuzzUnseal(f *testing.F) {
	now := time.Unix(1_800_000_000, 0)
	old, current := bytes.Repeat([]byte{1}, 32), bytes.Repeat([]byte{2}, 32)
	u := underWay{State: "s", Nonce: "n", Verifier: "v", Return: "/x", Until: now.Add(time.Minute).Unix()}
	sealed, err := u.seal(secrets{old})
	if err != nil {
		f.Fatal(err)
	}
	if got, ok := unseal(secrets{current, old}, sealed, now); !ok || got != u {
		f.Fatalf("after a rotation: %+v, %v", got, ok)
	}
	if _, ok := unseal(secrets{current}, sealed, now); ok {
		f.Fatal("under another secret")
	}
	if _, ok := unseal(secrets{old}, sealed, now.Add(2*time.Minute)); ok {
		f.Fatal("after its time")
	}
	for _, seed := range []string{sealed, sealed[1:], sealed + "A", "", "AAAA"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, cookie string) {
		if got, ok := unseal(secrets{old}, cookie, now); ok && got != u {
			t.Errorf("%q is read as %+v", cookie, got)
		}
	})
}

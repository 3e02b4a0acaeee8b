package keyring

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"qbank/domain/access"
	"qbank/domain/fault"
	"qbank/internal/token"
)

var wang = access.Actor{ID: "wang", Roles: []access.Role{access.Student}, Scope: access.Scope{Org: "school", Environment: "dev"}}

func open(t testing.TB, dir string) *Ring {
	t.Helper()
	r, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func verifier(t testing.TB, r *Ring, audiences ...string) *token.Verifier {
	t.Helper()
	v, err := token.NewRingVerifier(r, nil, audiences...)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func mint(t testing.TB, s token.Signer, audiences ...string) string {
	t.Helper()
	minted, err := s.Mint(wang, time.Now(), time.Hour, audiences...)
	if err != nil {
		t.Fatal(err)
	}
	return minted
}

func quiet() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }

func TestTheOnlyKeyOfBeforeBecomesTheFirstOfTheRing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	old, err := token.LoadOrMake(filepath.Join(dir, firstFile))
	if err != nil {
		t.Fatal(err)
	}
	before := mint(t, token.Signer{Key: old}) // names no key
	r := open(t, dir)
	if !r.Signer().Key.Equal(old) {
		t.Error("another key signs")
	}
	v := verifier(t, r)
	if _, err := v.Verify(before); err != nil {
		t.Error(err)
	}
	first := r.Signer().ID
	if err := r.Rotate(time.Hour); err != nil {
		t.Fatal(err)
	}
	if _, err := verifier(t, r).Verify(before); err != nil {
		t.Errorf("after a rotation: %v", err)
	}
	if err := r.Retire(first); err != nil {
		t.Fatal(err)
	}
	if _, err := v.Verify(before); !fault.Is(err, "token.invalid") {
		t.Errorf("after its key has retired: %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, firstFile)); !os.IsNotExist(err) {
		t.Errorf("the private half of a retired key stays: %v", err)
	}
}

func TestARunningProcessNoticesWhatAnotherDoes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	server, tool := open(t, dir), open(t, dir)
	v := verifier(t, server)
	old := mint(t, server.Signer())
	if _, err := v.Verify(old); err != nil {
		t.Fatal(err)
	}
	go server.Watch(t.Context(), quiet())
	first := tool.Signer().ID
	if err := tool.Rotate(time.Hour); err != nil {
		t.Fatal(err)
	}
	fresh := mint(t, tool.Signer())
	if _, err := v.Verify(fresh); err != nil {
		t.Errorf("the next key is not known before it signs: %v", err)
	}
	if err := tool.Retire(first); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if _, err := v.Verify(old); fault.Is(err, "token.invalid") {
			break
		} else if time.Now().After(deadline) {
			t.Fatal("a remembered token outlives its key")
		}
	}
	if _, err := v.Verify(fresh); err != nil || server.Signer().ID != tool.Signer().ID {
		t.Errorf("the server signs with %s, the tool with %s; %v", server.Signer().ID, tool.Signer().ID, err)
	}
}

func TestAudiencesAreApart(t *testing.T) {
	t.Parallel()
	r := open(t, t.TempDir())
	students, authors := verifier(t, r, token.Students), verifier(t, r, token.Authors)
	for _, c := range []struct {
		audience          []string
		students, authors bool
	}{
		{nil, true, true}, {[]string{token.Students}, true, false}, {[]string{token.Authors}, false, true}, {[]string{token.Preview}, false, false},
		{[]string{token.Pseudo}, false, false}, {[]string{token.Students, token.Authors}, true, true},
	} {
		minted := mint(t, r.Signer(), c.audience...)
		if _, err := students.Verify(minted); (err == nil) != c.students {
			t.Errorf("%v at the student door: %v", c.audience, err)
		}
		if _, err := authors.Verify(minted); (err == nil) != c.authors {
			t.Errorf("%v at the authors' door: %v", c.audience, err)
		}
	}
}

func TestAFormerKeyRetiresByItself(t *testing.T) {
	t.Parallel()
	r := open(t, t.TempDir())
	now := time.Now()
	r.now = func() time.Time { return now }
	v, err := token.NewRingVerifier(r, r.now)
	if err != nil {
		t.Fatal(err)
	}
	old := mint(t, r.Signer())
	if err := r.Rotate(10 * time.Minute); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := v.Verify(old); err != nil {
			t.Fatal(err)
		}
	}
	now = now.Add(10*time.Minute + time.Second)
	if _, err := v.Verify(old); fault.Of(err) == nil {
		t.Error("it is believed after its time of grace")
	}
	r = open(t, r.dir) // the file names a private half that has to be there still
	if r.Signer().ID == "" {
		t.Error("nobody signs")
	}
}

// Whatever is done in whatever order by two processes, one key signs, another is next, and what is believed is what the states say.
func TestARingIsAlwaysWhole(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		dir, err := os.MkdirTemp("", "ring-")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dir)
		now := time.Now()
		clock := func() time.Time { return now }
		rings := [2]*Ring{}
		for i := range rings {
			if rings[i], err = Open(dir); err != nil {
				t.Fatal(err)
			}
			rings[i].now = clock
		}
		minted := map[string]string{} // by key
		for range rapid.IntRange(1, 8).Draw(t, "steps") {
			r := rings[rapid.IntRange(0, 1).Draw(t, "process")]
			if err := r.load(); err != nil {
				t.Fatal(err)
			}
			if minted[r.Signer().ID], err = r.Signer().Mint(wang, now, 24*time.Hour); err != nil {
				t.Fatal(err)
			}
			now = now.Add(time.Duration(rapid.IntRange(0, 90).Draw(t, "minutes")) * time.Minute)
			switch list := r.List(); rapid.IntRange(0, 2).Draw(t, "what") {
			case 0:
				if err := r.Rotate(time.Duration(rapid.IntRange(0, 120).Draw(t, "grace")) * time.Minute); err != nil {
					t.Fatal(err)
				}
			default:
				k := list[rapid.IntRange(0, len(list)-1).Draw(t, "key")]
				if err := r.Retire(k.ID); (err != nil) != (k.State == Current) || err != nil && !fault.Is(err, "keys.current") {
					t.Fatalf("retire the %s key: %v", k.State, err)
				}
			}
			v, err := token.NewRingVerifier(r, clock)
			if err != nil {
				t.Fatal(err)
			}
			count := map[State]int{}
			for _, k := range r.List() {
				count[k.State]++
				if raw := minted[k.ID]; raw != "" {
					if _, err := v.Verify(raw); (err == nil) == (k.State == Retired) {
						t.Fatalf("what the %s key signed: %v", k.State, err)
					}
				}
			}
			if count[Current] != 1 || count[Next] != 1 {
				t.Fatalf("%v", count)
			}
		}
	})
}

func TestManyProcessesMakeOneRing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var ids [8]string
	var all sync.WaitGroup
	for i := range ids {
		all.Go(func() {
			r, err := Open(dir)
			if err != nil {
				t.Error(err)
				return
			}
			ids[i] = r.Signer().ID
		})
	}
	all.Wait()
	for _, id := range ids {
		if id != ids[0] {
			t.Fatalf("%v", ids)
		}
	}
}

func TestThePublicKeysArePublishedAndNothingElse(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	r := open(t, dir)
	if err := r.Rotate(time.Hour); err != nil {
		t.Fatal(err)
	}
	set, err := r.JWKS()
	if err != nil {
		t.Fatal(err)
	}
	var parsed struct{ Keys []map[string]string }
	if err := json.Unmarshal(set, &parsed); err != nil || len(parsed.Keys) != 3 {
		t.Fatalf("%s, %v", set, err)
	}
	for _, k := range parsed.Keys {
		x, err := base64.RawURLEncoding.DecodeString(k["x"])
		if err != nil || len(x) != ed25519.PublicKeySize || k["kty"] != "OKP" || k["crv"] != "Ed25519" || k["d"] != "" || k["kid"] != thumbprint(x) {
			t.Errorf("%v", k)
		}
	}
	ringText, err := os.ReadFile(filepath.Join(dir, ringFile))
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range r.seen.Load().keys {
		for _, secret := range []string{base64.StdEncoding.EncodeToString(k.private.Seed()), base64.RawURLEncoding.EncodeToString(k.private.Seed())} {
			if strings.Contains(string(set)+string(ringText), secret[:20]) {
				t.Error("a private half is where it does not belong")
			}
		}
		if info, err := os.Stat(filepath.Join(dir, k.File)); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", k.File, info.Mode(), err)
		}
	}
}

func TestADamagedRingIsRefusedAndLeftAlone(t *testing.T) {
	t.Parallel()
	for name, damage := range map[string]func(string) string{
		"not JSON": func(string) string { return "{" }, "no keys": func(string) string { return "[]" },
		"a path that climbs": func(s string) string { return strings.Replace(s, firstFile, "../"+firstFile, 1) },
		"another kid":        func(s string) string { return strings.Replace(s, `"kid": "`, `"kid": "x`, 1) },
	} {
		dir := t.TempDir()
		r := open(t, dir)
		path := filepath.Join(dir, ringFile)
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		damaged := damage(string(text))
		if err := os.WriteFile(path, []byte(damaged), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(dir); err == nil {
			t.Errorf("%s is opened", name)
		}
		if err := r.Rotate(time.Hour); err == nil {
			t.Errorf("%s is rotated", name)
		}
		if after, _ := os.ReadFile(path); string(after) != damaged {
			t.Errorf("%s was written over", name)
		}
		if r.Signer().ID == "" {
			t.Errorf("%s: a process that runs has forgotten its keys", name)
		}
	}
}

func TestSecretsOutliveARotation(t *testing.T) {
	t.Parallel()
	r := open(t, t.TempDir())
	secrets := func() [][]byte {
		list, err := r.Secrets("test")
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	before := secrets()
	if err := r.Rotate(time.Hour); err != nil {
		t.Fatal(err)
	}
	after := secrets()
	if len(before) != 2 || len(after) != 3 || string(after[0]) != string(before[1]) {
		t.Error("the current key's secret does not come first")
	}
	found := false
	for _, s := range after {
		found = found || string(s) == string(before[0])
	}
	if !found {
		t.Error("what was made before cannot be read")
	}
}

// RFC 8037, appendix A.3.
func TestAKeyIsNamedByItsThumbprint(t *testing.T) {
	t.Parallel()
	x, err := hex.DecodeString("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
	if err != nil {
		t.Fatal(err)
	}
	if got := thumbprint(x); got != "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k" {
		t.Error(got)
	}
}

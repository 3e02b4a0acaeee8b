package keyring

import (
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"qbank/domain/fault"
	"qbank/internal/token"
)

const (
	lockFile = "signing-keys.lock"
	// remembered is how long a retired key is still listed.
	remembered = 400 * 24 * time.Hour
)

// Rotate makes the next key current. What was signed before is believed for as long as grace.
func (r *Ring) Rotate(grace time.Duration) error {
	if grace < 0 || grace > token.MaxLifetime {
		return fault.Refuse(fault.Invalid, "keys.grace", fault.Say("the time of grace is between nothing and a year", "宽限期应在 0 到一年之间"))
	}
	return r.change(func(ks keys) (keys, error) {
		now := r.now()
		current, next := ks.current(now), ks.next(now)
		for i := range ks {
			if ks.state(i, now) == Current || ks.state(i, now) == Former && ks[i].RetiresAt == 0 {
				ks[i].RetiresAt = now.Add(grace).UnixMicro()
			}
		}
		ks[next].SignsFrom = max(now.UnixMicro(), ks[current].SignsFrom+1)
		return ks, nil
	})
}

// Retire refuses from now on what a key signed. The current one cannot retire: rotate first.
func (r *Ring) Retire(id string) error {
	return r.change(func(ks keys) (keys, error) {
		now := r.now()
		i := slices.IndexFunc(ks, func(k Key) bool { return k.ID == id })
		switch {
		case i < 0:
			return nil, unknown(id)
		case i == ks.current(now):
			return nil, fault.Refuse(fault.Conflict, "keys.current", fault.Say(
				"this key signs at present; make the next one current first, with qbank keys rotate", "该密钥正在用于签名；请先用 qbank keys rotate 轮换"))
		case !ks[i].retired(now):
			ks[i].RetiresAt = now.UnixMicro()
		}
		return ks, nil
	})
}

// change lets f change the ring as it is on disk, while no other process does, and completes it: a ring has a current key and a next one.
func (r *Ring) change(f func(keys) (keys, error)) error {
	unlock, err := lock(filepath.Join(r.dir, lockFile))
	if err != nil {
		return err
	}
	defer unlock()
	var ks keys
	switch err := r.load(); {
	case err == nil:
		ks = slices.Clone(r.seen.Load().keys)
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	if ks, err = r.complete(ks); err != nil {
		return err
	}
	if ks, err = f(ks); err != nil {
		return err
	}
	if ks, err = r.complete(ks); err != nil {
		return err
	}
	if err := r.save(ks); err != nil {
		return err
	}
	return r.load()
}

// complete makes the keys that are missing and forgets what retired long ago.
func (r *Ring) complete(ks keys) (keys, error) {
	now := r.now()
	if len(ks) == 0 {
		first, err := token.LoadOrMake(filepath.Join(r.dir, firstFile))
		if err != nil {
			return nil, err
		}
		k := newKey(first, firstFile, now)
		k.SignsFrom = now.UnixMicro()
		ks = append(ks, k)
	}
	if ks.next(now) < 0 {
		_, private, err := ed25519.GenerateKey(nil)
		if err != nil {
			return nil, fmt.Errorf("make a signing key: %w", err)
		}
		k := newKey(private, "", now)
		k.File = "signing-key-" + k.ID + ".pem"
		if err := token.Write(filepath.Join(r.dir, k.File), private); err != nil {
			return nil, err
		}
		ks = append(ks, k)
	}
	return slices.DeleteFunc(ks, func(k Key) bool { return k.RetiresAt != 0 && time.UnixMicro(k.RetiresAt).Add(remembered).Before(now) }), nil
}

// save writes beside the place and renames, so that readers see the ring before or after, and then deletes private halves that are not needed
// any more.
func (r *Ring) save(ks keys) error {
	text, err := json.MarshalIndent(ks, "", "  ")
	if err != nil {
		return fmt.Errorf("encode the ring of keys: %w", err)
	}
	draft, err := os.CreateTemp(r.dir, ".keys-*") // mode 0600
	if err != nil {
		return fmt.Errorf("write the ring of keys: %w", err)
	}
	defer os.Remove(draft.Name())
	_, err = draft.Write(append(text, '\n'))
	if err := errors.Join(err, draft.Sync(), draft.Close()); err != nil {
		return fmt.Errorf("write the ring of keys: %w", err)
	}
	if err := os.Rename(draft.Name(), filepath.Join(r.dir, ringFile)); err != nil {
		return fmt.Errorf("write the ring of keys: %w", err)
	}
	for _, k := range ks {
		if !k.retired(r.now()) {
			continue
		}
		if err := os.Remove(filepath.Join(r.dir, k.File)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("delete a retired key: %w", err)
		}
	}
	return nil
}

// lock waits until no other process changes the ring.
func lock(path string) (unlock func(), err error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the ring of keys: %w", err)
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX); err != nil {
		return nil, errors.Join(fmt.Errorf("lock the ring of keys: %w", err), file.Close())
	}
	return func() { file.Close() }, nil // which unlocks
}

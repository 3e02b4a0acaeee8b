package delivery

import (
	"net/http"
	"strconv"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/fault"
)

// maxTombstones is how many tombstones are listed at once.
const maxTombstones = 1_000

// Tombstone is a public view that devices must forget.
type Tombstone struct {
	SHA256   string    `json:"sha256"`
	Question uuid.UUID `json:"question"`
	Version  int       `json:"version"`
	Since    int64     `json:"since"` // microseconds
}

// tombstones lists what was taken down after an instant, the oldest first, so that a device that was away forgets what it keeps. Where there is more, next is where
// to go on.
func (d *Door) tombstones(w http.ResponseWriter, r *http.Request, actor access.Actor) error {
	since, err := sinceOf(r)
	if err != nil {
		return err
	}
	all, err := d.Bus.Tombstones(r.Context(), actor.Scope)
	if err != nil {
		return err
	}
	list, next := []Tombstone{}, int64(0)
	for i := len(all) - 1; i >= 0; i-- {
		t := all[i]
		if t.Since <= since {
			continue
		}
		if len(list) >= maxTombstones && t.Since > list[len(list)-1].Since { // those of one instant stay together
			next = list[len(list)-1].Since
			break
		}
		list = append(list, Tombstone{string(t.View), t.Question, t.Version, t.Since})
	}
	answer := map[string]any{"tombstones": list}
	if next > 0 {
		answer["next"] = next
	}
	return respond(w, http.StatusOK, answer)
}

func sinceOf(r *http.Request) (int64, error) {
	text := r.URL.Query().Get("since")
	if text == "" {
		return 0, nil
	}
	since, err := strconv.ParseInt(text, 10, 64)
	if err != nil || since < 0 {
		return 0, shape("/since", fault.Say("microseconds since 1970 are expected", "应为 1970 年以来的微秒数"))
	}
	return since, nil
}

// takenDown refuses a public view that nothing shows any more.
func takenDown(since int64) error {
	return fault.Refuse(fault.NotFound, "blob.taken_down", fault.Say("what stood here was taken down; forget it", "该内容已下架，请删除本地缓存")).With("since", since)
}

package files

import (
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"time"

	"qbank/domain/access"
	"qbank/domain/content"
	"qbank/domain/fault"
	"qbank/internal/blob"
	"qbank/internal/library"
)

// kept is what became of an upload.
type kept struct {
	ID       string   `json:"id"`
	SHA256   string   `json:"sha256"`         // what to name it by
	Sent     string   `json:"sent,omitempty"` // hash of what was sent, where cleaning changed it
	Type     string   `json:"type"`
	Size     int64    `json:"size"` // bytes
	Width    int      `json:"width,omitempty"`
	Height   int      `json:"height,omitempty"`
	Duration int64    `json:"duration_ms,omitempty"`
	Name     string   `json:"name"`
	Removed  []string `json:"removed,omitempty"` // what cleaning took out
	Revision int      `json:"revision"`
	Position int64    `json:"position"` // in the log, for the argument at; 0 where it was kept already
}

// keep takes a file in.
func (d *Door) keep(w http.ResponseWriter, r *http.Request, actor access.Actor) error {
	claimed := r.Header.Get("Content-Type")
	if claimed != "" {
		var err error
		if claimed, _, err = mime.ParseMediaType(claimed); err != nil {
			return fault.Refuse(fault.Invalid, "file.media_type", fault.Say("the Content-Type cannot be read", "Content-Type 无法识别"))
		}
	}
	if claimed == "multipart/form-data" || claimed == "application/x-www-form-urlencoded" {
		return fault.Refuse(fault.Invalid, "file.media_type", fault.Say("send the file itself as the body; a form is not read", "请直接以文件内容作为请求体，不要使用表单"))
	}
	if d.Library == nil {
		return fault.Refuse(fault.Unavailable, "resource.no_folder", fault.Say("this server keeps no files", "此服务器未启用文件存储"))
	}
	found, err := d.Library.Take(r.Context(), actor, library.Upload{
		Body: newPaced(w, r.Body), Hash: content.Hash(r.PathValue("sha256")), Media: claimed, Title: r.URL.Query().Get("name"),
	})
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Location", "/files/blobs/"+string(found.Hash))
	if found.New {
		w.WriteHeader(http.StatusCreated)
	}
	return json.NewEncoder(w).Encode(kept{
		ID: found.ID.String(), SHA256: string(found.Hash), Sent: string(found.Sent), Type: found.Type, Size: found.Size, Width: found.Width, Height: found.Height,
		Duration: found.Duration, Name: found.Title, Removed: found.Removed, Revision: found.Revision, Position: found.Position,
	})
}

// A large file takes longer than other requests may. A sender keeps the time it has by sending: this much in each stretch of time.
const (
	stretch = 30 * time.Second
	pace    = 1 << 20 // bytes
)

// paced moves a connection's deadline while its sender keeps pace.
type paced struct {
	io.Reader
	connection *http.ResponseController
	left       int // bytes until the deadline moves
}

func newPaced(w http.ResponseWriter, body io.Reader) *paced {
	p := &paced{Reader: body, connection: http.NewResponseController(w)}
	p.move()
	return p
}

func (p *paced) move() {
	p.left = pace
	_ = p.connection.SetReadDeadline(time.Now().Add(stretch)) // where a connection has none, the server's own bounds hold
}

// Read reads on, and moves the deadline once enough has come.
func (p *paced) Read(b []byte) (int, error) {
	n, err := p.Reader.Read(b)
	if p.left -= n; p.left <= 0 {
		p.move()
	}
	return n, err
}

// blob serves a file to authors.
func (d *Door) blob(w http.ResponseWriter, r *http.Request, actor access.Actor) error {
	if d.Library == nil {
		return fault.Refuse(fault.NotFound, "blob.not_found", fault.Say("there is nothing under this hash", "没有该哈希对应的内容"))
	}
	hash := content.Hash(r.PathValue("sha256"))
	facts, err := d.Library.Facts(r.Context(), actor.Scope.Org, hash)
	if err != nil {
		return err
	}
	return blob.ServeFile(w, r, d.Library.Open, hash, facts.Media)
}

package bench

import (
	"net/http"
	"sync"
)

// fanOut writes the same event to whoever listens, and knows nothing else.
type fanOut struct {
	mu        sync.Mutex
	listeners []chan struct{}
}

func (f *fanOut) mount(mux *http.ServeMux) {
	mux.HandleFunc("GET /v1/me/events", f.listen)
	mux.HandleFunc("POST /tell", f.tell)
}

func (f *fanOut) listen(w http.ResponseWriter, r *http.Request) {
	told := make(chan struct{}, 1)
	f.mu.Lock()
	f.listeners = append(f.listeners, told)
	f.mu.Unlock()
	w.Header().Set("Content-Type", "text/event-stream")
	stream := http.NewResponseController(w)
	for event := "event: snapshot\ndata: {}\n\n"; ; event = "event: reissue\ndata: {}\n\n" {
		if _, err := w.Write([]byte(event)); err != nil || stream.Flush() != nil {
			return
		}
		select {
		case <-told:
		case <-r.Context().Done():
			return
		}
	}
}

func (f *fanOut) tell(http.ResponseWriter, *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, told := range f.listeners {
		select {
		case told <- struct{}{}:
		default:
		}
	}
}

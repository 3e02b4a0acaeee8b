package devissuer

import (
	"bytes"
	"io"
	"net/http"
)

// Client reaches the issuer within the process: the program need not be able to call itself over the network.
func (i *Issuer) Client() *http.Client { return &http.Client{Transport: within{i}} }

type within struct{ issuer *Issuer }

// RoundTrip serves a request on the spot.
func (t within) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	if r.Body == nil {
		r.Body = http.NoBody
	}
	r.Host, r.RemoteAddr, r.RequestURI = r.URL.Host, "127.0.0.1:0", r.URL.RequestURI()
	w := &written{header: http.Header{}, status: http.StatusOK}
	t.issuer.ServeHTTP(w, r)
	return &http.Response{StatusCode: w.status, Status: http.StatusText(w.status), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: w.header,
		Body: io.NopCloser(&w.body), ContentLength: int64(w.body.Len()), Request: r}, nil
}

// written is a response in memory.
type written struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (w *written) Header() http.Header         { return w.header }
func (w *written) WriteHeader(status int)      { w.status = status }
func (w *written) Write(b []byte) (int, error) { return w.body.Write(b) }

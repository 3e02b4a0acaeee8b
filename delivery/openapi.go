package delivery

import (
	_ "embed"
	"net/http"
)

//go:embed openapi.json
var openAPIDocument []byte

// openAPI serves the description of this door (OpenAPI 3.1).
func openAPI(w http.ResponseWriter, _ *http.Request) error {
	h := w.Header()
	h.Set("Content-Type", "application/vnd.oai.openapi+json;version=3.1")
	h.Set("Cache-Control", "public, max-age=300")
	_, _ = w.Write(openAPIDocument) // a client that went away will ask again
	return nil
}

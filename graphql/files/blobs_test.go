package files_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"qbank/domain/content"
)

// stored is what the door says of an upload.
type stored struct {
	ID, SHA256, Sent, Type, Name string
	Size, Position               int64
	Width, Height, Revision      int
	Removed                      []string
}

func (s *site) put(token, path, media, file string) (stored, answer) {
	s.t.Helper()
	got := s.send("PUT", path, token, media, strings.NewReader(file))
	var kept stored
	if got.status < 300 {
		if err := json.Unmarshal(got.body, &kept); err != nil {
			s.t.Fatal(err)
		}
	}
	return kept, got
}

func pathOf(file string) string { return "/files/blobs/" + string(content.HashBytes([]byte(file))) }

func TestAFileIsPutAndRead(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.work()
	const file = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 3"><rect width="1"></rect></svg>`
	kept, got := s.put("author@school", pathOf(file)+"?name=%E6%A1%A5.svg", "image/svg+xml", file)
	if got.status != 201 || kept.SHA256 != string(content.HashBytes([]byte(file))) || kept.Type != "image/svg+xml" || kept.Name != "桥.svg" || kept.Width != 4 || kept.Height != 3 ||
		kept.Sent != "" || kept.Position == 0 || got.header.Get("Location") != pathOf(file) {
		t.Fatalf("%d %s %v", got.status, got.body, got.header)
	}
	if again, got := s.put("author@school", pathOf(file)+"?name=other", "", file); got.status != 200 || again.Name != "桥.svg" || again.ID != kept.ID {
		t.Errorf("%d %s", got.status, got.body)
	}
	posted := s.send("POST", "/files/blobs", "author@school", "", strings.NewReader(`<svg onload="x"><script>y</script></svg>`))
	var cleaned stored
	if err := json.Unmarshal(posted.body, &cleaned); err != nil || posted.status != 201 || cleaned.Sent == "" || cleaned.SHA256 == cleaned.Sent || len(cleaned.Removed) != 2 {
		t.Errorf("%d %s, %v", posted.status, posted.body, err)
	}
	read := s.send("GET", pathOf(file), "reviewer@school/maths", "", nil)
	if string(read.body) != file || read.header.Get("Content-Type") != "image/svg+xml" || read.header.Get("Content-Disposition") != "attachment" ||
		!strings.Contains(read.header.Get("Content-Security-Policy"), "sandbox") || read.header.Get("Cache-Control") != "private, max-age=31536000, immutable" {
		t.Errorf("%d %s %v", read.status, read.body, read.header)
	}
	for token, want := range map[string]int{"author@other": 404, "author@": 404, "student@school": 403, "teacher@school": 403, "": 401, "bad": 401} {
		if got := s.send("GET", pathOf(file), token, "", nil); got.status != want || bytes.Contains(got.body, []byte("rect")) {
			t.Errorf("%q: %d %s", token, got.status, got.body)
		}
	}
	for _, path := range []string{"/files/blobs/nonsense", "/files/blobs/..%2f..%2fetc", pathOf("never sent")} {
		if got := s.send("GET", path, "author@school", "", nil); got.status != http.StatusNotFound {
			t.Errorf("%s: %d %s", path, got.status, got.body)
		}
	}
}

func TestPutsThatAreRefused(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.work()
	const file = "%PDF-1"
	for name, c := range map[string]struct {
		token, path, media string
		body               io.Reader
		status             int
		code               string
	}{
		"no token":       {"", pathOf(file), "", strings.NewReader(file), 401, "access.no_token"},
		"a reviewer":     {"reviewer@school", pathOf(file), "", strings.NewReader(file), 403, "access.denied"},
		"another hash":   {"author@school", pathOf("x"), "", strings.NewReader(file), 400, "resource.hash_mismatch"},
		"no hash":        {"author@school", "/files/blobs/ABC", "", strings.NewReader(file), 400, "resource.hash"},
		"another type":   {"author@school", pathOf(file), "image/png", strings.NewReader(file), 400, "resource.type_mismatch"},
		"a form":         {"author@school", pathOf(file), "multipart/form-data; boundary=x", strings.NewReader(file), 400, "file.media_type"},
		"no media":       {"author@school", pathOf(file), ";;", strings.NewReader(file), 400, "file.media_type"},
		"no known type":  {"author@school", pathOf("MZ"), "", strings.NewReader("MZ"), 400, "resource.type_unknown"},
		"a long name":    {"author@school", pathOf(file) + "?name=" + strings.Repeat("x", 301), "", strings.NewReader(file), 400, "resource.title"},
		"too much of it": {"author@school", pathOf(file), "", io.MultiReader(strings.NewReader("OTTO"), io.LimitReader(zeros{}, 21<<20)), 413, "file.too_large"},
	} {
		got := s.send("PUT", c.path, c.token, c.media, c.body)
		if got.status != c.status || !bytes.Contains(got.body, []byte(`"code":"`+c.code+`"`)) {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	for name, c := range map[string]struct {
		header, value string
		status        int
		code          string
	}{
		"another site": {"Sec-Fetch-Site", "cross-site", 403, "file.cross_origin"},
		"compressed":   {"Content-Encoding", "gzip", 415, "file.encoding"},
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPut, s.http.URL+pathOf(file), strings.NewReader(file))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer author@school")
		r.Header.Set(c.header, c.value)
		w, err := s.http.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(w.Body)
		_ = w.Body.Close()
		if w.StatusCode != c.status || w.Header.Get("Content-Type") != "application/json" || !bytes.Contains(body, []byte(`"code":"`+c.code+`"`)) {
			t.Errorf("%s: %d %s", name, w.StatusCode, body)
		}
	}
	if got := s.send("DELETE", pathOf(file), "author@school", "", nil); got.status != http.StatusMethodNotAllowed {
		t.Errorf("%d %s", got.status, got.body)
	}
}

func (s *site) ranged(path, header string) answer {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.http.URL+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer author@school")
	name, value, _ := strings.Cut(header, ": ")
	r.Header.Set(name, value)
	response, err := s.http.Client().Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer{response.StatusCode, response.Header, text}
}

func TestPartsOfAFile(t *testing.T) {
	t.Parallel()
	s := open(t)
	s.work()
	const file = "%PDF-0123456789"
	s.put("author@school", pathOf(file), "", file)
	for header, want := range map[string]struct {
		status int
		body   string
	}{"Range: bytes=5-7": {206, "012"}, "Range: frames=1-2": {200, file}, "Range: bytes=99-": {416, ""}, "If-None-Match: \"" + string(content.HashBytes([]byte(file))) + "\"": {304, ""}} {
		got := s.ranged(pathOf(file), header)
		if got.status != want.status || want.status < 300 && string(got.body) != want.body || want.status == 416 && !bytes.Contains(got.body, []byte("blob.range")) {
			t.Errorf("%s: %d %s", header, got.status, got.body)
		}
	}
}

func TestAFormIsServedByItsHash(t *testing.T) {
	t.Parallel()
	s := open(t)
	const path = "/files/forms/single-choice/1.0.0"
	chinese, english := s.send("GET", path+"?locale=zh-CN", "author@school", "", nil), s.send("GET", path+"?locale=en", "author@school", "", nil)
	for _, got := range []answer{chinese, english} {
		var form struct{ Type, Locale, Title string }
		if err := json.Unmarshal(got.body, &form); err != nil || got.status != 200 || form.Type != "single-choice@1.0.0" || form.Locale != got.header.Get("Content-Language") ||
			got.header.Get("ETag") != `"`+string(content.HashBytes(got.body))+`"` {
			t.Errorf("%d %v %.200s", got.status, got.header, got.body)
		}
	}
	if !bytes.Contains(chinese.body, []byte("题干")) || bytes.Contains(english.body, []byte("题干")) {
		t.Error("the wrong language")
	}
	if got := s.ranged(path+"?locale=zh-CN", "If-None-Match: W/"+chinese.header.Get("ETag")); got.status != 304 || len(got.body) > 0 {
		t.Errorf("%d %s", got.status, got.body)
	}
	if got := s.ranged(path+"?locale=en", "If-None-Match: "+chinese.header.Get("ETag")); got.status != 200 {
		t.Errorf("%d", got.status)
	}
	if got := s.ranged(path, "Accept-Language: zh;q=0.9, en;q=0.1"); got.header.Get("Content-Language") != "zh-CN" {
		t.Errorf("%v", got.header)
	}
	for at, want := range map[string]int{"/files/forms/none/1.0.0": 404, "/files/forms/single-choice/1": 400, "/files/forms/single-choice/9.0.0": 404} {
		if got := s.send("GET", at, "author@school", "", nil); got.status != want {
			t.Errorf("%s: %d %s", at, got.status, got.body)
		}
	}
	if got := s.send("GET", path, "teacher@school", "", nil); got.status != 403 {
		t.Errorf("%d", got.status)
	}
}

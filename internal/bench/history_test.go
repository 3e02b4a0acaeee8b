package bench

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/uuid"

	"qbank/domain/attempt"
	"qbank/interchange"
	"qbank/internal/pgtest"
	"qbank/schemas"
)

func TestMadeUpQuestionsAreTakenAsTheyAre(t *testing.T) {
	t.Parallel()
	builtIn, err := schemas.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	const count = 500
	var text, again bytes.Buffer
	if err := errors.Join(writeGIFT(&text, 100, count), writeGIFT(&again, 100, count)); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(text.Bytes(), again.Bytes()) {
		t.Error("the same numbers are not the same questions")
	}
	source, err := interchange.OpenGIFT(&text, interchange.Defaults{})
	if err != nil {
		t.Fatal(err)
	}
	types, ids := map[string]int{}, map[string]bool{}
	for {
		item, err := source.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if item.Refused || len(item.Notes) > 0 {
			t.Fatalf("%s: %+v", item.Source, item.Notes)
		}
		types[item.Type.ID]++
		ids[item.Source] = true
		for _, typ := range builtIn {
			if typ.Ref() == item.Type {
				if problems := typ.Check(item.Content); len(problems) > 0 {
					t.Fatalf("%s cannot be published: %+v", item.Source, problems)
				}
			}
		}
	}
	want := map[string]int{"single-choice": 250, "multiple-choice": 50, "true-false": 50, "numeric": 50, "short-text": 50, "matching": 50}
	if !maps.Equal(types, want) || len(ids) != count {
		t.Errorf("%d questions of types %v, want %d of %v", len(ids), types, count, want)
	}
}

func TestAMadeUpPastIsWhole(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	tests, err := history{questions: 90, lessons: 2, attempts: 3}.write(t.Context(), pool, t.Logf)
	if err != nil {
		t.Fatal(err)
	}
	if len(tests) != 2 || len(tests[1].items) != itemsOfLesson {
		t.Fatalf("%d lessons", len(tests))
	}
	rows, err := pool.Query(t.Context(), "select type, count(*) from events where type !~ '^type' group by type")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	got := map[string]int{}
	for rows.Next() {
		var name string
		var count int
		if err := rows.Scan(&name, &count); err != nil {
			t.Fatal(err)
		}
		got[name] = count
	}
	want := map[string]int{"question.created": 90, "question.submitted": 90, "question.approved": 90, "question.published": 90, "lesson.created": 2,
		"lesson.published": 2, "release.activated": 2, "environment.created": 1, "attempt.started": 3, "attempt.answered": 3 * itemsOfLesson, "attempt.finished": 3}
	if !maps.Equal(got, want) {
		t.Errorf("events %v, want %v", got, want)
	}
}

func TestTheBaselineKeepsARowForEachAnswer(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	rows, err := newRowKeeper(t.Context(), pool)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/attempts/{id}/answers", rows.answer)
	id := uuid.New()
	for i := range 3 {
		body := fmt.Sprintf(`{"key":"k%d","slot":"q1","response":{"choice":"a"}}`, i)
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/v1/attempts/"+id.String()+"/answers", strings.NewReader(body)))
		var receipt attempt.Receipt
		if err := json.Unmarshal(w.Body.Bytes(), &receipt); err != nil || w.Code != http.StatusOK || receipt.Key != fmt.Sprintf("k%d", i) {
			t.Fatalf("%d %s (%v)", w.Code, w.Body, err)
		}
	}
	var stored int
	err = pool.QueryRow(t.Context(), `select count(*) from events where stream_id = $1 and type = 'attempt.answered' and data->>'slot' = 'q1'`, id).Scan(&stored)
	if err != nil || stored != 3 {
		t.Errorf("%d rows are stored (%v)", stored, err)
	}
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/v1/attempts/"+id.String()+"/answers", strings.NewReader("{")))
	if w.Code != http.StatusBadRequest {
		t.Errorf("a broken body got %d", w.Code)
	}
}

func TestTheBaselineKnowsAnUnchangedManifest(t *testing.T) {
	t.Parallel()
	handle := sameBytes([]byte(`{"lesson":1}`), `"tag"`)
	for tag, want := range map[string]int{"": http.StatusOK, `"other"`: http.StatusOK, `"tag"`: http.StatusNotModified} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("If-None-Match", tag)
		w := httptest.NewRecorder()
		handle(w, r)
		if w.Code != want || (want == http.StatusOK) != (w.Body.Len() > 0) || w.Header().Get("ETag") != `"tag"` {
			t.Errorf("%s: %d %q", tag, w.Code, w.Body)
		}
	}
}

package sim

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
)

// Student is one simulated client.
type Student struct {
	HTTP  *http.Client
	Base  string // of the server: "http://127.0.0.1:8080"
	Token string
	Draw  *rand.Rand // decides when the network fails
}

// Answer is what the student wants to say at a place.
type Answer struct {
	Slot     string
	Response any
}

// Tally counts what was sent.
type Tally struct {
	Distinct   int // answers, each counted once
	Sent       int // answers, as often as they were sent
	Late       int // answers handed in together at the end
	Mismatches int // acknowledgements of the same answer that were not the same bytes
}

// How often the network fails, in percent of the answers.
const (
	lostPercent  = 4 // the acknowledgement does not arrive: the client sends again
	twicePercent = 3 // the client sends twice at once
	latePercent  = 6 // there is no network: the answer is handed in at the end
)

// Sit takes a lesson: starts, answers each place once and finishes.
func (s *Student) Sit(ctx context.Context, lesson string, answers []Answer) (attempt string, tally Tally, err error) {
	var started struct{ ID string }
	if _, err := s.post(ctx, "/v1/attempts", map[string]any{"lesson": lesson}, &started); err != nil {
		return "", tally, err
	}
	path := "/v1/attempts/" + started.ID
	var late []any
	for i, a := range answers {
		body := map[string]any{"key": fmt.Sprintf("a%d", i), "slot": a.Slot, "response": a.Response, "event_mono": 1000 * i}
		tally.Distinct++
		luck := s.Draw.IntN(100)
		if luck < latePercent {
			late = append(late, body)
			continue
		}
		times := 1
		if luck < latePercent+lostPercent+twicePercent {
			times = 2
		}
		if err := s.send(ctx, path+"/answers", body, times, &tally); err != nil {
			return started.ID, tally, err
		}
	}
	if len(late) > 0 {
		tally.Late = len(late)
		tally.Sent += len(late)
		body := map[string]any{"sent_mono": 1000 * len(answers), "answers": late}
		var outcome struct {
			Results []struct{ Problem json.RawMessage }
		}
		if _, err := s.post(ctx, path+"/answers", body, &outcome); err != nil {
			return started.ID, tally, err
		}
		for _, result := range outcome.Results {
			if result.Problem != nil {
				return started.ID, tally, fmt.Errorf("a late answer was refused: %s", result.Problem)
			}
		}
	}
	_, err = s.post(ctx, path+"/finish", map[string]any{}, nil)
	return started.ID, tally, err
}

// send sends one answer so many times and compares the acknowledgements.
func (s *Student) send(ctx context.Context, path string, body any, times int, tally *Tally) error {
	var first []byte
	for range times {
		tally.Sent++
		receipt, err := s.post(ctx, path, body, nil)
		if err != nil {
			return err
		}
		if first != nil && !bytes.Equal(first, receipt) {
			tally.Mismatches++
		}
		first = receipt
	}
	return nil
}

func (s *Student) post(ctx context.Context, path string, body, into any) ([]byte, error) {
	encoded, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.Base+path, bytes.NewReader(encoded))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+s.Token)
	request.Header.Set("Content-Type", "application/json")
	response, err := s.HTTP.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, 4<<20))
	if err != nil {
		return nil, err
	}
	if response.StatusCode >= 300 {
		return nil, fmt.Errorf("POST %s: %s: %s", path, response.Status, answer)
	}
	if into != nil {
		return answer, json.Unmarshal(answer, into)
	}
	return answer, nil
}

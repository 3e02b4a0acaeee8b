package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"qbank/domain/access"
	"qbank/projections"
	"qbank/projections/catalog"
)

// listed is how many questions a page has.
const listed = 50

// listQuery asks for a page of questions with eight fields.
const listQuery = `{questions(first: 50) {edges {node {code state revision latestVersion problemCount summary hash updatedBy}}}}`

// measureGraphQL compares a list of questions with the SQL that it comes down to.
func measureGraphQL(ctx context.Context, r *run) ([]Figure, error) {
	s, err := r.openSchool(ctx, false)
	if err != nil {
		return nil, err
	}
	defer s.shut()
	author := access.Actor{ID: "author", Roles: []access.Role{access.Author}, Scope: place}
	bearer, err := s.signer.Mint(author, time.Now(), 6*time.Hour)
	if err != nil {
		return nil, err
	}
	bare, err := s.baseline(ctx, "--database", r.cluster.url(s.database))
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(map[string]string{"query": listQuery})
	if err != nil {
		return nil, err
	}
	if err := s.sameList(ctx, bare, bearer, body); err != nil {
		return nil, err
	}
	script := fmt.Sprintf("wrk.method = %q\nwrk.body = [[%s]]\nwrk.headers[\"Content-Type\"] = %q\n", http.MethodPost, body, "application/json")
	list := func(from *server) func(context.Context) (sample, error) {
		return func(ctx context.Context) (sample, error) {
			got, err := s.wrk(ctx, load{url: from.base + "/graphql", headers: []string{"Authorization: Bearer " + bearer}, script: script})
			return got.sample(), err
		}
	}
	medians, err := r.compare(ctx, side{"bare", list(bare)}, side{"qbank", list(s.server)})
	if err != nil {
		return nil, err
	}
	return []Figure{ratio("graphql_list", "requests/s", medians[1].rate, medians[0].rate, "the same rows by bare SQL, encoded by encoding/json", 0.25)}, nil
}

// sameList makes sure that both sides answer the same.
func (s *school) sameList(ctx context.Context, bare *server, bearer string, body []byte) error {
	var answers [2]page
	for i, server := range []*server{s.server, bare} {
		answer, err := post(ctx, server.base+"/graphql", bearer, body)
		if err == nil {
			err = json.Unmarshal(answer, &answers[i])
		}
		if err != nil || len(answers[i].Data.Questions.Edges) != listed {
			return fmt.Errorf("list questions: %.300s (%w)", answer, err)
		}
	}
	if !reflect.DeepEqual(answers[0], answers[1]) {
		return errors.New("the two sides list different questions")
	}
	return nil
}

// post sends JSON to a server and returns what it says.
func post(ctx context.Context, url, bearer string, body []byte) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+bearer)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, 4<<20))
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("POST %s: %s: %.300s", url, response.Status, answer)
	}
	return answer, err
}

// page is the answer of both sides.
type page struct {
	Data struct {
		Questions struct {
			Edges []edge `json:"edges"`
		} `json:"questions"`
	} `json:"data"`
}

type edge struct {
	Node listedQuestion `json:"node"`
}

type listedQuestion struct {
	Code          string `json:"code"`
	State         string `json:"state"`
	Revision      int    `json:"revision"`
	LatestVersion *int   `json:"latestVersion"`
	ProblemCount  int    `json:"problemCount"`
	Summary       string `json:"summary"`
	Hash          string `json:"hash"`
	UpdatedBy     string `json:"updatedBy"`
}

// bareList answers with the newest questions, whatever it is asked: the statement that the list comes down to, and encoding/json.
func bareList(pool *pgxpool.Pool) http.HandlerFunc {
	table := pgx.Identifier{projections.SchemaName("catalog", catalog.New(nil).Version()), "questions"}.Sanitize()
	sql := `select code, upper(state), revision, nullif(latest, 0), problems, summary, draft_hash, updated_by
		from ` + table + ` where org = $1 order by updated_at desc, id desc limit $2`
	return func(w http.ResponseWriter, r *http.Request) {
		var asked struct{ Query string }
		err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&asked)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		rows, err := pool.Query(r.Context(), sql, place.Org, listed)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		found, err := pgx.CollectRows(rows, pgx.RowToStructByPos[listedQuestion])
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		var answer page
		for _, q := range found {
			answer.Data.Questions.Edges = append(answer.Data.Questions.Edges, edge{q})
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(answer) // fails only where the client has gone
	}
}

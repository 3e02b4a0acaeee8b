package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"qbank/domain/attempt"
	"qbank/domain/event"
	"qbank/domain/lesson"
	"qbank/domain/scoring"
)

// Baseline is the server of the other side: handlers that do the least that could be called the same work.
type Baseline struct {
	Listen   string
	Database string // URL; "": none is needed
	Manifest string // file whose bytes are the manifest; "": none
	ETag     string // of the manifest
}

// baselineConnections is what the single rows of the append have, too: more of them are not faster.
const baselineConnections = singleClients

// Serve serves until ctx ends.
func (b Baseline) Serve(ctx context.Context) error {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /readyz", func(http.ResponseWriter, *http.Request) {})
	(&fanOut{}).mount(mux)
	if b.Manifest != "" {
		body, err := os.ReadFile(b.Manifest)
		if err != nil {
			return err
		}
		mux.HandleFunc("GET /v1/lessons/{id}/manifest", sameBytes(body, b.ETag))
	}
	if b.Database != "" {
		pool, err := openPool(ctx, b.Database, baselineConnections)
		if err != nil {
			return err
		}
		defer pool.Close()
		rows, err := newRowKeeper(ctx, pool)
		if err != nil {
			return err
		}
		mux.HandleFunc("POST /v1/attempts/{id}/answers", rows.answer)
		mux.HandleFunc("POST /graphql", bareList(pool))
		bareLooks(mux, pool)
	}
	listener, err := net.Listen("tcp", b.Listen)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go func() {
		<-ctx.Done()
		server.Close()
	}()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// sameBytes writes bytes that never change, with their ETag.
func sameBytes(body []byte, etag string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", etag)
		if r.Header.Get("If-None-Match") == etag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Write(body)
	}
}

// rowKeeper commits each answer as one row of the log's table, of the same columns and about the same bytes as the real event. It
// verifies nothing, scores nothing and puts nothing in order.
type rowKeeper struct {
	pool     *pgxpool.Pool
	position atomic.Int64
}

func newRowKeeper(ctx context.Context, pool *pgxpool.Pool) (*rowKeeper, error) {
	k := &rowKeeper{pool: pool}
	var last int64
	if err := pool.QueryRow(ctx, "select coalesce(max(position), 0) from events").Scan(&last); err != nil {
		return nil, fmt.Errorf("read the head: %w", err)
	}
	k.position.Store(last)
	return k, nil
}

const insertRow = `insert into events values (0, $1, $2, $3, $4, 'attempt.answered', 1, $5, $6, $7, now())`

func (k *rowKeeper) answer(w http.ResponseWriter, r *http.Request) {
	id, err := uuid.Parse(r.PathValue("id"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusNotFound)
		return
	}
	var given struct {
		Key      string          `json:"key"`
		Slot     string          `json:"slot"`
		Response json.RawMessage `json:"response"`
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
	if err == nil {
		err = json.Unmarshal(body, &given)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	position := k.position.Add(1)
	at := time.Now().UnixMicro()
	data, err := json.Marshal(attempt.Answered{Key: given.Key, Slot: lesson.Slot(given.Slot), Response: given.Response, Status: scoring.Scored,
		Fraction: scoring.Full, Mark: scoring.OneMark, Parts: []scoring.Part{{Item: "a", Right: true, Fraction: scoring.Full}}, At: at, ClientAt: at})
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	meta, err := json.Marshal(event.Meta{Actor: "student-0000", Org: place.Org, Environment: place.Environment, Correlation: strings.ReplaceAll(uuid.NewString(), "-", ""), At: at})
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	if _, err := k.pool.Exec(r.Context(), insertRow, position, id, position, newID(), string(data), string(meta), id); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	receipt := append(make([]byte, 0, 128), `{"key":`...)
	receipt = strconv.AppendQuote(receipt, given.Key)
	receipt = append(receipt, `,"slot":`...)
	receipt = strconv.AppendQuote(receipt, given.Slot)
	receipt = append(receipt, `,"sequence":`...)
	receipt = strconv.AppendInt(receipt, position, 10)
	receipt = append(receipt, `,"received_at":`...)
	receipt = append(strconv.AppendInt(receipt, at, 10), '}')
	w.Header().Set("Content-Type", "application/json")
	w.Write(receipt)
}

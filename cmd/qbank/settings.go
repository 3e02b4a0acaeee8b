package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/jackc/pgx/v5/pgxpool"

	"qbank/domain/fault"
	"qbank/internal/localpg"
	"qbank/internal/token"
)

// Settings are the flags that every command understands.
type Settings struct {
	DataDir     string `help:"Where the private PostgreSQL, the signing key and files live." default:"qbank-data" type:"path"`
	DatabaseURL string `help:"A PostgreSQL (14 or later) of your own, instead of the private one." placeholder:"URL"`
	Connections int32  `help:"Database connections at most; each read model and process keeps one." default:"40"`
	LogFormat   string `help:"How log lines look: ${enum}." enum:"text,json" default:"text"`
	LogLevel    string `help:"What is logged: ${enum} and above." enum:"debug,info,warn,error" default:"info"`
}

// logger writes to w as the settings say.
func (s Settings) logger(w io.Writer) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(s.LogLevel)); err != nil {
		level = slog.LevelInfo // kong let only known levels in
	}
	options := &slog.HandlerOptions{Level: level}
	if s.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}

// signer reads the signing key of the data directory, or makes it.
func (s Settings) signer() (token.Signer, error) {
	if err := os.MkdirAll(s.DataDir, 0o755); err != nil {
		return token.Signer{}, fmt.Errorf("make the data directory: %w", err)
	}
	key, err := token.LoadOrMake(filepath.Join(s.DataDir, "signing-key.pem"))
	return token.Signer{Key: key}, err
}

// database opens the settings' database. Without a URL that is the private one: started, if alone is true; else used where it
// runs already under a server, and started where it does not. close ends what was opened.
func (s Settings) database(ctx context.Context, log *slog.Logger, alone bool, extra map[string]string) (pool *pgxpool.Pool, closeAll func(), err error) {
	url, stop := s.DatabaseURL, func() {}
	if url == "" {
		if url, stop, err = s.private(ctx, log, alone, extra); err != nil {
			return nil, nil, err
		}
	}
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		stop()
		return nil, nil, fmt.Errorf("the database URL: %w", err)
	}
	config.MaxConns = s.Connections
	pool, err = pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		stop()
		return nil, nil, fmt.Errorf("connect to the database: %w", err)
	}
	return pool, func() { pool.Close(); stop() }, nil
}

func (s Settings) private(ctx context.Context, log *slog.Logger, alone bool, extra map[string]string) (string, func(), error) {
	if err := os.MkdirAll(s.DataDir, 0o755); err != nil {
		return "", nil, fmt.Errorf("make the data directory: %w", err)
	}
	if !alone {
		dir, err := s.clusterDir()
		if err != nil {
			return "", nil, err
		}
		if url, running, err := localpg.Running(ctx, dir); running || err != nil && !fault.Is(err, "data.unreachable") {
			return url, func() {}, err
		}
	}
	server, err := s.startCluster(ctx, log, extra)
	if err != nil {
		return "", nil, err
	}
	return server.URL(), func() {
		if err := server.Stop(context.WithoutCancel(ctx)); err != nil {
			log.Error("stop PostgreSQL", "error", err)
		}
	}, nil
}

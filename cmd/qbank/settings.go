package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	pgxuuid "github.com/vgarvardt/pgx-google-uuid/v5"

	"qbank/domain/fault"
	"qbank/internal/keyring"
	"qbank/internal/localpg"
	"qbank/internal/stack"
	"qbank/internal/token"
)

// Settings are the flags that every command understands.
type Settings struct {
	DataDir     string `help:"Where the private PostgreSQL, the signing keys and files live." default:"qbank-data" type:"path"`
	DatabaseURL string `help:"A PostgreSQL (14 or later) of your own, instead of the private one." placeholder:"URL"`
	Connections int32  `help:"Database connections for requests at most, ${least_connections} or more; each read model and process has one besides." default:"40"`
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

// ring opens the signing keys of the data directory, or makes them.
func (s Settings) ring() (*keyring.Ring, error) {
	if err := os.MkdirAll(s.DataDir, 0o755); err != nil {
		return nil, fmt.Errorf("make the data directory: %w", err)
	}
	return keyring.Open(s.DataDir)
}

// signer signs with the current key of the data directory.
func (s Settings) signer() (token.Signer, error) {
	ring, err := s.ring()
	if err != nil {
		return token.Signer{}, err
	}
	return ring.Signer(), nil
}

// database is an open database.
type database struct {
	*pgxpool.Pool
	ended <-chan struct{} // closed when the private server has ended; nil for a server that is not ours
	stop  func()
}

// Close ends what was opened.
func (d *database) Close() {
	d.Pool.Close()
	d.stop()
}

// database opens the settings' database. Without a URL that is the private one: started, if alone is true; else used where it
// runs already under a server, and started where it does not.
func (s Settings) database(ctx context.Context, log *slog.Logger, alone bool, extra map[string]string) (*database, error) {
	if s.Connections < stack.LeastConnections {
		return nil, fault.Refuse(fault.Invalid, "database.connections", fault.Say("--connections is %d; with fewer than %d, what holds one while it asks with another may wait for ever",
			"--connections 为 %d；少于 %d 时，占用一个连接再申请另一个的操作可能永远等待", s.Connections, stack.LeastConnections))
	}
	url, d := s.DatabaseURL, &database{stop: func() {}}
	if url == "" {
		var err error
		if url, err = s.private(ctx, log, alone, extra, d); err != nil {
			return nil, err
		}
	}
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		d.stop()
		return nil, badURL()
	}
	config.MaxConns = s.Connections
	config.AfterConnect = func(_ context.Context, conn *pgx.Conn) error {
		pgxuuid.Register(conn.TypeMap()) // else arrays of ids are written as text, one by one
		return nil
	}
	if d.Pool, err = pgxpool.NewWithConfig(ctx, config); err == nil {
		err = d.Ping(ctx)
	}
	if err != nil {
		d.stop()
		return nil, fault.Refuse(fault.Unavailable, "database.unreachable", fault.Say(
			"the database %s at %s does not let us in; check the URL and that it runs", "无法连接 %[2]s 上的数据库 %[1]s，请检查 URL 以及数据库是否运行",
			config.ConnConfig.Database, config.ConnConfig.Host)).Because(err)
	}
	return d, nil
}

// badURL says nothing of the URL itself: there may be a password in it.
func badURL() error {
	return fault.Refuse(fault.Invalid, "database.url", fault.Say(
		"the database URL cannot be read; it looks like postgres://user:password@host:5432/name", "数据库 URL 无效，应类似 postgres://user:password@host:5432/name"))
}

// private returns the URL of the private server, and starts it into d if need be.
func (s Settings) private(ctx context.Context, log *slog.Logger, alone bool, extra map[string]string, d *database) (string, error) {
	if err := os.MkdirAll(s.DataDir, 0o755); err != nil {
		return "", fmt.Errorf("make the data directory: %w", err)
	}
	if !alone {
		dir, err := s.clusterDir()
		if err != nil {
			return "", err
		}
		if url, running, err := localpg.Running(ctx, dir); running || err != nil && !fault.Is(err, "data.unreachable") {
			return url, err
		}
	}
	server, err := s.startCluster(ctx, log, extra)
	if err != nil {
		return "", err
	}
	d.ended = server.Done()
	d.stop = func() {
		if err := server.Stop(context.WithoutCancel(ctx)); err != nil {
			log.Error("stop PostgreSQL", "error", err)
		}
	}
	return server.URL(), nil
}

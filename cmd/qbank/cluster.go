package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"qbank/domain/fault"
	"qbank/internal/localpg"
)

// systemDir is where root keeps clusters that cannot live in the data directory.
const systemDir = "/var/lib/qbank"

// clusterDir is where the private PostgreSQL of a data directory lives: in it, unless root runs the program in a place, such as its own
// home, that PostgreSQL's unprivileged user may not pass through. A file in the data directory then says where else.
func (s Settings) clusterDir() (string, error) {
	dir := filepath.Join(s.DataDir, "postgres")
	elsewhere, err := os.ReadFile(filepath.Join(s.DataDir, "postgres-is-in"))
	switch {
	case err == nil:
		return strings.TrimSpace(string(elsewhere)), nil
	case !errors.Is(err, fs.ErrNotExist):
		return "", fmt.Errorf("find the private PostgreSQL: %w", err)
	}
	return dir, nil
}

// startCluster starts the private PostgreSQL, elsewhere if it must.
func (s Settings) startCluster(ctx context.Context, log *slog.Logger, extra map[string]string) (*localpg.Server, error) {
	dir, err := s.clusterDir()
	if err != nil {
		return nil, err
	}
	server, err := localpg.Start(ctx, localpg.Options{Dir: dir, Logger: log, Settings: extra})
	if !fault.Is(err, "data.unreachable") || os.Geteuid() != 0 {
		return server, err
	}
	sum := sha256.Sum256([]byte(dir))
	dir = filepath.Join(systemDir, hex.EncodeToString(sum[:8]))
	log.Info("the data directory is closed to PostgreSQL's user; the database is kept elsewhere", "dir", dir)
	if err := os.MkdirAll(systemDir, 0o755); err != nil {
		return nil, fmt.Errorf("make a place for the database: %w", err)
	}
	if server, err = localpg.Start(ctx, localpg.Options{Dir: dir, Logger: log, Settings: extra}); err != nil {
		return nil, err
	}
	// Written once the cluster is there: until then the next start simply tries again.
	if err := os.WriteFile(filepath.Join(s.DataDir, "postgres-is-in"), []byte(dir+"\n"), 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("remember where the database is: %w", err), server.Stop(ctx))
	}
	return server, nil
}

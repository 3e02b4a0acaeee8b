package bench

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"qbank/internal/localpg"
	"qbank/migrations"
)

// cluster is the private PostgreSQL that everything but starts is measured on, with the settings of a real one.
type cluster struct {
	server *localpg.Server
	admin  *pgx.Conn
}

// blank is the database that the others are copies of: migrated and empty.
const blank = "bench_blank"

// open starts the cluster when the first measure needs it.
func (r *run) open(ctx context.Context) error {
	if r.cluster != nil {
		return nil
	}
	r.say("  starting PostgreSQL")
	server, err := localpg.Start(ctx, localpg.Options{Dir: r.file("postgres"), Settings: map[string]string{
		"max_connections": "250", // both sides stay connected
	}})
	if err != nil {
		return err
	}
	admin, err := pgx.Connect(ctx, server.URL())
	if err != nil {
		return fmt.Errorf("connect to the cluster: %w", err)
	}
	r.cluster = &cluster{server, admin}
	if _, err := admin.Exec(ctx, "create database "+blank); err != nil {
		return err
	}
	pool, err := r.cluster.pool(ctx, blank, 2)
	if err != nil {
		return err
	}
	defer pool.Close()
	return migrations.Up(ctx, pool)
}

func (r *run) stopCluster() {
	if r.cluster == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	r.cluster.admin.Close(ctx)
	if err := r.cluster.server.Stop(ctx); err != nil {
		r.say("  stop PostgreSQL: %v", err)
	}
}

// database makes a copy of another one and returns its name. drop removes it; whoever is still connected is cut off.
func (r *run) database(ctx context.Context, from string) (name string, drop func(), err error) {
	if err := r.open(ctx); err != nil {
		return "", nil, err
	}
	r.lastName++
	name = fmt.Sprintf("bench_%d", r.lastName)
	if _, err := r.cluster.admin.Exec(ctx, "create database "+name+" template "+from); err != nil {
		return "", nil, fmt.Errorf("make a database: %w", err)
	}
	return name, func() {
		if _, err := r.cluster.admin.Exec(context.WithoutCancel(ctx), "drop database "+name+" with (force)"); err != nil {
			r.say("  drop %s: %v", name, err)
		}
	}, nil
}

// slowDisk gives a database a flush of a millisecond, which a disk behind a network needs.
func (c *cluster) slowDisk(ctx context.Context, name string) error {
	for _, setting := range []string{"commit_delay = 1000", "commit_siblings = 0"} {
		if _, err := c.admin.Exec(ctx, "alter database "+name+" set "+setting); err != nil {
			return fmt.Errorf("slow the flush of %s: %w", name, err)
		}
	}
	return nil
}

// url is the address of a database.
func (c *cluster) url(name string) string {
	u, err := url.Parse(c.server.URL())
	if err != nil {
		panic("bench: the server's own URL: " + err.Error())
	}
	u.Path = "/" + name
	return u.String()
}

// pool connects to a database, whose acknowledged commits must be on disk.
func (c *cluster) pool(ctx context.Context, name string, connections int32) (*pgxpool.Pool, error) {
	return openPool(ctx, c.url(name), connections)
}

func openPool(ctx context.Context, url string, connections int32) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	config.MaxConns, config.MinConns = connections, min(connections, 2)
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	var lax string
	err = pool.QueryRow(ctx, `select coalesce(string_agg(name || '=' || setting, ', '), '') from pg_settings
		where name in ('fsync', 'synchronous_commit', 'full_page_writes') and setting <> 'on'`).Scan(&lax)
	if err == nil && lax != "" {
		err = fmt.Errorf("commits of this database are not durable (%s): it says nothing to measure them", lax)
	}
	if err != nil {
		pool.Close()
		return nil, err
	}
	return pool, nil
}

func (c *cluster) checkpoint(ctx context.Context) error {
	_, err := c.admin.Exec(ctx, "checkpoint")
	return err
}

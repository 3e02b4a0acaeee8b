package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"qbank/internal/bench"
)

// BenchCmd measures ratios against named baselines.
type BenchCmd struct {
	Only      []string `help:"Measure these figures only, such as append_vs_batch. Default: all but those that take long."`
	Authoring bool     `help:"Measure the authors' work on a full bank, which takes long; of it, those that --only names."`
	Out       string   `help:"Where the figures are written, as JSON." default:"bench.json" type:"path"`
	Quick     bool     `help:"Fewer and shorter rounds: to see that it works."`
}

// Run measures and prints a table. A target that is missed is no error; a figure that cannot be measured is.
func (c *BenchCmd) Run(ctx context.Context, s *Settings, streams Streams) error {
	program, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	if c.Authoring && len(c.Only) == 0 {
		c.Only = bench.Authoring()
	}
	figures, failed := bench.Run(ctx, bench.Options{
		Program: program, Cache: filepath.Join(s.DataDir, "cache"), Only: c.Only, Quick: c.Quick, Log: streams.Err,
	})
	return errors.Join(failed, bench.Print(streams.Out, figures), bench.Write(c.Out, figures))
}

// BenchBaselineCmd is the server that the bench compares this program with.
type BenchBaselineCmd struct {
	Listen   string `help:"Address to serve on." required:""`
	Database string `help:"URL of a migrated database; each answer becomes a row of its log."`
	Manifest string `help:"File whose bytes are every lesson's manifest." type:"existingfile"`
	ETag     string `name:"etag" help:"Of the manifest."`
}

// Run serves until it is interrupted.
func (c *BenchBaselineCmd) Run(ctx context.Context) error {
	return bench.Baseline{Listen: c.Listen, Database: c.Database, Manifest: c.Manifest, ETag: c.ETag}.Serve(ctx)
}

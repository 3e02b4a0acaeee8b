package localpg

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"qbank/domain/fault"
)

const oldestMajor = 14

// places are where distributions put a server's programs when not on PATH: Debian, Red Hat, Homebrew, from source.
var places = []string{
	"/usr/lib/postgresql/*/bin",
	"/usr/pgsql-*/bin",
	"/opt/homebrew/opt/postgresql@*/bin",
	"/usr/local/opt/postgresql@*/bin",
	"/usr/local/pgsql/bin",
}

// programs are the programs of one installed PostgreSQL.
type programs struct {
	dir   string
	major int
}

func (p programs) path(name string) string { return filepath.Join(p.dir, name) }

// findPrograms returns the newest PostgreSQL that is installed, or that of version major where that is not 0.
func findPrograms(ctx context.Context, path string, patterns []string, major int) (best programs, err error) {
	var dirs []string
	for _, dir := range filepath.SplitList(path) {
		// A lone link on PATH leads to where the others lie.
		if real, err := filepath.EvalSymlinks(filepath.Join(dir, "postgres")); err == nil {
			dirs = append(dirs, filepath.Dir(real))
		}
	}
	for _, pattern := range patterns {
		found, _ := filepath.Glob(pattern) // the patterns are ours and well formed
		dirs = append(dirs, found...)
	}
	for _, dir := range dirs {
		p, err := inspect(ctx, dir)
		if err != nil || p.major < oldestMajor || major != 0 && p.major != major {
			continue
		}
		if p.major > best.major {
			best = p
		}
	}
	switch {
	case best.major != 0:
		return best, nil
	case major != 0:
		return best, fault.Refuse(fault.Unavailable, "postgres.version", fault.Say(
			"The data was written by PostgreSQL %d, which is not installed here; install it or give a database URL.",
			"现有数据由 PostgreSQL %d 写成,但本机没有安装该版本;请安装该版本或指定数据库 URL。", major))
	}
	return best, fault.Refuse(fault.Unavailable, "postgres.missing", fault.Say(
		"No PostgreSQL %d or later found on PATH or in the usual places; install one (Debian: apt install postgresql) or give a database URL.",
		"未在 PATH 或常见位置找到 PostgreSQL %d 及以上版本;请安装(Debian:apt install postgresql)或指定数据库 URL。", oldestMajor))
}

var versionLine = regexp.MustCompile(`\(PostgreSQL\) (\d+)`)

// inspect asks the programs in dir for their version.
func inspect(ctx context.Context, dir string) (programs, error) {
	p := programs{dir: dir}
	if _, err := os.Stat(p.path("initdb")); err != nil {
		return p, err
	}
	out, err := exec.CommandContext(ctx, p.path("postgres"), "--version").Output()
	if err != nil {
		return p, err
	}
	m := versionLine.FindSubmatch(out)
	if m == nil {
		return p, fmt.Errorf("unknown version %q", strings.TrimSpace(string(out)))
	}
	p.major, err = strconv.Atoi(string(m[1]))
	return p, err
}

// majorOf returns the version that wrote a cluster, 0 where there is none.
func majorOf(cluster string) int {
	text, err := os.ReadFile(filepath.Join(cluster, "PG_VERSION"))
	if err != nil {
		return 0
	}
	major, _ := strconv.Atoi(strings.TrimSpace(string(text)))
	return major
}

package localpg

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"qbank/domain/fault"
)

// Running returns the URL of the server that another process of ours runs in a directory, and whether there is one. A tool
// beside a running program works on the program's server; it does not start or stop anything.
func Running(ctx context.Context, dir string) (url string, running bool, err error) {
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return "", false, nil
	}
	site, err := openSite(dir)
	if err != nil {
		return "", false, err
	}
	lock, err := lockDir(site.dir)
	if err == nil { // nobody runs one; Start will deal with what may be left
		return "", false, lock.Close()
	}
	if !fault.Is(err, "data.in_use") {
		return "", false, err
	}
	p, err := findPostmaster(site.cluster())
	if err != nil {
		return "", false, fmt.Errorf("look for the running server: %w", err)
	}
	if p == nil {
		return "", false, fault.Refuse(fault.Unavailable, "data.starting", fault.Say("the server is just starting or stopping; try again", "服务器正在启动或停止，请稍后再试"))
	}
	url = socketURL(p.sockets, p.port, database)
	return url, true, ping(ctx, url)
}

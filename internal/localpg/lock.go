package localpg

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"qbank/domain/fault"
)

// lockDir takes the directory for this process, until the file is closed or the process ends, however it ends.
func lockDir(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the lock of %s: %w", dir, err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		defer f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			pid := readPID(f)
			return nil, fault.Refuse(fault.Conflict, "data.in_use", fault.Say(
				"%s is in use by process %d; stop that process or choose another data directory.",
				"%s 正被进程 %d 使用;请先停止该进程,或改用其他数据目录。", dir, pid)).With("pid", pid)
		}
		return nil, fmt.Errorf("lock %s: %w", dir, err)
	}
	err = f.Truncate(0)
	if err == nil {
		_, err = f.WriteAt([]byte(strconv.Itoa(os.Getpid())), 0)
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("write the lock of %s: %w", dir, err)
	}
	return f, nil
}

// waitForDir is lockDir that waits for its turn.
func waitForDir(ctx context.Context, dir string) (*os.File, error) {
	for {
		f, err := lockDir(dir)
		if !fault.Is(err, "data.in_use") {
			return f, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func readPID(f *os.File) int {
	text := make([]byte, 20)
	n, _ := f.ReadAt(text, 0)
	pid, _ := strconv.Atoi(strings.TrimSpace(string(text[:n])))
	return pid
}

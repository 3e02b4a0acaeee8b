package localpg

import (
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"

	"qbank/domain/fault"
)

// owner is the user whom the server runs as, where that is not the user of this process.
type owner struct {
	name     string
	uid, gid uint32
}

// unprivileged returns the user to drop to from root, nil where there is nothing to drop. A cluster that exists keeps its owner.
func unprivileged(cluster string) (*owner, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	if info, err := os.Stat(cluster); err == nil {
		if stat := info.Sys().(*syscall.Stat_t); stat.Uid != 0 {
			return &owner{name: fmt.Sprintf("user %d", stat.Uid), uid: stat.Uid, gid: stat.Gid}, nil
		}
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		if err1 == nil && err2 == nil && uid != 0 {
			return &owner{name: name, uid: uint32(uid), gid: uint32(gid)}, nil
		}
	}
	return nil, fault.Refuse(fault.Unavailable, "postgres.no_user", fault.Say(
		"PostgreSQL does not run as root and there is no user postgres or nobody; run this program as another user or give a database URL.",
		"PostgreSQL 不能以 root 身份运行,且系统中没有 postgres 或 nobody 用户;请改用其他用户运行本程序,或指定数据库 URL。"))
}

// credential is what a child process runs as.
func (o *owner) credential() *syscall.Credential {
	if o == nil {
		return nil
	}
	return &syscall.Credential{Uid: o.uid, Gid: o.gid}
}

// own makes a directory that only the server's user can enter.
func (o *owner) own(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if err := os.Chmod(dir, 0o700); err != nil {
		return err
	}
	if o == nil {
		return nil
	}
	return os.Chown(dir, int(o.uid), int(o.gid))
}

// mayPass sees to it that the server's user can walk to dir. dir itself is made passable; what lies above is not ours to change.
func (o *owner) mayPass(dir string) error {
	if o == nil {
		return nil
	}
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	if !o.passes(info) {
		if err := os.Chmod(dir, info.Mode().Perm()|0o011); err != nil {
			return err
		}
	}
	for above := filepath.Dir(dir); ; above = filepath.Dir(above) {
		info, err := os.Stat(above)
		if err != nil {
			return err
		}
		if !o.passes(info) {
			return fault.Refuse(fault.Unavailable, "data.unreachable", fault.Say(
				"PostgreSQL does not run as root but as %s, who may not pass through %s (%s) to reach %s; choose a data directory elsewhere, such as /var/lib/qbank, or allow it: chmod o+x %[2]s",
				"PostgreSQL 不能以 root 身份运行,而以 %s 运行;该用户无权经过 %s(%s)到达 %s。请把数据目录放到别处(如 /var/lib/qbank),或执行 chmod o+x %[2]s",
				o.name, above, info.Mode().Perm(), dir))
		}
		if above == filepath.Dir(above) {
			return nil
		}
	}
}

func (o *owner) passes(info fs.FileInfo) bool {
	stat := info.Sys().(*syscall.Stat_t)
	switch mode := info.Mode().Perm(); {
	case stat.Uid == o.uid:
		return mode&0o100 != 0
	case stat.Gid == o.gid:
		return mode&0o010 != 0
	default:
		return mode&0o001 != 0
	}
}

package library

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"qbank/commands"
	"qbank/domain/access"
	"qbank/domain/content"
	"qbank/domain/fault"
	"qbank/domain/resource"
	"qbank/internal/blob"
	"qbank/internal/media"
)

// Upload is a file on its way in.
type Upload struct {
	Body  io.Reader
	Hash  content.Hash // of the body, as the sender says; "": not said
	Media string       // media type, as the sender says; "": not said
	Title string       // "": the hash
}

// Kept is what became of an upload.
type Kept struct {
	commands.Done
	resource.Uploaded
	New bool // it was not kept before
}

// Take keeps a file. Faults: access.denied, resource.busy, resource.title, resource.type_unknown, resource.type_mismatch, resource.quota,
// file.incomplete, file.too_large, resource.hash_mismatch, resource.damaged, resource.too_many_pixels.
func (l *Library) Take(ctx context.Context, actor access.Actor, u Upload) (Kept, error) {
	if err := actor.Require(commands.KeepResource{}.Needs()); err != nil {
		return Kept{}, err
	}
	if err := resource.CheckTitle(u.Title, 0); err != nil {
		return Kept{}, err
	}
	if u.Hash != "" && !isHash(u.Hash) {
		return Kept{}, fault.Refuse(fault.Invalid, "resource.hash", fault.Say("a SHA-256 has 64 digits 0-9, a-f", "SHA-256 应为 64 位十六进制小写数字"))
	}
	select {
	case l.arrive <- struct{}{}:
		defer func() { <-l.arrive }()
	default:
		return Kept{}, fault.Refuse(fault.Unavailable, "resource.busy", fault.Say("too many files arrive at once; try again", "同时上传的文件过多，请稍后重试"))
	}
	if err := l.CaughtUp(ctx); err != nil {
		return Kept{}, err
	}
	if err := l.room(ctx, actor.Scope.Org, 0); err != nil { // before anything is read
		return Kept{}, err
	}
	draft, facts, err := l.receive(u)
	if err != nil {
		return Kept{}, err
	}
	defer draft.Discard()
	return l.keep(ctx, actor, draft, facts)
}

// receive reads an upload and makes it fit to be kept.
func (l *Library) receive(u Upload) (*blob.Draft, resource.Uploaded, error) {
	body := bufio.NewReaderSize(u.Body, media.Head)
	head, err := body.Peek(media.Head)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, resource.Uploaded{}, fault.Refuse(fault.Invalid, "file.incomplete", fault.Say("the file did not arrive whole; send it again", "文件未完整到达，请重新上传")).Because(err)
	}
	kind, err := media.Guess(head)
	if err != nil {
		return nil, resource.Uploaded{}, err
	}
	if !kind.Fits(u.Media) {
		return nil, resource.Uploaded{}, fault.Refuse(fault.Invalid, "resource.type_mismatch", fault.Say(
			"this is %s by its bytes, and %.100q by what was said", "文件内容为 %s，但声明为 %.100q", kind.Type, u.Media)).With("type", kind.Type)
	}
	draft, err := l.Blobs.Receive(body, kind.Limit)
	if err != nil {
		return nil, resource.Uploaded{}, err
	}
	kept, facts, err := l.examine(draft, u)
	if kept != draft {
		draft.Discard()
	}
	return kept, facts, err
}

// examine looks at what arrived. The draft that it returns is the one to keep: the draft itself, or a clean one; nil with an error.
func (l *Library) examine(draft *blob.Draft, u Upload) (*blob.Draft, resource.Uploaded, error) {
	if u.Hash != "" && string(u.Hash) != draft.Hash {
		return nil, resource.Uploaded{}, fault.Refuse(fault.Invalid, "resource.hash_mismatch", fault.Say(
			"the bytes that arrived have another hash; send them again", "收到的内容与声明的哈希不符，请重新上传")).With("sha256", draft.Hash)
	}
	found, err := media.Inspect(draft)
	if err != nil {
		return nil, resource.Uploaded{}, err
	}
	facts := resource.Uploaded{Type: found.Type, Width: found.Width, Height: found.Height, Duration: found.Duration, Title: u.Title}
	kept := draft
	if media.Cleaned(found.Type) {
		if kept, facts.Removed, err = l.clean(draft, found.Type); err != nil {
			return nil, resource.Uploaded{}, err
		}
		if kept != draft {
			facts.Sent = content.Hash(draft.Hash)
		}
	}
	facts.Hash, facts.Size = content.Hash(kept.Hash), kept.Size
	if facts.Title == "" {
		facts.Title = kept.Hash
	}
	return kept, facts, nil
}

// clean returns the draft itself where there was nothing to clean.
func (l *Library) clean(draft *blob.Draft, kind string) (*blob.Draft, []string, error) {
	if _, err := draft.Seek(0, io.SeekStart); err != nil {
		return nil, nil, fmt.Errorf("read a file: %w", err)
	}
	document, err := io.ReadAll(draft) // bounded by its kind
	if err != nil {
		return nil, nil, fmt.Errorf("read a file: %w", err)
	}
	clean, removed, err := media.Clean(kind, document)
	if err != nil || bytes.Equal(clean, document) {
		return draft, removed, err
	}
	cleaned, err := l.Blobs.Receive(bytes.NewReader(clean), 2*int64(len(document))+1<<20)
	return cleaned, removed, err
}

// worthRecording is for how long nothing has named a file whose upload is recorded again: it might soon have been let go.
const worthRecording = time.Hour

func (l *Library) keep(ctx context.Context, actor access.Actor, draft *blob.Draft, facts resource.Uploaded) (kept Kept, err error) {
	kept.Uploaded = facts
	org := actor.Scope.Org
	err = l.Alone(ctx, func(ctx context.Context) error {
		if err := l.CaughtUp(ctx); err != nil { // else what was kept a moment ago would not be counted
			return err
		}
		found, err := l.Files.Get(ctx, org, []resource.ID{resource.IDOf(org, facts.Hash)})
		if err != nil {
			return err
		}
		file, known := found[resource.IDOf(org, facts.Hash)]
		have := known && file.State == resource.Kept && l.Blobs.Has(draft.Hash)
		if have {
			kept.ID, kept.Revision, kept.Title = file.ID, file.Revision, file.Title
			unused, err := l.Files.UnusedSince(ctx, []resource.ID{file.ID})
			since, idle := unused[file.ID]
			if err != nil || !idle || l.Commands.Now().Sub(time.UnixMicro(since)) < worthRecording {
				return err
			}
		} else if err := l.room(ctx, org, facts.Size); err != nil {
			return err
		}
		if err := draft.Keep(); err != nil {
			return err
		}
		kept.Done, err = l.Commands.Do(ctx, actor, commands.KeepResource{Facts: facts, Again: have})
		kept.New = err == nil && !have
		if err != nil {
			return err
		}
		return l.CaughtUp(ctx) // whoever uploads a file wants to see it next
	}, "org "+org, "hash "+string(facts.Hash))
	return kept, err
}

// room refuses an organisation more than its quota.
func (l *Library) room(ctx context.Context, org string, more int64) error {
	files, size, err := l.Files.Total(ctx, org)
	if err != nil {
		return err
	}
	if files < l.quota.Files && size+more <= l.quota.Bytes && size < l.quota.Bytes {
		return nil
	}
	return fault.Refuse(fault.Limit, "resource.quota", fault.Say(
		"the organisation keeps %d files of %d bytes; at most %d files and %d bytes", "本机构已有 %d 个文件共 %d 字节；最多 %d 个文件、%d 字节",
		files, size, l.quota.Files, l.quota.Bytes)).With("files", files).With("bytes", size)
}

func isHash(hash content.Hash) bool { return resource.IsHash(string(hash)) }

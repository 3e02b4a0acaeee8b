package xlsx

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"

	"qbank/domain/fault"
)

// Options bound what is read. Zero fields have defaults.
type Options struct {
	Sheet            string // the sheet to read; "": the first visible one with headings
	MaxBytes         int64  // of the file; 32 MiB
	MaxUnpackedBytes int64  // of what the file unpacks to; 128 MiB
	MaxRows          int    // with questions; 50,000
	MaxColumns       int    // 200
}

func (o Options) withDefaults() Options {
	if o.MaxBytes <= 0 {
		o.MaxBytes = 32 << 20
	}
	if o.MaxUnpackedBytes <= 0 {
		o.MaxUnpackedBytes = 128 << 20
	}
	if o.MaxRows <= 0 {
		o.MaxRows = 50_000
	}
	if o.MaxColumns <= 0 {
		o.MaxColumns = 200
	}
	return o
}

// maxEntries is how many files a workbook may be made of.
const maxEntries = 5_000

// open reads a workbook whole, within the limits.
func open(src io.Reader, o Options) (*excelize.File, error) {
	data, err := io.ReadAll(io.LimitReader(src, o.MaxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("xlsx: %w", err)
	}
	if int64(len(data)) > o.MaxBytes {
		return nil, tooLarge("the file has more than %d bytes; split it", "文件超过 %d 字节；请拆分", o.MaxBytes)
	}
	if err := checkArchive(data, o); err != nil {
		return nil, err
	}
	var file *excelize.File
	err = guard(func() (err error) {
		// With both limits equal nothing is unpacked to disk.
		file, err = excelize.OpenReader(bytes.NewReader(data), excelize.Options{
			UnzipSizeLimit: o.MaxUnpackedBytes, UnzipXMLSizeLimit: o.MaxUnpackedBytes,
		})
		return err
	})
	if err != nil {
		return nil, unreadable(err)
	}
	return file, nil
}

// checkArchive looks at the table of contents, and only then unpacks. Understating sizes there gains nothing: unpacking
// fails where they end.
func checkArchive(data []byte, o Options) error {
	if bytes.HasPrefix(data, []byte("\xd0\xcf\x11\xe0")) {
		return fault.Refuse(fault.Invalid, "xlsx.old_format", fault.Say(
			"the file is in an older format (.xls) or has a password; save it as .xlsx without one",
			"文件是旧格式（.xls）或带有密码；请另存为不带密码的 .xlsx"))
	}
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return notAWorkbook().Because(err)
	}
	if len(archive.File) > maxEntries {
		return tooLarge("the workbook is made of more than %d files", "工作簿包含的文件超过 %d 个", maxEntries)
	}
	left := uint64(o.MaxUnpackedBytes)
	for _, f := range archive.File {
		if f.UncompressedSize64 > left {
			return tooLarge("the workbook unpacks to more than %d bytes; split it, or take pictures out", "工作簿解压后超过 %d 字节；请拆分或删除图片", o.MaxUnpackedBytes)
		}
		left -= f.UncompressedSize64
	}
	if !slices.ContainsFunc(archive.File, func(f *zip.File) bool { return strings.EqualFold(f.Name, "[Content_Types].xml") }) {
		return notAWorkbook()
	}
	for _, f := range archive.File {
		if err := verify(f); err != nil {
			return unreadable(fmt.Errorf("part %q: %w", f.Name, err))
		}
	}
	return nil
}

// verify unpacks a part to nowhere: the spreadsheet library takes as much of a damaged one as it gets, without a word.
func verify(f *zip.File) (err error) {
	r, err := f.Open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	_, err = io.Copy(io.Discard, r) //nolint:gosec // archive/zip stops at the size that a part declares, and those are counted above
	return err
}

func notAWorkbook() *fault.Fault {
	return fault.Refuse(fault.Invalid, "xlsx.not_a_workbook", fault.Say(
		"the file is not an .xlsx workbook; save it as .xlsx", "文件不是 .xlsx 工作簿；请另存为 .xlsx"))
}

func tooLarge(en, zh string, args ...any) error {
	return fault.Refuse(fault.Limit, "xlsx.too_large", fault.Say(en, zh, args...))
}

func unreadable(err error) error {
	return fault.Refuse(fault.Invalid, "xlsx.unreadable", fault.Say(
		"the workbook is damaged; open it in a spreadsheet program and save it anew", "工作簿已损坏；请用表格软件打开并重新保存")).Because(err)
}

// guard turns a panic of the spreadsheet library over a malformed workbook into an error.
func guard(do func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = errors.Join(err, fmt.Errorf("xlsx: panic: %v", p))
		}
	}()
	return do()
}

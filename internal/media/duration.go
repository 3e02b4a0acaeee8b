package media

import (
	"encoding/binary"
	"errors"
	"io"
	"math/bits"
)

// maxBoxes bounds the walk through a movie's boxes: a file that is cut into fragments has thousands, behind the one that is looked for.
const maxBoxes = 10_000

var errNoHeader = errors.New("there is no movie header")

// movieDuration reads the movie header (mvhd in moov: ISO/IEC 14496-12, 8.2.2), milliseconds. A movie in fragments may not say it: 0.
func movieDuration(file io.ReadSeeker) (int64, error) {
	boxes := 0
	find := func(end int64, name string) (int64, error) {
		for at, err := file.Seek(0, io.SeekCurrent); ; boxes++ {
			if err != nil || boxes > maxBoxes || (end > 0 && at+8 > end) {
				return 0, errNoHeader
			}
			var header [16]byte
			if _, err := io.ReadFull(file, header[:8]); err != nil {
				return 0, errNoHeader
			}
			size, skip := int64(binary.BigEndian.Uint32(header[:])), int64(8)
			if size == 1 {
				if _, err := io.ReadFull(file, header[8:]); err != nil {
					return 0, errNoHeader
				}
				size, skip = int64(binary.BigEndian.Uint64(header[8:])&(1<<62-1)), 16 //nolint:gosec // within int64
			}
			if string(header[4:8]) == name {
				return at + size, nil
			}
			if size < skip || at > 1<<60 {
				return 0, errNoHeader
			}
			at, err = file.Seek(at+size, io.SeekStart)
		}
	}
	end, err := find(0, "moov")
	if err == nil {
		_, err = find(end, "mvhd")
	}
	if err != nil {
		return 0, damaged(err)
	}
	var header [32]byte
	if _, err := io.ReadFull(file, header[:]); err != nil {
		return 0, damaged(err)
	}
	scale, length := binary.BigEndian.Uint32(header[12:]), uint64(binary.BigEndian.Uint32(header[16:]))
	if header[0] == 1 {
		scale, length = binary.BigEndian.Uint32(header[20:]), binary.BigEndian.Uint64(header[24:])
	}
	return milliseconds(length, uint64(scale)), nil
}

// waveDuration divides a WAVE file's bytes by those of a second (Multimedia Programming Interface and Data Specifications 1.0).
func waveDuration(file io.ReadSeeker) (int64, error) {
	if _, err := file.Seek(12, io.SeekStart); err != nil {
		return 0, damaged(err)
	}
	perSecond := uint64(0)
	for range maxBoxes {
		var header [8]byte
		if _, err := io.ReadFull(file, header[:]); err != nil {
			return 0, damaged(err)
		}
		size := binary.LittleEndian.Uint32(header[4:])
		switch string(header[:4]) {
		case "data":
			return milliseconds(uint64(size), perSecond), nil
		case "fmt ":
			var format [16]byte
			if size < 16 {
				return 0, damaged(nil)
			}
			if _, err := io.ReadFull(file, format[:]); err != nil {
				return 0, damaged(err)
			}
			perSecond = uint64(binary.LittleEndian.Uint32(format[8:]))
			size -= 16
		}
		if _, err := file.Seek(int64(size)+int64(size&1), io.SeekCurrent); err != nil {
			return 0, damaged(err)
		}
	}
	return 0, damaged(nil)
}

// longest is what a duration may be: a day. Longer ones are a header's way of saying that it does not know.
const longest = 24 * 3600 * 1000

func milliseconds(length, perSecond uint64) int64 {
	high, low := bits.Mul64(length, 1000)
	if perSecond == 0 || high >= perSecond {
		return 0
	}
	ms, _ := bits.Div64(high, low, perSecond)
	if ms > longest {
		return 0
	}
	return int64(ms) //nolint:gosec // at most a day
}

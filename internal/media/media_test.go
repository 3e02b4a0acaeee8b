package media_test

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"

	"qbank/domain/fault"
	"qbank/internal/media"
)

func pngOf(t testing.TB, width, height int) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, image.NewPaletted(image.Rect(0, 0, width, height), color.Palette{color.Black, color.White})); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// box is one of an ISO base media file.
func box(name string, content ...[]byte) []byte {
	body := bytes.Join(content, nil)
	return append(append(binary.BigEndian.AppendUint32(nil, uint32(len(body)+8)), name...), body...) //nolint:gosec // small
}

func movie(brand string, scale, length uint32) []byte {
	header := make([]byte, 100)
	binary.BigEndian.PutUint32(header[12:], scale)
	binary.BigEndian.PutUint32(header[16:], length)
	return bytes.Join([][]byte{box("ftyp", []byte(brand+"\x00\x00\x00\x00")), box("mdat", make([]byte, 5000)), box("moov", box("free"), box("mvhd", header))}, nil)
}

func wave(seconds int) []byte {
	out := []byte("RIFF\x00\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x40\x1f\x00\x00\x40\x1f\x00\x00\x01\x00\x08\x00data")
	out = binary.LittleEndian.AppendUint32(out, uint32(8000*seconds)) //nolint:gosec // small
	return append(out, make([]byte, 8000*seconds)...)
}

func encoded(t *testing.T, encode func(*bytes.Buffer, image.Image) error) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := encode(&out, image.NewPaletted(image.Rect(0, 0, 7, 5), color.Palette{color.Black, color.White})); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// webp is the smallest lossy picture there is: one pixel.
const webp = "RIFF\x24\x00\x00\x00WEBPVP8 \x18\x00\x00\x00\x30\x01\x00\x9d\x01\x2a\x01\x00\x01\x00\x02\x00\x34\x25\xa4\x00\x03\x70\x00\xfe\xfb\xfd\x50\x00"

func TestAFileIsWhatItsBytesSay(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		file []byte
		want media.Facts
	}{
		"png":        {pngOf(t, 300, 200), media.Facts{Type: "image/png", Width: 300, Height: 200}},
		"jpeg":       {encoded(t, func(b *bytes.Buffer, i image.Image) error { return jpeg.Encode(b, i, nil) }), media.Facts{Type: "image/jpeg", Width: 7, Height: 5}},
		"gif":        {encoded(t, func(b *bytes.Buffer, i image.Image) error { return gif.Encode(b, i, nil) }), media.Facts{Type: "image/gif", Width: 7, Height: 5}},
		"webp":       {[]byte(webp), media.Facts{Type: "image/webp", Width: 1, Height: 1}},
		"mp4":        {movie("isom", 600, 600*90+300), media.Facts{Type: "video/mp4", Duration: 90_500}},
		"m4a":        {movie("M4A ", 1000, 1234), media.Facts{Type: "audio/mp4", Duration: 1234}},
		"wav":        {wave(3), media.Facts{Type: "audio/wav", Duration: 3000}},
		"mp3":        {[]byte("ID3\x04\x00\x00"), media.Facts{Type: "audio/mpeg"}},
		"ogg":        {append([]byte("OggS\x00\x02"+strings.Repeat("\x00", 22)), "\x01vorbis"...), media.Facts{Type: "audio/ogg"}},
		"webm":       {[]byte("\x1a\x45\xdf\xa3\x01"), media.Facts{Type: "video/webm"}},
		"pdf":        {[]byte("%PDF-1.7\n"), media.Facts{Type: "application/pdf"}},
		"woff2":      {[]byte("wOF2\x00\x01"), media.Facts{Type: "font/woff2"}},
		"ttf":        {[]byte("\x00\x01\x00\x00\x00\x0f"), media.Facts{Type: "font/ttf"}},
		"vtt":        {[]byte("WEBVTT\n\n00:01.000 --> 00:02.000\n你好\n"), media.Facts{Type: "text/vtt"}},
		"json":       {[]byte(" {\"a\": [1, 2]}"), media.Facts{Type: "application/json"}},
		"svg":        {[]byte("<?xml version=\"1.0\"?>\n<!-- <html> -->\n<!DOCTYPE svg PUBLIC \"x\" \"y\">\n<svg xmlns=\"http://www.w3.org/2000/svg\"/>"), media.Facts{Type: "image/svg+xml"}},
		"drawn":      {[]byte("<svg width=\"30px\" height=\"20.5\"/>"), media.Facts{Type: "image/svg+xml", Width: 30, Height: 20}},
		"view box":   {[]byte("<svg width=\"100%\" viewBox=\"0,0 40 10\"/>"), media.Facts{Type: "image/svg+xml", Width: 40, Height: 10}},
		"prefixed":   {[]byte("<s:svg xmlns:s=\"http://www.w3.org/2000/svg\"/>"), media.Facts{Type: "image/svg+xml"}},
		"html":       {[]byte("\xef\xbb\xbf<!DOCTYPE HTML><p>题"), media.Facts{Type: "text/html"}},
		"a fragment": {[]byte("<h1>Title</h1>"), media.Facts{Type: "text/html"}},
	} {
		got, err := media.Inspect(bytes.NewReader(c.file))
		if err != nil || got != c.want {
			t.Errorf("%s: got %+v, %v; want %+v", name, got, err, c.want)
		}
	}
}

func TestFilesThatAreRefused(t *testing.T) {
	t.Parallel()
	huge := pngOf(t, 1, 1)
	binary.BigEndian.PutUint32(huge[16:], 60_000)
	binary.BigEndian.PutUint32(huge[20:], 60_000)
	binary.BigEndian.PutUint32(huge[29:], crcOf(huge[12:29]))
	for name, c := range map[string]struct{ file, code string }{
		"nothing":                 {"", "resource.type_unknown"},
		"a program":               {"MZ\x90\x00", "resource.type_unknown"},
		"a script":                {"#!/bin/sh\n", "resource.type_unknown"},
		"words":                   {"just words", "resource.type_unknown"},
		"xml":                     {"<?xml version=\"1.0\"?><rss/>", "resource.type_unknown"},
		"a drawing with entities": {"<?xml version=\"1.0\"?>\n<!DOCTYPE svg [<!ENTITY a \"b\">]>\n<svg/>", "resource.doctype"},
		"text with NUL":           {"<html>\x00", "resource.type_unknown"},
		"a bomb of pixels":        {string(huge), "resource.too_many_pixels"},
		"half a picture":          {string(pngOf(t, 9, 9)[:20]), "resource.damaged"},
		"a name of a PNG":         {"\x89PNG\r\n\x1a\nno header at all", "resource.damaged"},
		"a jpeg of html":          {"\xff\xd8\xff<html><script>", "resource.damaged"},
		"a movie of nothing":      {string(box("ftyp", []byte("isom"))), "resource.damaged"},
		"a box without end":       {"\x00\x00\x00\x10ftypisom\x00\x00\x00\x00\x00\x00\x00\x00free", "resource.damaged"},
		"a wave of nothing":       {"RIFF\x00\x00\x00\x00WAVE", "resource.damaged"},
		"half a document":         {"{\"a\": ", "resource.damaged"},
	} {
		if got, err := media.Inspect(strings.NewReader(c.file)); !fault.Is(err, c.code) {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
	}
}

func crcOf(chunk []byte) uint32 {
	crc := ^uint32(0)
	for _, b := range chunk {
		crc ^= uint32(b)
		for range 8 {
			crc = crc>>1 ^ 0xedb88320*(crc&1)
		}
	}
	return ^crc
}

func TestWhatASenderSaysMustFit(t *testing.T) {
	t.Parallel()
	kind, err := media.Guess([]byte("\xff\xd8\xff\xe0"))
	if err != nil {
		t.Fatal(err)
	}
	for claim, want := range map[string]bool{"": true, "application/octet-stream": true, "image/jpeg": true, "image/jpg": true, "image/png": false, "text/html": false} {
		if kind.Fits(claim) != want {
			t.Errorf("%q fits: %v", claim, !want)
		}
	}
}

package media

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"image"
	_ "image/gif" // measured by their headers
	_ "image/jpeg"
	_ "image/png"
	"io"
	"strconv"
	"strings"

	_ "golang.org/x/image/webp"

	"qbank/domain/fault"
)

// Facts are what a file says of itself.
type Facts struct {
	Type     string
	Width    int   // pixels; 0 where there are none, or they are not known
	Height   int   // pixels
	Duration int64 // milliseconds; 0 where it is not known
}

// maxPixels bounds an image: 50 million are 200 MB of memory in a browser.
const maxPixels = 50_000_000

// Inspect says what a file is. It reads headers, not contents, apart from JSON, which is read to its end. Faults: resource.type_unknown,
// resource.damaged, resource.too_many_pixels.
func Inspect(file io.ReadSeeker) (Facts, error) {
	head := make([]byte, Head)
	n, err := io.ReadFull(file, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return Facts{}, fmt.Errorf("read a file: %w", err)
	}
	kind, err := Guess(head[:n])
	if err != nil {
		return Facts{}, err
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return Facts{}, fmt.Errorf("read a file: %w", err)
	}
	facts := Facts{Type: kind.Type}
	switch kind.Type {
	case "image/png", "image/jpeg", "image/gif", "image/webp":
		facts.Width, facts.Height, err = pixels(file)
	case "video/mp4", "audio/mp4":
		facts.Duration, err = movieDuration(file)
	case "audio/wav":
		facts.Duration, err = waveDuration(file)
	case svg:
		facts.Width, facts.Height = drawn(file)
	case jsonText:
		err = wholeJSON(file)
	}
	return facts, err
}

func pixels(file io.Reader) (width, height int, err error) {
	config, _, err := image.DecodeConfig(file)
	if err != nil {
		return 0, 0, damaged(err)
	}
	if config.Width <= 0 || config.Height <= 0 {
		return 0, 0, damaged(nil)
	}
	if int64(config.Width)*int64(config.Height) > maxPixels {
		return 0, 0, fault.Refuse(fault.Limit, "resource.too_many_pixels", fault.Say(
			"the image has %d by %d pixels; %d million at most", "图片为 %d × %d 像素，最多 %d 百万像素", config.Width, config.Height, maxPixels/1_000_000))
	}
	return config.Width, config.Height, nil
}

// wholeJSON refuses what is no JSON. The file is bounded by its kind.
func wholeJSON(file io.Reader) error {
	text, err := io.ReadAll(io.LimitReader(file, kindOf(jsonText).Limit+1))
	if err != nil {
		return fmt.Errorf("read a file: %w", err)
	}
	if !json.Valid(text) {
		return damaged(nil)
	}
	return nil
}

// drawn reads the size that a drawing gives itself, in its width and height or else in its viewBox; 0 by 0 where it gives none.
func drawn(file io.Reader) (width, height int) {
	for d := xml.NewDecoder(io.LimitReader(file, Head)); ; {
		token, err := d.RawToken()
		if err != nil {
			return 0, 0
		}
		root, is := token.(xml.StartElement)
		if !is {
			continue
		}
		var w, h, x, y, boxW, boxH float64
		for _, a := range root.Attr {
			value := strings.TrimSuffix(strings.TrimSpace(a.Value), "px")
			switch a.Name.Local {
			case "width":
				w, _ = strconv.ParseFloat(value, 64)
			case "height":
				h, _ = strconv.ParseFloat(value, 64)
			case "viewBox":
				_, _ = fmt.Sscan(strings.ReplaceAll(value, ",", " "), &x, &y, &boxW, &boxH)
			}
		}
		if w <= 0 || h <= 0 {
			w, h = boxW, boxH
		}
		if !(w >= 1 && h >= 1 && w <= maxPixels && h <= maxPixels) {
			return 0, 0
		}
		return int(w), int(h)
	}
}

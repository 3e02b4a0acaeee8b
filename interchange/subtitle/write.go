package subtitle

import (
	"fmt"
	"io"
	"strings"

	"qbank/domain/lesson"
)

// Write writes lines as a file, in UTF-8. Texts are tidied.
func Write(out io.Writer, format Format, lines []lesson.Line) error {
	if err := format.Check(); err != nil {
		return err
	}
	var b strings.Builder
	separator := ","
	if format == VTT {
		b.WriteString("WEBVTT\n\n")
		separator = "."
	}
	for i, line := range lines {
		fmt.Fprintf(&b, "%d\n%s --> %s\n%s\n\n", i+1, clock(line.From, separator), clock(line.To, separator), escapes[format].Replace(Tidy(line.Text)))
	}
	if _, err := io.WriteString(out, b.String()); err != nil {
		return fmt.Errorf("write subtitles: %w", err)
	}
	return nil
}

func clock(ms int64, separator string) string {
	return fmt.Sprintf("%02d:%02d:%02d%s%03d", ms/3_600_000, ms/60_000%60, ms/1000%60, separator, ms%1000)
}

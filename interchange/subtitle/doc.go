// Package subtitle reads and writes subtitles and chapters: SubRip (.srt) and WebVTT (.vtt).
//
//	lines, problems, err := subtitle.Read(file, subtitle.VTT)
//	...
//	err = subtitle.Write(out, subtitle.SRT, lines)
//
// Files come in any encoding that package textenc knows. Times are whole milliseconds. A cue that cannot be read is a problem with the
// number of its line, and the others are read all the same; what is refused as a whole is a fault.
//
// Texts are plain: tags for looks, positions, voices and karaoke are left out, entities are decoded, each line is trimmed and blank ones
// are dropped (Tidy). Reading what was written from tidy texts gives the same lines.
//
// Times of a segmented stream (X-TIMESTAMP-MAP) are not applied: upload the subtitles of the whole medium.
package subtitle

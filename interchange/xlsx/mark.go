package xlsx

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
)

// summarySheet is the sheet that Mark adds. A name cannot hold a slash.
const summarySheet = "问题 Problems"

// maxMarked is how many cells are marked, and how many problems are listed: more are no help.
const maxMarked = 5_000

// Mark copies a workbook to w with what is wrong in it: cells with problems are red (yellow for warnings) and have a comment in
// Chinese and English, and a sheet "问题 Problems" lists them all with links. A problem without a column marks its row's first cell.
// Its faults are those of NewReader about the file; problems of sheets that the workbook does not have are only listed.
func Mark(src io.Reader, problems []Problem, w io.Writer, o Options) error {
	file, err := open(src, o.withDefaults())
	if err != nil {
		return err
	}
	m := &marking{file: file, sheets: file.GetSheetList(), painted: map[paint]int{}, kept: map[place]string{}}
	err = guard(func() error {
		if err := errors.Join(m.markAll(problems), m.summarise(problems)); err != nil {
			return err
		}
		return file.Write(w)
	})
	if closing := file.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return fmt.Errorf("xlsx: marking: %w", err)
	}
	return nil
}

type marking struct {
	file    *excelize.File
	sheets  []string
	painted map[paint]int
	kept    map[place]string // comments of others where ours goes
}

// paint is a style as it was and the colour laid over it.
type paint struct {
	style  int
	colour string
}

type place struct{ sheet, cell string }

func placeOf(p Problem) place {
	column := p.Column
	if column == "" {
		column = "A"
	}
	return place{p.Sheet, fmt.Sprintf("%s%d", column, max(p.Row, 1))}
}

func (m *marking) markAll(problems []Problem) error {
	byPlace := map[place][]Problem{}
	var order []place
	for _, p := range problems {
		at := placeOf(p)
		if _, _, err := excelize.CellNameToCoordinates(at.cell); err != nil || !slices.Contains(m.sheets, p.Sheet) {
			continue
		}
		if byPlace[at] == nil {
			if len(order) == maxMarked {
				continue
			}
			order = append(order, at)
		}
		byPlace[at] = append(byPlace[at], p)
	}
	for _, sheet := range m.sheets {
		if err := m.clearComments(sheet, byPlace); err != nil {
			return err
		}
	}
	for _, at := range order {
		if err := m.mark(at, byPlace[at]); err != nil {
			return fmt.Errorf("%s!%s: %w", at.sheet, at.cell, err)
		}
	}
	return nil
}

// author signs our comments.
const author = "qbank"

// clearComments makes room, for a cell has one comment: what others wrote moves into ours. Ours from an earlier marking go.
func (m *marking) clearComments(sheet string, marked map[place][]Problem) error {
	comments, err := m.file.GetComments(sheet)
	if err != nil {
		return err
	}
	for _, c := range comments {
		at := place{sheet, c.Cell}
		if c.Author != author && marked[at] != nil {
			m.kept[at] = c.Text
			for _, run := range c.Paragraph {
				m.kept[at] += run.Text
			}
		}
		if c.Author == author || marked[at] != nil {
			if err := m.file.DeleteComment(sheet, c.Cell); err != nil {
				return err
			}
		}
	}
	return nil
}

func (m *marking) mark(at place, problems []Problem) error {
	const most = 2_000 // characters; a comment is to be read
	colour, lines := "FFEB9C", []string{}
	for _, p := range problems {
		if p.Severity == Error {
			colour = "FF7C80"
		}
		lines = append(lines, p.Message.ZH+"\n"+p.Message.EN)
	}
	if kept := m.kept[at]; kept != "" {
		lines = append(lines, "—\n"+kept)
	}
	said := strings.Join(lines, "\n\n")
	if utf8.RuneCountInString(said) > most {
		said = string([]rune(said)[:most]) + "…"
	}
	old, err := m.file.GetCellStyle(at.sheet, at.cell)
	if err != nil {
		return err
	}
	style, err := m.paint(paint{old, colour})
	if err != nil {
		return err
	}
	if err := m.file.SetCellStyle(at.sheet, at.cell, at.cell, style); err != nil {
		return err
	}
	return m.file.AddComment(at.sheet, excelize.Comment{Author: author, Cell: at.cell, Text: said, Width: 320, Height: 120})
}

// paint returns a style that differs from the old one by its fill alone.
func (m *marking) paint(p paint) (int, error) {
	if style, done := m.painted[p]; done {
		return style, nil
	}
	style, err := m.file.GetStyle(p.style)
	if err != nil {
		style = &excelize.Style{}
	}
	style.Fill = excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{p.colour}}
	id, err := m.file.NewStyle(style)
	if err == nil {
		m.painted[p] = id
	}
	return id, err
}

// summarise lists the problems by sheet, row and column.
func (m *marking) summarise(problems []Problem) error {
	if err := m.file.DeleteSheet(summarySheet); err != nil {
		return err
	}
	if _, err := m.file.NewSheet(summarySheet); err != nil {
		return err
	}
	problems = slices.Clone(problems)
	slices.SortStableFunc(problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Sheet, b.Sheet), cmp.Compare(a.Row, b.Row), cmp.Compare(len(a.Column), len(b.Column)), cmp.Compare(a.Column, b.Column))
	})
	rows := [][]any{{"工作表 Sheet", "单元格 Cell", "级别 Severity", "说明", "Message", "代码 Code"}}
	for _, p := range problems[:min(len(problems), maxMarked)] {
		severity := "错误 error"
		if p.Severity == Warning {
			severity = "提醒 warning"
		}
		rows = append(rows, []any{p.Sheet, placeOf(p).cell, severity, p.Message.ZH, p.Message.EN, p.Code})
	}
	if left := len(problems) - maxMarked; left > 0 {
		rows = append(rows, []any{"", "", "", fmt.Sprintf("还有 %d 个问题", left), fmt.Sprintf("and %d more", left), ""})
	}
	for n, row := range rows {
		if err := m.file.SetSheetRow(summarySheet, fmt.Sprintf("A%d", n+1), &row); err != nil {
			return err
		}
		if n > 0 && n <= maxMarked && slices.Contains(m.sheets, problems[n-1].Sheet) {
			target := "'" + strings.ReplaceAll(problems[n-1].Sheet, "'", "''") + "'!" + placeOf(problems[n-1]).cell
			if err := m.file.SetCellHyperLink(summarySheet, fmt.Sprintf("B%d", n+1), target, "Location"); err != nil {
				return err
			}
		}
	}
	return errors.Join(
		m.file.SetColWidth(summarySheet, "A", "C", 16), m.file.SetColWidth(summarySheet, "D", "E", 60), m.file.SetColWidth(summarySheet, "F", "F", 24))
}

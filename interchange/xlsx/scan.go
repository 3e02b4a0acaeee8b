package xlsx

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"qbank/domain/fault"
)

// maxMerges is how many merged ranges a sheet may have.
const maxMerges = 10_000

// marks are what the row iterator does not tell: where formulas are and what is merged. The sheet's XML says so among and
// after the rows, and is therefore scanned once, without building anything.
type marks struct {
	formulas map[int][]bool // by row, by column from 1
	merges   []area
}

// area is a range of cells, ends included, from 1.
type area struct {
	ref                      string
	left, top, right, bottom int
}

func (a area) touches(row int) bool { return a.top <= row && row <= a.bottom }

func (m marks) formula(column, row int) bool {
	columns := m.formulas[row]
	return column < len(columns) && columns[column]
}

// mergedIn returns the ranges that touch a row. Honest ones do not overlap, so more than most are not looked at.
func (m marks) mergedIn(row, most int) []area {
	var here []area
	for _, a := range m.merges {
		if a.touches(row) && len(here) < most {
			here = append(here, a)
		}
	}
	return here
}

func covering(areas []area, column int) string {
	for _, a := range areas {
		if a.left <= column && column <= a.right {
			return a.ref
		}
	}
	return ""
}

// scan reads the sheet's XML as it was unpacked.
func scan(file *excelize.File, sheet string, columns int) (marks, error) {
	part, err := partOf(file, sheet)
	if err != nil {
		return marks{}, err
	}
	m := marks{formulas: map[int][]bool{}}
	d := xml.NewDecoder(bytes.NewReader(part))
	d.CharsetReader = file.CharsetReader
	row, column := 0, 0
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return m, nil
		}
		if err != nil {
			return m, fmt.Errorf("sheet %q: %w", sheet, err)
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		switch start.Name.Local {
		case "row":
			row, column = row+1, 0
			if n, err := strconv.Atoi(attribute(start, "r")); err == nil && n > 0 {
				row = n
			}
		case "c":
			column++
			if at, _, err := excelize.CellNameToCoordinates(attribute(start, "r")); err == nil {
				column = at
			}
		case "f", "v", "is":
			if column > columns {
				return m, tooManyColumns(row, column, columns)
			}
			if start.Name.Local == "f" {
				for len(m.formulas[row]) <= column {
					m.formulas[row] = append(m.formulas[row], false)
				}
				m.formulas[row][column] = true
			}
		case "mergeCell":
			if a, ok := areaOf(attribute(start, "ref")); ok && a.left <= columns {
				m.merges = append(m.merges, a)
			}
			if len(m.merges) > maxMerges {
				return m, tooLarge("the sheet has more than %d merged ranges; unmerge them", "工作表的合并区域超过 %d 个；请取消合并", maxMerges)
			}
		}
	}
}

func tooManyColumns(row, column, most int) error {
	letter, err := excelize.ColumnNumberToName(column)
	if err != nil {
		return err
	}
	return fault.Refuse(fault.Limit, "xlsx.too_many_columns", fault.Say(
		"cell %s%d lies beyond column %d; delete what is that far right", "单元格 %s%d 超出第 %d 列；请删除右侧多余的内容", letter, row, most))
}

// maxShared is how many bytes one shared string may have. Any number of cells may share it, and each costs that much again.
const maxShared = 1 << 20

func checkSharedStrings(file *excelize.File) error {
	data, err := part(file, "xl/sharedStrings.xml")
	if err != nil || len(data) <= maxShared {
		return nil //nolint:nilerr // none, or none that is too long
	}
	d := xml.NewDecoder(bytes.NewReader(data))
	d.CharsetReader = file.CharsetReader
	length := 0
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("shared strings: %w", err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			if t.Name.Local == "si" {
				length = 0
			}
		case xml.CharData:
			if length += len(t); length > maxShared {
				return tooLarge("a cell has more than %d bytes of text; shorten it", "有单元格的文本超过 %d 字节；请缩短", maxShared)
			}
		}
	}
}

func areaOf(ref string) (area, bool) {
	from, to, found := strings.Cut(ref, ":")
	if !found {
		return area{}, false
	}
	a := area{ref: ref}
	var err1, err2 error
	a.left, a.top, err1 = excelize.CellNameToCoordinates(from)
	a.right, a.bottom, err2 = excelize.CellNameToCoordinates(to)
	a.left, a.right, a.top, a.bottom = min(a.left, a.right), max(a.left, a.right), min(a.top, a.bottom), max(a.top, a.bottom)
	return a, err1 == nil && err2 == nil
}

func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// partOf finds the XML of a sheet by way of the workbook and its relationships.
func partOf(file *excelize.File, sheet string) ([]byte, error) {
	var root, links relationships
	var book struct {
		Sheets []struct {
			Name string     `xml:"name,attr"`
			Any  []xml.Attr `xml:",any,attr"`
		} `xml:"sheets>sheet"`
	}
	if err := decodePart(file, "_rels/.rels", &root); err != nil {
		return nil, err
	}
	bookPath := "xl/workbook.xml"
	for _, l := range root.Links {
		if strings.HasSuffix(l.Type, "/officeDocument") {
			bookPath = strings.TrimPrefix(path.Clean("/"+l.Target), "/")
		}
	}
	dir, base := path.Split(bookPath)
	if err := errors.Join(decodePart(file, bookPath, &book), decodePart(file, dir+"_rels/"+base+".rels", &links)); err != nil {
		return nil, err
	}
	for _, s := range book.Sheets {
		if s.Name != sheet {
			continue
		}
		for _, a := range s.Any {
			if target := links.target(a.Value); a.Name.Local == "id" && target != "" {
				if !strings.HasPrefix(target, "/") {
					target = "/" + dir + target
				}
				return part(file, strings.TrimPrefix(path.Clean(target), "/"))
			}
		}
	}
	return nil, fmt.Errorf("no part for sheet %q", sheet)
}

type relationships struct {
	Links []struct {
		ID     string `xml:"Id,attr"`
		Type   string `xml:"Type,attr"`
		Target string `xml:"Target,attr"`
	} `xml:"Relationship"`
}

func (r relationships) target(id string) string {
	for _, l := range r.Links {
		if l.ID == id {
			return strings.ReplaceAll(l.Target, `\`, "/")
		}
	}
	return ""
}

func decodePart(file *excelize.File, name string, into any) error {
	data, err := part(file, name)
	if err != nil {
		return err
	}
	d := xml.NewDecoder(bytes.NewReader(data))
	d.CharsetReader = file.CharsetReader
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("part %q: %w", name, err)
	}
	return nil
}

func part(file *excelize.File, name string) ([]byte, error) {
	if data, found := file.Pkg.Load(name); found {
		if b, ok := data.([]byte); ok {
			return b, nil
		}
	}
	return nil, fmt.Errorf("no part %q", name)
}

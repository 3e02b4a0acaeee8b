package xlsx

import (
	"io"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"

	"qbank/domain/fault"
)

// headerWithin is how many rows from the top the headings may stand.
const headerWithin = 20

// Column is a column of the sheet and what it was taken for.
type Column struct {
	Letter  string `json:"letter"` // "C"
	Heading string `json:"heading"`
	Field   Field  `json:"field"` // "" is left out
}

// Reader reads the rows of one sheet.
type Reader struct {
	file    *excelize.File
	rows    *excelize.Rows
	marks   marks
	sheet   string
	header  int // row of the headings
	columns []Column
	opts    Options
	row     int // read last
	items   int
	volume  int64 // bytes of text in the rows so far
	err     error
}

// NewReader opens a workbook and finds the headings. Its faults: xlsx.not_a_workbook, xlsx.old_format, xlsx.unreadable,
// xlsx.too_large, xlsx.no_sheet, xlsx.no_headings, xlsx.too_many_columns, xlsx.heading_twice, and xlsx.merged where it is
// the headings that are merged. Close it.
func NewReader(src io.Reader, o Options) (*Reader, error) {
	o = o.withDefaults()
	file, err := open(src, o)
	if err != nil {
		return nil, err
	}
	r := &Reader{file: file, opts: o}
	if err := guard(r.findHeadings); err != nil {
		_ = r.Close()
		if fault.Of(err) == nil {
			err = unreadable(err)
		}
		return nil, err
	}
	return r, nil
}

// Sheet returns the name of the sheet that is read.
func (r *Reader) Sheet() string { return r.sheet }

// Header returns the number of the row with the headings.
func (r *Reader) Header() int { return r.header }

// Columns returns the columns with headings, from the left. Show people those without a field: they are left out.
func (r *Reader) Columns() []Column { return slices.Clone(r.columns) }

// Close releases the workbook.
func (r *Reader) Close() error {
	if r.rows != nil {
		_ = r.rows.Close()
	}
	return r.file.Close()
}

func (r *Reader) findHeadings() error {
	sheets, err := r.sheets()
	if err != nil {
		return err
	}
	if err := checkSharedStrings(r.file); err != nil {
		return err
	}
	for _, sheet := range sheets {
		found, err := r.tryHeadings(sheet)
		if err != nil || found {
			return err
		}
	}
	return fault.Refuse(fault.Invalid, "xlsx.no_headings", fault.Say(
		"no row among the first %d has the headings 题干 (stem) and 答案 (answer) or 题型 (type); write them over the columns",
		"前 %d 行中没有包含“题干”以及“答案”或“题型”的表头；请在各列上方填写", headerWithin)).With("sheets", sheets)
}

// sheets are those to look at, in the workbook's order.
func (r *Reader) sheets() ([]string, error) {
	all := r.file.GetSheetList()
	if r.opts.Sheet != "" {
		if !slices.Contains(all, r.opts.Sheet) {
			return nil, fault.Refuse(fault.Invalid, "xlsx.no_sheet", fault.Say(
				"the workbook has no sheet %q", "工作簿中没有工作表 %q", shorten(r.opts.Sheet))).With("sheets", all)
		}
		return []string{r.opts.Sheet}, nil
	}
	var visible []string
	for _, sheet := range all {
		if shown, err := r.file.GetSheetVisible(sheet); err == nil && shown {
			visible = append(visible, sheet)
		}
	}
	return visible, nil
}

// tryHeadings looks for headings in a sheet, and where it finds them, gets ready to read below.
func (r *Reader) tryHeadings(sheet string) (bool, error) {
	rows, err := r.file.Rows(sheet)
	if err != nil {
		return false, nil //nolint:nilerr // a chart, say
	}
	for number := 1; number <= headerWithin && rows.Next(); number++ {
		cells, err := rows.Columns()
		if err != nil {
			return false, err
		}
		columns := headingsIn(cells)
		if !sufficient(columns) {
			continue
		}
		r.rows, r.sheet, r.header, r.row, r.columns = rows, sheet, number, number, columns
		if r.marks, err = scan(r.file, sheet, r.opts.MaxColumns); err != nil {
			return false, err
		}
		return true, r.checkHeadings()
	}
	return false, rows.Close()
}

func headingsIn(cells []string) []Column {
	var columns []Column
	for n, text := range cells {
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		letter, err := excelize.ColumnNumberToName(n + 1)
		if err != nil {
			break
		}
		columns = append(columns, Column{letter, text, fieldOf(text)})
	}
	return columns
}

// sufficient reports whether a row is the one with the headings: a stem alone may be a title.
func sufficient(columns []Column) bool {
	has := func(f Field) bool { return slices.ContainsFunc(columns, func(c Column) bool { return c.Field == f }) }
	return has(Stem) && (has(AnswerField) || has(TypeField))
}

func (r *Reader) checkHeadings() error {
	for _, a := range r.marks.merges {
		if a.touches(r.header) {
			return fault.Refuse(fault.Invalid, "xlsx.merged", fault.Say(
				"the headings are merged (%s); unmerge them, one heading to a column", "表头单元格已合并（%s）；请取消合并，每列一个表头", a.ref)).
				With("sheet", r.sheet).With("row", r.header)
		}
	}
	seen := map[Field]Column{}
	for _, c := range r.columns {
		if c.Field == "" || c.Field == Points || c.Field == Tags {
			continue
		}
		if first, twice := seen[c.Field]; twice {
			return fault.Refuse(fault.Invalid, "xlsx.heading_twice", fault.Say(
				"columns %s (%s) and %s (%s) mean the same; keep one", "%s 列（%s）与 %s 列（%s）含义相同；请只保留一列",
				first.Letter, shorten(first.Heading), c.Letter, shorten(c.Heading))).With("sheet", r.sheet).With("row", r.header)
		}
		seen[c.Field] = c
	}
	return nil
}

// Next returns the next row that is not blank. Its error is io.EOF after the last row, the fault xlsx.too_many_rows, xlsx.too_large
// or xlsx.unreadable, and then stays.
func (r *Reader) Next() (Item, error) {
	for r.err == nil {
		row, err := r.nextRow()
		if err != nil {
			r.err = err
			break
		}
		if len(row.Cells) == 0 {
			continue
		}
		if r.items++; r.items > r.opts.MaxRows {
			r.err = fault.Refuse(fault.Limit, "xlsx.too_many_rows", fault.Say(
				"the sheet has more than %d questions; split it", "工作表的题目超过 %d 道；请拆分", r.opts.MaxRows)).With("row", row.Number)
			break
		}
		return r.placed(Interpret(row)), nil
	}
	return Item{}, r.err
}

func (r *Reader) nextRow() (Row, error) {
	var cells []string
	err := guard(func() (err error) {
		if !r.rows.Next() {
			if err := r.rows.Error(); err != nil {
				return err
			}
			return io.EOF
		}
		cells, err = r.rows.Columns()
		return err
	})
	if err == io.EOF { //nolint:errorlint // the one from above; a wrapped one is a damaged file
		return Row{}, err
	}
	if err != nil {
		return Row{}, unreadable(err)
	}
	r.row++
	for _, text := range cells {
		r.volume += int64(len(text))
	}
	if r.volume > 2*r.opts.MaxUnpackedBytes { // cells can share a text, and so say more than the file holds
		return Row{}, tooLarge("the sheet has more than %d bytes of text; split it", "工作表的文本超过 %d 字节；请拆分", 2*r.opts.MaxUnpackedBytes)
	}
	return r.take(cells), nil
}

// take picks the cells of known columns.
func (r *Reader) take(cells []string) Row {
	row := Row{Sheet: r.sheet, Number: r.row}
	blank := true
	merges := r.marks.mergedIn(r.row, r.opts.MaxColumns)
	for _, c := range r.columns {
		if c.Field == "" {
			continue
		}
		n, err := excelize.ColumnNameToNumber(c.Letter)
		if err != nil {
			continue
		}
		cell := Cell{Field: c.Field, Column: c.Letter, Formula: r.marks.formula(n, r.row), Merged: covering(merges, n)}
		if n <= len(cells) {
			cell.Text = strings.TrimSpace(cells[n-1])
		}
		blank = blank && cell.Text == "" && !cell.Formula
		if cell.Text != "" || cell.Formula || cell.Merged != "" {
			row.Cells = append(row.Cells, cell)
		}
	}
	if blank {
		row.Cells = nil
	}
	return row
}

// placed says of problems with cells that are not there (an answer that is missing) where they would have stood.
func (r *Reader) placed(item Item) Item {
	for i, p := range item.Problems {
		at := slices.IndexFunc(r.columns, func(c Column) bool { return c.Field == p.Field })
		if p.Column == "" && p.Field != "" && at >= 0 {
			item.Problems[i].Column = r.columns[at].Letter
		}
	}
	return item
}

// Package xlsx reads questions from the spreadsheets that teachers keep them in, one question a row.
//
//	r, err := xlsx.NewReader(file, xlsx.Options{})
//	...
//	defer r.Close()
//	for {
//		item, err := r.Next()
//		if err == io.EOF {
//			break
//		}
//		...
//	}
//
// The headings decide what a column is: 题干, 选项A … 选项H, 答案, 解析, 分值, 难度, 知识点, 题型 and more, in Chinese or English
// (see [Field]), in any order, with title rows above. A [Row] is what the cells say; an [Item] is what that means, with
// the [Problem]s of each cell. A wrong row does not stop the sheet.
//
// Cells are taken as they are displayed: numbers and dates in their format, rich text without its looks. Two things are refused
// because what a person sees and what the file says can differ: formulas, whose stored results nobody checks, and merged
// cells, which leave no telling what belongs to which row.
//
// [Template] writes a workbook to fill in. [Mark] gives a workbook back with its wrong cells in red and commented, and a
// sheet that lists the problems.
//
// A workbook is a zip archive, which may unpack to more than any machine holds, so everything is bounded; see [Options].
package xlsx

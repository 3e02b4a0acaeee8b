package xlsx_test

import (
	"bytes"
	"fmt"
	"io"

	"github.com/xuri/excelize/v2"

	"qbank/interchange/xlsx"
)

func Example() {
	book := excelize.NewFile()
	for n, row := range [][]any{
		{"题干", "选项A", "选项B", "答案", "分值"},
		{"1+1=?", "1", "2", "B", 5},
		{"2+2=?", "4", "5", "C", 5},
	} {
		if err := book.SetSheetRow("Sheet1", fmt.Sprintf("A%d", n+1), &row); err != nil {
			fmt.Println(err)
			return
		}
	}
	var file bytes.Buffer
	if err := book.Write(&file); err != nil {
		fmt.Println(err)
		return
	}

	r, err := xlsx.NewReader(&file, xlsx.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = r.Close() }()
	for {
		item, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(item.Type, item.Stem, item.Options, item.Answer.Labels, item.Score)
		for _, p := range item.Problems {
			fmt.Printf("%s%d: %s\n", p.Column, p.Row, p.Message.EN)
		}
	}
	// Output:
	// single 1+1=? [{A 1} {B 2}] [B] 5000000
	// single 2+2=? [{A 4} {B 5}] [] 5000000
	// D3: the answer names option C, which is empty
}

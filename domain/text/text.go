package text

import (
	"strings"
	"unicode/utf8"

	"qbank/domain/fault"
)

// The longest lines, in characters.
const (
	Title = 300
	Note  = 2000 // a reason, a remark
)

// Check lists what is wrong with the line at a place of the input. shortest is 1 where a line is demanded.
func Check(pointer, line string, shortest, longest int) []fault.Problem {
	wrong := func(code string, message fault.Text) []fault.Problem {
		return []fault.Problem{{Pointer: pointer, Code: code, Message: message}}
	}
	if !utf8.ValidString(line) || strings.ContainsRune(line, 0) {
		return wrong("text", fault.Say("not valid text", "不是有效文本"))
	}
	switch n := utf8.RuneCountInString(line); {
	case n < shortest:
		return wrong("required", fault.Say("this cannot be empty", "不能为空"))
	case n > longest:
		return wrong("max_length", fault.Say("longer than %d characters", "超过 %d 个字符", longest))
	}
	return nil
}

// CheckReason refuses the reason for a decision where it is missing or too long.
func CheckReason(reason string) error {
	problems := Check("/reason", reason, 1, Note)
	if len(problems) == 0 {
		return nil
	}
	if reason == "" {
		return fault.Refuse(fault.Invalid, "reason.missing", fault.Say("give a reason", "请填写原因"), problems...)
	}
	return note(problems)
}

// CheckNote refuses a remark that is too long; it may be missing. pointer says where it stands.
func CheckNote(pointer, remark string) error {
	if problems := Check(pointer, remark, 0, Note); len(problems) > 0 {
		return note(problems)
	}
	return nil
}

func note(problems []fault.Problem) error {
	return fault.Refuse(fault.Invalid, "note.invalid", fault.Say("the note or reason cannot be kept", "无法保存该备注或原因"), problems...)
}

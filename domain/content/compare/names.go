package compare

import (
	"strconv"
	"strings"

	"qbank/domain/content"
	"qbank/domain/fault"
)

// Names is the Schema of documents that have no question type: what members are called, wherever they stand. Items go by their number.
type Names map[string]Name

// Name is what a member is called, and the format of its text where it is one.
type Name struct {
	Label  fault.Text
	Format string
}

// Describe follows a pointer by the names of its members.
func (n Names) Describe(_ any, pointer string) (label fault.Text, format string) {
	var en, zh []string
	for _, token := range content.Tokens(pointer) {
		name, known := n[token]
		if i, err := strconv.Atoi(token); err == nil && !known {
			token = strconv.Itoa(i + 1)
		}
		if !known {
			name.Label = fault.Text{EN: token, ZH: token}
		}
		en, zh, format = append(en, name.Label.EN), append(zh, name.Label.ZH), name.Format
	}
	return fault.Text{EN: strings.Join(en, " › "), ZH: strings.Join(zh, " › ")}, format
}

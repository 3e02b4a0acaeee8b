package qtype

import (
	"regexp"
	"strings"

	"qbank/domain/fault"
)

// Ref names one version of a type, such as "single-choice@1.0.0". In JSON it is that string.
type Ref struct{ ID, Version string }

var refPattern = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*@(0|[1-9][0-9]{0,5})(\.(0|[1-9][0-9]{0,5})){2}$`)

// maxRefBytes holds an id of 64 bytes and a version of three six-digit numbers.
const maxRefBytes = 90

// ParseRef reads "id@version". The refusal is a fault "type.ref".
func ParseRef(text string) (Ref, error) {
	if len(text) > maxRefBytes || !refPattern.MatchString(text) {
		return Ref{}, fault.Refuse(fault.Invalid, "type.ref", fault.Say(
			"%.90q does not name a type version; write it like \"single-choice@1.0.0\"", "%.90q 不是题型版本，应写作 \"single-choice@1.0.0\"", text))
	}
	id, version, _ := strings.Cut(text, "@")
	return Ref{id, version}, nil
}

// String returns "id@version", and "" for the zero Ref.
func (r Ref) String() string {
	if r == (Ref{}) {
		return ""
	}
	return r.ID + "@" + r.Version
}

// MarshalText writes the Ref as String does.
func (r Ref) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads what MarshalText wrote, also the empty text of a zero Ref.
func (r *Ref) UnmarshalText(text []byte) (err error) {
	if len(text) == 0 {
		*r = Ref{}
		return nil
	}
	*r, err = ParseRef(string(text))
	return err
}

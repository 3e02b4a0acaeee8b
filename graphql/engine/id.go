package engine

import (
	"encoding/base64"
	"strings"

	"qbank/domain/fault"
)

// GlobalID is the id of an object among objects of all types, as Relay's node field wants it.
func GlobalID(typ, id string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(typ + ":" + id))
}

const maxGlobalID = 512

// ParseGlobalID is the inverse of [GlobalID]. It refuses with graphql.bad_id; whether the type exists is the caller's to ask.
func ParseGlobalID(global string) (typ, id string, err error) {
	if len(global) <= maxGlobalID {
		if plain, err := base64.RawURLEncoding.Strict().DecodeString(strings.TrimRight(global, "=")); err == nil {
			if typ, id, ok := strings.Cut(string(plain), ":"); ok && typ != "" && id != "" {
				return typ, id, nil
			}
		}
	}
	return "", "", fault.Refuse(fault.Invalid, CodeBadID, fault.Say(
		"this is not an id that the API has given", "该 id 不是由本接口给出的"))
}

// ParseGlobalIDOf wants an id of one type.
func ParseGlobalIDOf(typ, global string) (string, error) {
	found, id, err := ParseGlobalID(global)
	if err != nil {
		return "", err
	}
	if found != typ {
		return "", fault.Refuse(fault.Invalid, CodeBadID, fault.Say(
			"the id is of a %s, not of a %s", "该 id 属于 %s，而不是 %s", printable(found), typ))
	}
	return id, nil
}

// printable keeps what a client sent from making a message unreadable.
func printable(s string) string {
	if len(s) > 40 {
		s = s[:40]
	}
	return strings.ToValidUTF8(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return '?'
		}
		return r
	}, s), "?")
}

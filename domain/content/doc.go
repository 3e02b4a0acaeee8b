// Package content is JSON as qbank understands it: decoded strictly, written canonically, hashed, compared and merged.
//
// A document is what [Decode] returns: nil, bool, float64, string, []any and map[string]any, nothing else. Decode
// refuses what PostgreSQL or another program would trip over later (NUL, lone surrogates, invalid UTF-8, duplicate
// names, numbers that float64 cannot hold), so that everything behind it may trust its input. Documents are
// values: nobody changes one in place.
//
// List items that are objects with a string "id" are followed by that id, not by their index. [Diff] and [Merge]
// therefore understand that an option was moved, or edited by one author while another added one above it.
package content

// Package guides reads the guides of docs/guides and tells whether what they show is what happens, so that they cannot rot.
//
//	steps, err := guides.Parse(page)           // every fenced block, in order
//	text := names.Fill(steps[0].Text)          // the request to make
//	err = names.MatchJSON(steps[0].Answer, got)// what came back: at least what the guide shows
//
// # What a guide looks like
//
// A request is a block of graphql, whose first line says in a comment who asks (as one tells qbank token: author, or releaser --env prod), or of sh. The block of json behind a graphql one holds its
// variables, where it has any; the next one, which begins with "data" or "errors", the answer. Behind an sh block stands what it prints: json, or text.
//
//	```graphql
//	# author
//	mutation { createQuestion(input: {type: "essay@1.0.0"}) { question { id revision } } }
//	```
//	```json
//	{"data": {"createQuestion": {"question": {"id": "$question", "revision": 1}}}}
//	```
//
// An answer is abridged: objects may have more members than are shown, "…" stands for any text, and as the last entry of a list for any further ones.
// A $name that is not known yet takes the value that stands in its place; from then on, on this page and the next ones, it is that value.
//
// The package makes no requests itself: whoever has a server does (cmd/qbank).
package guides

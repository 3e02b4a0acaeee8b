// Package schemas holds the question types and the cue plugins that come with qbank, as data.
//
// A type is a folder, schemas/types/<id>/<version>: type.json is the container (content, form, response, scoring, examples),
// testdata what it must accept and refuse. A new type is a new folder and no Go. A published version never changes: another
// wording is another version beside it, because questions keep the version that they were written for.
//
//	types, err := schemas.BuiltIn()
//	for _, t := range types {
//		fmt.Println(t.Ref(), t.Title("zh-CN"))
//	}
//
// What can happen on a lesson's timeline is data in the same way: schemas/cues/<name>/<version>/cue.json is a cue plugin (package cue),
// and its testdata are *.good.json {"data", "slots", "assets"} and *.bad.json {"data", "problems"}.
//
// The test files of a type say what they are by their names:
//
//	*.good.json            {"content"}: it can be published
//	*.bad.json             {"content", "problems"}: it cannot, for exactly these reasons
//	*.response.good.json   {"content", "response", "fraction" or "status"}
//	*.response.bad.json    {"content", "response", "problems"}
//
// Where content is a text, it is the name of a good file beside it.
package schemas

// Package resources is the authors' shelf of files: what an organisation keeps, and where each file is named.
//
//	reader := resources.NewReader(pool)
//	list, err := reader.List(ctx, actor.Scope.Org, resources.Filter{Tag: "map"}, read.Page{})
//	uses, err := reader.Uses(ctx, actor.Scope.Org, hash, read.Page{})
//
// A use is a question's or a lesson's draft (version 0), or one of their published versions. A file is used where its hash stands,
// in whatever member and inside whatever text, so a picture in the middle of a paragraph counts, and a medium of a lesson does. Published versions
// use what they use for ever; a draft, as long as it names it. When the last use ended is kept, for a file goes only after a while.
//
// A draft's hashes are counted from its edits, which carry what they take out and what they put in; the drafts themselves are not kept
// here.
package resources

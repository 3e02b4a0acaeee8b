// Package cue knows what can happen at a place of a lesson's timeline: typed tasks, each a plugin with a JSON Schema of its own.
//
// A plugin is data (schemas/cues/<name>/<version>/cue.json):
//
//	name, version   "question", "1.0.0"; a cue names both as question@1.0.0
//	title           by locale
//	places          where such a cue may stand: "moment", "period", "page"
//	interactive     true: it asks something of the student, so two of them never stand at the same time
//	apart           where it is given, periods of the plugin do not overlap: among those whose data agree in the members that it lists, so that
//	                ["language"] keeps subtitles of one language apart and [] all of them
//	data            JSON Schema of the cue's data
//
// Own keywords inside data: "x-slot": true marks the name of a place of the lesson that holds a question, "x-asset": "resource" the
// SHA-256 of a file. So what a cue refers to is known without knowing the plugin, and a new plugin is a folder of JSON.
//
//	plugins := cue.NewRegistry(all...)
//	plugin, ref := plugins.Find("question")          // the newest version; ref is "question@1.0.0"
//	problems := plugin.Check(data)
//
// A published version of a plugin never changes: cues keep the version they were written for.
package cue

// Package files is the part of the authors' door that moves files, which GraphQL does not: uploads to import, sheets to fill
// in or to put right, the files that questions and lessons name, and forms for clients that speak no GraphQL.
//
//	POST /files/imports?format=gift|xlsx&name=…[&dry_run=true][&subject=…&stage=…&grade=…&source=…]   → {"job": id}
//	GET  /files/imports/{id}/marked      the sheet with its wrong cells marked
//	GET  /files/template.xlsx?locale=…   an empty sheet
//	POST /files/roster                   what a company system says of the roster → {"totals", "position", "records": [{"at", "result", …}]}
//	POST /files/subtitles?lesson=…&stage=…&revision=…&format=srt|vtt[&kind=chapters][&language=…][&dry_run=true][&remove=true]
//	                                     → {"revision", "position", "lines": [{"from", "to", "text"}]}, times in milliseconds; a file
//	                                     without cues takes the track away, with remove=true
//	GET  /files/subtitles?lesson=…&stage=…&format=srt|vtt[&kind=chapters][&language=…][&version=…]
//
//	PUT  /files/blobs/{sha256}[?name=…]   keeps a file; the hash is that of the body
//	POST /files/blobs[?name=…]            the same, without saying the hash
//	GET  /files/blobs/{sha256}            a file, or a Range of it
//
//	GET  /files/forms/{type}/{version}?locale=…   the form of a question type; its hash is the ETag
//
// A file is what its bytes say. SVG and HTML are cleaned before they are kept, so what is kept may have another hash than what was
// sent: the answer says which, and what was removed.
//
// The body of an upload is the file itself, sent as application/octet-stream or as what it is. Questions are stored and queued; progress and
// report are read by GraphQL. Subtitles are an edit of the draft at once. Errors look like GraphQL's.
//
// The roster is fed at once, as records (application/json or application/x-ndjson) or as CloudEvents (application/cloudevents+json or
// application/cloudevents-batch+json); package interchange/roster says what they look like. Each record has an outcome of its own, and feeding the
// same again changes nothing, so whoever is in doubt sends again.
package files

// Package media says what an uploaded file is, from its bytes alone, and makes it fit to be shown.
//
//	kind, err := media.Guess(head)            // what it claims to be by its first bytes, and how large it may be
//	facts, err := media.Inspect(file)         // what it really is: type, pixels, duration
//	clean, removed, err := media.Clean(facts.Type, document)
//
// What a sender says of a file decides nothing: [Inspect] looks for the marks of the types in its table and refuses what is none of
// them. Images are measured by their headers and never decoded, so that a small file of a billion pixels costs nothing but its
// refusal.
//
// SVG and HTML can carry programs. [Clean] keeps what is on a list of harmless elements and attributes and drops the rest:
// scripts, event handlers, foreign objects, whatever would be loaded from elsewhere. Cleaning what is clean changes nothing.
package media

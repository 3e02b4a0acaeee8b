// Package resource decides what may happen to a resource (资源): a file that an organisation keeps under its hash, for questions and
// lessons to name.
//
// A resource is one file of one organisation; the same bytes kept by two are two resources and one blob. Nobody deletes one. What nothing
// names for a long time is collected: marked first, and looked at once more a while later, when whatever was being decided at the time of
// the mark has been recorded. If something names it then, it is restored; else its bytes go. Uploading it again works at any time.
package resource

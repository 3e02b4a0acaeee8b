// Package release decides which version of each question a student gets, and why.
//
// [Resolve] asks a fixed order of layers; the first that knows the place wins. A further rule (a takedown, a
// reissue, a gray release) is a further layer in the same order, not another branch somewhere else.
package release

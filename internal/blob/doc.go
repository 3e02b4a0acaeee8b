// Package blob keeps files by the SHA-256 of their bytes, in a folder.
package blob

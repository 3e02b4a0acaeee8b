// Package erasure keeps a record of who was erased: by an opaque id, when, by whom and why, and how much of what.
//
// Erasing goes through several places that have no transaction in common, so it is begun, carried out step by step, each of which may be done
// again, and ended. One that broke off is found begun and is repeated to its end; a person who is erased already may be erased again, for something may have
// come in since.
package erasure

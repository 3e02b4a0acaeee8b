// Package undoimport takes back what an import did, item by item, when somebody asked for it.
//
// It may be stopped anywhere: each item that is back already stays as it is when the process meets the event again. An item that cannot be
// taken back (others changed the same fields since) is left as it is and reported in the log.
package undoimport

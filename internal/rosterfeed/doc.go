// Package rosterfeed carries out what company systems say of the roster: record by record, each with an outcome of its own.
//
//	outcomes := rosterfeed.Feed{Commands: bus}.Take(ctx, actor, entries)
//
// Records are taken in the order in which they stand: what others refer to comes first. Records of one kind that follow each other are taken
// several at once, those about the same thing one after the other. Feeding the same again changes nothing.
package rosterfeed

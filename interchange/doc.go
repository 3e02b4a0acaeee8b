// Package interchange turns files of other programs into questions: what comes in as [Item] is ready to be imported.
//
// The formats themselves are understood by the packages below (gift, xlsx), which know nothing of question types. Here each of their
// items becomes the content of a type, and whatever could not be kept as it was stands in the item's notes: an item
// without notes was taken losslessly.
package interchange

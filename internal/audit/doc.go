// Package audit writes down what people read that not everybody may: answer keys, what staff saw through a student's eyes, the trail itself.
//
// What people do stands in the log already. What they only read does not, and would be lost; so every request that was shown such a thing leaves
// one row: who, acting for whom, by which sign-in, from where, of what, when. Rows are gathered in memory and written twice a second, and the rest
// when the program ends in order. Where the database does not keep up, requests wait for it rather than be forgotten; what cannot
// be written at all is in the program's own log.
//
// The table lets nobody change or delete a row. It consists of months, and those older than the retention go as a whole.
package audit

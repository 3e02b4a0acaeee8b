// Package gift reads GIFT, the plain-text question format of Moodle.
//
// A GIFT file is a row of blocks with blank lines between them. A block is a question, or a `$CATEGORY:` line that
// says where the questions after it belong. [Reader] hands out one [Item] at a time and keeps no more than one in
// memory. A block that is wrong does not stop the file: its item comes back with [Problem]s that say where, and
// reading goes on after the next blank line.
//
//	r := gift.NewReader(file, gift.Options{})
//	for {
//		item, err := r.Next()
//		if err == io.EOF {
//			break
//		}
//		...
//	}
//
// What a text means is what Moodle makes of it, corner cases included: lines are trimmed; a comment line counts as
// a line with one space; the last #### opens the general feedback; any unescaped ~ makes a choice question and any
// unescaped = in one starts an answer, in feedback too; an answer inherits the format of the stem; a weight within
// 0.001 % of one that Moodle lists is that one. An item is as faithful as that: nothing is guessed, and nothing that
// the text does not say is added.
//
// It departs from Moodle where Moodle loses or invents something: a line, an answer or a number that is just "0" counts
// (Moodle takes it for nothing); a question right under a $CATEGORY line is read as a question, with a warning
// (Moodle makes it part of the category's name); a numeric answer that is no number is an error (Moodle accepts every
// answer then); escapes in category names are resolved.
//
// Input is UTF-8; package textenc turns other encodings into it.
package gift

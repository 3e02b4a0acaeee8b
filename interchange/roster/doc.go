// Package roster reads classes and their students from a CSV file: one line a student, in any encoding a school's office may
// produce, with headings in Chinese or English.
package roster

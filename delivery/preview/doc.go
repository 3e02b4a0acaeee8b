// Package preview is the door for whoever has a preview's ticket: a link that an author made, with no account behind it.
//
//	GET  /preview/{ticket}                 what is previewed, as a student would get it
//	POST /preview/{ticket}/answers         {"answers": [{"slot", "response"}]} → marks, with the reason for each
//	GET  /preview/{ticket}/blobs/{sha256}  a file that it names, or a Range of it
//	GET  /preview/{ticket}/qr.svg, qr.png  the link itself, to be scanned
//
// Nothing is stored: answers are marked and forgotten. Solutions are shown where the link's maker said so, and else not at all. Errors are
// problem documents, as at the students' door.
package preview

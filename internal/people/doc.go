// Package people keeps what is known of persons: their names, and a key each, outside the log.
//
// An opaque id proves nothing: it can be computed. So a name belongs to the organisation that gave it, and is read there, above and below.
//
// Events hold opaque ids. What a person wrote in own words is enciphered with the person's key before it becomes an event, so
// that erasing the person is deleting a row and a key. Other processes may still hold the key for a minute then.
package people

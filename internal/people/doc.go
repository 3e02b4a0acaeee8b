// Package people keeps what is known of persons: their names, and a key each, outside the log.
//
// Events hold opaque ids. What a person wrote in own words is enciphered with the person's key before it becomes an event, so
// that erasing the person is deleting a row and a key. Other processes may still hold the key for a minute then.
package people

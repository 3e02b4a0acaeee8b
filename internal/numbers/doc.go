// Package numbers hands out the numbers behind question codes, from a sequence of the database.
package numbers

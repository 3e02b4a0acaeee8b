// Package house holds the tests that keep the house in order: which folder may import which, that every package explains
// itself, and that generated files are fresh.
package house

// Package stacktest keeps a stack going for a test.
package stacktest

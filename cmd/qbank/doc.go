// Command qbank is the question bank: one binary with the server and its tools.
package main

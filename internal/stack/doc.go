// Package stack puts the parts of qbank together on one database: the log, the read models, the commands.
//
// Programs and tests that need a working qbank open a [Stack]; the doors are mounted on it elsewhere.
package stack

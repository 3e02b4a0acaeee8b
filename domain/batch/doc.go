// Package batch decides what may happen to an import: a file of questions taken in as one whole that can be undone.
//
// What became of each item stands in the batch's own events, so the report is as durable as the questions.
package batch

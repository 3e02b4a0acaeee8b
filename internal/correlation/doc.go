// Package correlation gives every request an id, so that what a client was told, the log lines, the events and the rows of the audit trail of
// one request are found together.
//
// A client or a proxy that has an id already says so: the trace id of a W3C Traceparent is taken, else an X-Request-Id of up to 64 letters,
// digits and ".", "_", ":", "-". What is nothing of the kind is as if it were not said, and a fresh id is drawn. The answer's X-Request-Id is
// the id.
package correlation

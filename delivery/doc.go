// Package delivery is the door for students and their shells: REST, made to be fast and to leak nothing.
//
//	GET  /v1/lessons/{id}/manifest     what to load, by hash; its own hash is the ETag
//	GET  /v1/blobs/{sha256}            the public view of a question, where it was given, or a file; immutable
//	POST /v1/attempts                  start or resume           GET /v1/attempts/{id}
//	POST /v1/attempts/{id}/answers     one or many, each with its key
//	POST /v1/attempts/{id}/finish      GET /v1/attempts/{id}/result   solutions only after reveal
//	POST /v1/telemetry                 how loads and answers went, as the device sees it
//	POST /ofrep/v1/evaluate/flags      what a student gets, as flags for stock OpenFeature clients; one: /flags/{key}
//	GET  /v1/time                      the server's clock        GET /v1/openapi.json   this door, described
//
// Every request carries a bearer token, or an API key in its place; the organisation and the environment come from it (where a key is for
// several environments, Qbank-Environment says which of them) and from nowhere else. Until the read models serve, everybody is told to come again. Errors
// are problem documents (RFC 9457) with a stable code; openapi.json describes all of it, and the tests hold every response
// they see to it, and to having seen everything it describes. An answer is acknowledged after the commit of its event, and the
// acknowledgement is made from the event alone, so sending the same answer again gets the same bytes.
package delivery

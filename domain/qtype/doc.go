// Package qtype is the container of a question: a type says what its contents look like, how they are edited, what a
// response is and what it scores. Type and content together are a question.
//
// A type is a JSON document (see MetaSchema) that [Compile] turns into a [Type]; package schemas holds those that come
// with qbank. All that is said about contents and responses is said in JSON Schema 2020-12, with a few keywords of our own:
//
//	x-secret   "answer" or "feedback": kept from students until it is revealed, with everything below
//	x-text     plain, markdown (HTML in it is text), html, latex, or by-format for {"format", "text"}: words that people search; in a
//	           response they are the student's own and stored enciphered
//	x-asset    resource or group: the value names a file or a group of files
//	x-ref      pointer to a list of the content: the value is the id of one of its items
//	x-order    neutral: students get the list in an order that depends on its public text alone
//	x-shuffle  true, or a pointer to the boolean of the content that says so: each student gets an order of their own;
//	           items with "fixed": true keep their place
//	x-i18n     the title, description and such of this place by locale
//
// and conditions across places that JSON Schema cannot say, the "checks", in CEL.
//
// # What it promises
//
// A key cannot leak: [Type.Split] copies to the public view only what the schema declares and does not mark secret. The
// public view is the same, byte for byte, whatever the secrets are. Where the split could not see a secret (in the
// branch of a condition, in items without ids), Compile refuses the type.
//
// A type is closed: references stay inside it, nothing is fetched, expressions have a bounded cost and see nothing but
// the documents. What it does never changes under its version.
//
// Problems are for people: each has a JSON Pointer, a stable code and a sentence in English and Chinese. The codes are the
// schema's keywords (required, type, enum, min_length, unknown, …), ref.unknown, duplicate_id, html.unsafe (see package markup), and those of
// the type's own checks.
//
// # What it leaves to others
//
// Storing types and pinning their versions; whether the file that an x-asset names is there.
//
// And ids that say nothing. Ids are public: a target that is called after its premise, or numbered as the premises are, gives the
// pair away however the list is ordered. Who makes items of a neutral list draws their ids, or takes them from a hash of their text.
package qtype

// Package traces knows every place outside the log where something is kept of a person, and erases it there: name and contacts, the key to
// what the person wrote, what devices said, sign-ins, and what machines noticed of single people.
//
// The log and the read models drawn from it hold opaque ids. What a person wrote in own words, what teachers said of it and what rules may ask of a student
// stand in the log enciphered, and nobody can read them once the key is gone; the read model of the roster drops who is erased when it hears of it. A new place where something is kept of people belongs into the list here; the student door's test of an erasure looks for a person's data in every
// column of every table and in every file afterwards.
package traces

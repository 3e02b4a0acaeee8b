// Package issuers trusts tokens that organisations sign for their own students, so that a company's app asks nobody here for a token.
//
//	list, err := issuers.Parse(text)                       // the file of qbank serve --student-issuers
//	trusted, err := issuers.New(list, issuers.Options{Logger: log})
//	go trusted.Watch(ctx)                                  // keeps their keys fresh
//	verifier.Trusting(trusted)                             // the one of the student door
//
// An [Issuer] is bound to an organisation and some environments, and what it says counts there alone. Its subjects are the students' numbers as the roster of
// that organisation has them, so two companies may both have a student 1001. Whatever else its tokens claim, they are students' tokens.
//
// Keys come from a file or a URL, as a JSON Web Key Set (RFC 7517). They are fetched anew every hour, and when a token names one that is not known, though not
// more often than every ten seconds, so that forged tokens do not become a flood of requests. While an issuer does not answer, the keys from before are believed
// for a day.
package issuers

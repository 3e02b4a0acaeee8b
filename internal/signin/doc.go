// Package signin lets people in who use a browser, and finds out who calls.
//
// Somebody signs in at an identity provider that speaks OpenID Connect ([Door], mounted at /auth/): authorization code flow with PKCE, state
// and nonce, whose secrets wait in an enciphered cookie of a few minutes. Afterwards the browser holds a session's id of 256 random bits in a
// cookie ([Cookie]) and the table sign_ins its SHA-256 ([Sessions]). A session ends when it is not used for a while, after a fixed time whatever
// happens, by signing out, or by being revoked; the id is a new one at each sign-in.
//
//	mux.Handle("/auth/", door.Handler())
//	mux.Handle("/graphql", gate.Authors(graphqlDoor)) // tokens, API keys and cookies
//	mux.Handle("/v1/", gate.Students(studentDoor))    // tokens and API keys
//
// A [Gate] stands before the doors. Of API keys and cookies it finds out who calls and leaves the answer with the request ([Of]); bearer tokens
// it leaves to the doors, whose way it does not lengthen. What somebody may do with a session is what claims of the identity provider were
// mapped to ([Mapping]) and what was granted here, the latter read anew for each request. In which organisation and environment, the headers
// Qbank-Organisation and Qbank-Environment choose, among those granted and no others.
package signin

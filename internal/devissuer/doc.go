// Package devissuer is an identity provider for development: whoever comes chooses who to be.
//
// It speaks as much of OpenID Connect as package signin asks for (discovery, keys, authorization code with PKCE), so that a first run has a
// sign-in that works like a real one and needs nothing. Since it lets in anybody, it refuses to be used outside this machine unless told so:
// its address must be a loopback one, and it answers only requests that come from there, without a proxy in between.
//
//	issuer, err := devissuer.New(devissuer.Options{Issuer: "http://127.0.0.1:8080/dev-issuer", Redirect: "http://127.0.0.1:8080/auth/callback", People: people})
//	mux.Handle("/dev-issuer/", issuer)
//	provider := &signin.Provider{Issuer: issuer.URL(), ClientID: devissuer.ClientID, Client: issuer.Client(), Redirect: …}
package devissuer

package signin

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"qbank/domain/fault"
)

const (
	providerTime = 10 * time.Second
	pause        = 2 * time.Second // before a provider that did not answer is asked again
)

// Provider is an identity provider that speaks OpenID Connect. Fill the fields; it is safe for concurrent use.
type Provider struct {
	Issuer   string       // URL
	ClientID string       // ours
	Secret   string       // ours; "" for one that asks for PKCE alone
	Redirect string       // URL of /auth/callback, as the provider knows it
	Client   *http.Client // nil: the usual one
	Now      func() time.Time

	mu     sync.Mutex
	found  *oidc.Provider
	failed error // what the last try came to
	tried  time.Time
}

// identity is what the provider says of who has signed in.
type identity struct {
	Subject string
	Name    string
	Claims  map[string]any
}

// client bounds how long the provider may take.
func (p *Provider) client() *http.Client {
	if p.Client != nil {
		return p.Client
	}
	return &http.Client{Timeout: providerTime}
}

// discover asks the provider what it is, once; a provider that is down is asked again next time.
func (p *Provider) discover(ctx context.Context) (*oidc.Provider, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.found != nil {
		return p.found, nil
	}
	if p.failed != nil && time.Since(p.tried) < pause { // those who wait do not each wait in vain, one after the other
		return nil, p.failed
	}
	// Keys are fetched later, with this context's client.
	found, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), p.client()), p.Issuer)
	if err != nil {
		p.tried = time.Now()
		p.failed = fault.Refuse(fault.Unavailable, "signin.provider", fault.Say("the identity provider does not answer; try again later", "身份提供方无响应，请稍后重试")).Because(err)
		return nil, p.failed
	}
	p.found = found
	return found, nil
}

func (p *Provider) config(found *oidc.Provider) *oauth2.Config {
	endpoint := found.Endpoint()
	if p.Secret == "" { // nothing to prove: trying a header first would use the code up
		endpoint.AuthStyle = oauth2.AuthStyleInParams
	}
	return &oauth2.Config{ClientID: p.ClientID, ClientSecret: p.Secret, Endpoint: endpoint, RedirectURL: p.Redirect,
		Scopes: []string{oidc.ScopeOpenID, "profile"}}
}

// away is where somebody goes to sign in.
func (p *Provider) away(ctx context.Context, u underWay) (string, error) {
	found, err := p.discover(ctx)
	if err != nil {
		return "", err
	}
	return p.config(found).AuthCodeURL(u.State, oidc.Nonce(u.Nonce), oauth2.S256ChallengeOption(u.Verifier)), nil
}

// back takes the code that somebody brought back for what the provider says of them.
func (p *Provider) back(ctx context.Context, u underWay, code string) (identity, error) {
	found, err := p.discover(ctx)
	if err != nil {
		return identity{}, err
	}
	ctx, cancel := context.WithTimeout(oidc.ClientContext(ctx, p.client()), providerTime)
	defer cancel()
	tokens, err := p.config(found).Exchange(ctx, code, oauth2.VerifierOption(u.Verifier))
	if err != nil {
		return identity{}, failed(fmt.Errorf("exchange the code: %w", withoutBody(err)))
	}
	raw, _ := tokens.Extra("id_token").(string)
	id, err := found.Verifier(&oidc.Config{ClientID: p.ClientID, Now: p.Now}).Verify(ctx, raw)
	if err != nil {
		return identity{}, failed(fmt.Errorf("verify the identity: %w", err))
	}
	if subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(u.Nonce)) != 1 {
		return identity{}, failed(errors.New("the identity was given to another sign-in"))
	}
	who := identity{Subject: id.Subject}
	if err := id.Claims(&who.Claims); err != nil || who.Subject == "" {
		return identity{}, failed(fmt.Errorf("read the claims: %w", err))
	}
	for _, claim := range []string{"name", "preferred_username"} {
		if name, is := who.Claims[claim].(string); is && who.Name == "" {
			who.Name = printable(name)
		}
	}
	return who, nil
}

// withoutBody keeps what a provider answered out of the logs: there may be tokens in it.
func withoutBody(err error) error {
	var answered *oauth2.RetrieveError
	if errors.As(err, &answered) {
		return fmt.Errorf("the provider refuses: %.60q", answered.ErrorCode)
	}
	return err
}

// failed is all that a visitor is told: what exactly is wrong with a way back is for the log.
func failed(err error) error {
	return fault.Refuse(fault.Unauthenticated, "signin.failed", fault.Say("the sign-in did not succeed; begin again", "登录未成功，请重新开始")).Because(err)
}

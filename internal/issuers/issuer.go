package issuers

import (
	"bytes"
	"cmp"
	"encoding/json"
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"qbank/domain/access"
	"qbank/domain/environment"
	"qbank/domain/fault"
	"qbank/domain/staff"
	"qbank/internal/token"
)

// The bounds of the file.
const (
	maxIssuers = 100
	maxFile    = 1 << 20 // bytes
	maxName    = 500     // bytes of an issuer, its audience or where its keys are
)

// Issuer is who signs tokens for the students of an organisation.
type Issuer struct {
	Name         string             `json:"issuer"`             // the claim iss
	Keys         string             `json:"keys"`               // https URL of its key set (http on loopback), or the path of a file
	Audience     string             `json:"audience,omitempty"` // the claim aud that it gives; by default token.Students
	Org          string             `json:"org"`                // whose students they are; a claim org may name a part of it
	Environments []environment.Name `json:"environments"`       // a claim env names one; where there is one only, it may be missing
}

// Parse reads a JSON list of issuers. Paths of key files are meant from the folder dir. The refusal is "issuers.file".
func Parse(text []byte, dir string) ([]Issuer, error) {
	if len(text) > maxFile {
		return nil, unreadable(0, nil)
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	var list []Issuer
	if err := decoder.Decode(&list); err != nil || decoder.More() || len(list) > maxIssuers {
		return nil, unreadable(0, err)
	}
	names := map[string]bool{token.Issuer: true} // nobody else is that
	for n := range list {
		i := &list[n]
		i.Audience = cmp.Or(i.Audience, token.Students)
		if err := i.check(); err != nil || names[i.Name] {
			return nil, unreadable(n+1, err)
		}
		names[i.Name] = true
		if !i.remote() && !filepath.IsAbs(i.Keys) {
			i.Keys = filepath.Join(dir, i.Keys)
		}
	}
	return list, nil
}

func (i *Issuer) check() error {
	for _, text := range []string{i.Name, i.Keys, i.Audience} {
		if text == "" || len(text) > maxName {
			return fault.Refuse(fault.Invalid, "issuers.text", fault.Say("between 1 and %d bytes", "应为 1 至 %d 字节", maxName))
		}
	}
	if err := access.CheckOrg(i.Org); err != nil {
		return err
	}
	checked, err := staff.CheckEnvironments(i.Environments)
	if err != nil {
		return err
	}
	if i.Environments = checked; len(checked) == 0 {
		return fault.Refuse(fault.Invalid, "issuers.environments", fault.Say("at least one environment", "至少需要一个环境"))
	}
	if strings.Contains(i.Keys, "://") && !i.remote() {
		return fault.Refuse(fault.Invalid, "issuers.keys", fault.Say("keys are fetched over https", "密钥须通过 https 获取"))
	}
	return nil
}

// remote reports whether the keys are fetched.
func (i *Issuer) remote() bool {
	u, err := url.Parse(i.Keys)
	return err == nil && u.Host != "" && u.User == nil && (u.Scheme == "https" || u.Scheme == "http" && loopback(u.Hostname()))
}

func loopback(host string) bool { return host == "localhost" || host == "127.0.0.1" || host == "::1" }

// scope is where the bearer of claims is a student, and whether the issuer may say so.
func (i *Issuer) scope(c claims) (access.Scope, bool) {
	scope := access.Scope{Org: cmp.Or(c.Org, i.Org), Environment: c.Environment}
	if scope.Environment == "" && len(i.Environments) == 1 {
		scope.Environment = string(i.Environments[0])
	}
	return scope, access.Covers(i.Org, scope.Org) && access.CheckOrg(scope.Org) == nil && slices.Contains(i.Environments, environment.Name(scope.Environment))
}

func unreadable(n int, err error) error {
	return fault.Refuse(fault.Invalid, "issuers.file", fault.Say(
		`the issuers of students' tokens cannot be read (entry %d; each once, and none is "qbank"); the file looks like [{"issuer":"https://id.example","keys":"https://id.example/jwks.json","org":"school","environments":["prod"]}]`,
		`无法识别学生令牌的签发方（第 %d 项；不可重复，也不能是 "qbank"），文件应类似 [{"issuer":"https://id.example","keys":"https://id.example/jwks.json","org":"school","environments":["prod"]}]`, n)).Because(err)
}

package main

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"qbank/domain/access"
	"qbank/domain/environment"
	"qbank/domain/fault"
	"qbank/internal/devissuer"
	"qbank/internal/issuers"
	"qbank/internal/signin"
)

// SignInFlags say how people sign in.
type SignInFlags struct {
	PublicURL         string        `name:"public-url" help:"Where browsers find the server, such as https://qbank.example. Default: http and the address it serves on." placeholder:"URL"`
	Issuer            string        `help:"Identity provider (OpenID Connect) that people sign in with. Default: on loopback, one for development that asks for no password." placeholder:"URL"`
	ClientID          string        `name:"client-id" help:"What the identity provider calls this server." default:"qbank"`
	ClientSecret      string        `name:"client-secret" help:"Its secret there. Set the variable or use --client-secret-file: others on the machine see command lines." placeholder:"SECRET"`
	ClientSecretFile  string        `help:"File with the secret." type:"path"`
	Claims            string        `help:"JSON file that maps claims of the identity provider to roles." type:"path"`
	StudentIssuers    string        `help:"JSON file of issuers whose tokens students may bring, with their keys, organisation and environments." type:"path" placeholder:"FILE"`
	DevIssuerAnywhere bool          `name:"dev-issuer-anywhere" help:"Offer the development sign-in beyond loopback too: whoever reaches the server is who they like."`
	SessionIdle       time.Duration `help:"A sign-in ends when it is not used for so long." default:"8h"`
	SessionLife       time.Duration `help:"And after so long, whatever happens." default:"168h"`
}

// issuerPath is where the development issuer is mounted.
const issuerPath = "/dev-issuer"

// devEnvironments are those that people of the development issuer may work in, beside the one of the development tokens.
var devEnvironments = []environment.Name{"dev", "test", "staging", "prod"}

// place is where and how people sign in.
type place struct {
	base     *url.URL
	provider *signin.Provider // nil: they cannot
	mappings []signin.Mapping
	issuer   *devissuer.Issuer // nil: it is off
	students *issuers.Trusted  // who signs tokens for students, beside the program itself; nil: nobody
}

// place reads the flags. Nothing of the secret is ever said.
func (c *ServeCmd) place(address net.Addr, log *slog.Logger) (*place, error) {
	written := c.PublicURL
	if written == "" {
		written = "http://" + address.String()
	}
	base, err := url.Parse(written)
	if err != nil || base.Host == "" || base.Scheme != "https" && base.Scheme != "http" || strings.Trim(base.Path, "/") != "" {
		return nil, fault.Refuse(fault.Invalid, "signin.public_url", fault.Say("the public URL looks like https://qbank.example", "公开地址应类似 https://qbank.example"))
	}
	p := &place{base: base}
	if p.mappings, err = c.claims(); err != nil {
		return nil, err
	}
	if p.students, err = c.studentIssuers(log); err != nil {
		return nil, err
	}
	callback := base.JoinPath("/auth/callback").String()
	if c.Issuer == "" {
		return p, c.development(p, callback, log)
	}
	if base.Scheme != "https" && !signin.Loopback(base.Hostname()) {
		return nil, fault.Refuse(fault.Invalid, "signin.https", fault.Say("people sign in over https: say where, with --public-url https://…",
			"登录必须使用 https：请用 --public-url https://… 指定公开地址"))
	}
	secret, err := c.secret()
	if err != nil {
		return nil, err
	}
	p.provider = &signin.Provider{Issuer: c.Issuer, ClientID: c.ClientID, Secret: secret, Redirect: callback}
	return p, nil
}

// development sets the issuer up that asks for no password. Beyond loopback it stays off, unless that was asked for.
func (c *ServeCmd) development(p *place, callback string, log *slog.Logger) error {
	issuer, err := devissuer.New(devissuer.Options{Issuer: p.base.JoinPath(issuerPath).String(), Redirect: callback, Anywhere: c.DevIssuerAnywhere, People: developers()})
	if fault.Is(err, "devissuer.not_loopback") {
		log.Warn("nobody can sign in by browser: the development issuer serves on loopback only; configure --issuer, or say --dev-issuer-anywhere")
		return nil
	}
	if err != nil {
		return err
	}
	p.issuer = issuer
	p.provider = &signin.Provider{Issuer: issuer.URL(), ClientID: devissuer.ClientID, Redirect: callback, Client: issuer.Client()}
	environments := devEnvironments
	if env := environment.Name(c.DevEnv); env.Check() == nil {
		environments = append([]environment.Name{env}, environments...)
	}
	for _, role := range access.Roles {
		p.mappings = append(p.mappings, signin.Mapping{Claim: "role", Value: string(role), Org: c.DevOrg, Roles: []access.Role{role}, Environments: environments})
	}
	return nil
}

// titles are the roles as people call them. Students do not sign in here: their clients bring tokens.
var titles = map[access.Role]fault.Text{
	access.Author: {EN: "Author", ZH: "作者"}, access.Reviewer: {EN: "Reviewer", ZH: "审核"}, access.Releaser: {EN: "Releaser", ZH: "发布"},
	access.Teacher: {EN: "Teacher", ZH: "教师"}, access.Tutor: {EN: "Tutor", ZH: "辅导老师"}, access.Analyst: {EN: "Analyst", ZH: "数据分析"},
	access.Support: {EN: "Support", ZH: "客服"}, access.Admin: {EN: "Admin", ZH: "管理员"},
}

func developers() []devissuer.Person {
	var people []devissuer.Person
	for _, role := range access.Roles {
		if title, staff := titles[role]; staff {
			people = append(people, devissuer.Person{Subject: "dev-" + string(role), Name: title.EN, Title: title, Claims: map[string]any{"role": role}})
		}
	}
	return people
}

func (c *ServeCmd) claims() ([]signin.Mapping, error) {
	if c.Claims == "" {
		return nil, nil
	}
	text, err := os.ReadFile(c.Claims)
	if err != nil {
		return nil, unreadable(c.Claims, err)
	}
	return signin.ParseMappings(text)
}

func (c *ServeCmd) studentIssuers(log *slog.Logger) (*issuers.Trusted, error) {
	if c.StudentIssuers == "" {
		return nil, nil
	}
	text, err := os.ReadFile(c.StudentIssuers)
	if err != nil {
		return nil, unreadable(c.StudentIssuers, err)
	}
	list, err := issuers.Parse(text, filepath.Dir(c.StudentIssuers))
	if err != nil {
		return nil, err
	}
	return issuers.New(list, issuers.Options{Logger: log}), nil
}

func (c *ServeCmd) secret() (string, error) {
	if c.ClientSecretFile == "" {
		return c.ClientSecret, nil
	}
	text, err := os.ReadFile(c.ClientSecretFile)
	if err != nil {
		return "", unreadable(c.ClientSecretFile, err)
	}
	return strings.TrimSpace(string(text)), nil
}

func unreadable(path string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fault.Refuse(fault.NotFound, "file.missing", fault.Say("there is no file %s", "文件 %s 不存在", path))
	}
	return fmt.Errorf("read %s: %w", path, err)
}

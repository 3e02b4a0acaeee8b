package devissuer

import (
	"crypto/sha256"
	"encoding/base64"
	"html/template"
	"net/http"

	"qbank/domain/fault"
)

const style = `body{font:16px/1.5 system-ui,sans-serif;max-width:30rem;margin:10vh auto;padding:0 1rem;color-scheme:light dark}
button{display:block;width:100%;margin:.5rem 0;padding:.6rem 1rem;font:inherit;text-align:left;cursor:pointer}`

// policy lets the page do nothing but show itself and send its form.
var policy = func() string {
	sum := sha256.Sum256([]byte(style))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
}()

var page = template.Must(template.New("").Parse(`<!doctype html>
<html lang="{{.Language}}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{{.Title}}</title>
<style>` + style + `</style>
<h1>{{.Title}}</h1>
<p>{{.Warning}}</p>
<form method="post" action="{{.Action}}">
{{range $name, $value := .Hidden}}<input type="hidden" name="{{$name}}" value="{{$value}}">
{{end}}{{range .People}}<button name="subject" value="{{.Subject}}">{{.Title}}</button>
{{end}}</form>
</html>
`))

var (
	titleText   = fault.Say("Who would you like to be?", "您要以谁的身份登录？")
	warningText = fault.Say("This is the development sign-in of qbank: it asks for no password. Configure an identity provider before others use it.",
		"这是 qbank 的开发用登录页，不需要密码；供他人使用之前，请配置正式的身份提供方。")
)

// choose shows who there is to be.
func (i *Issuer) choose(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if wrong := i.asked(q); wrong != "" {
		http.Error(w, wrong, http.StatusBadRequest)
		return
	}
	language := r.Header.Get("Accept-Language")
	hidden := map[string]string{}
	for _, name := range []string{"client_id", "redirect_uri", "response_type", "code_challenge", "code_challenge_method", "scope", "state", "nonce"} {
		hidden[name] = q.Get(name)
	}
	var people []map[string]string
	for _, p := range i.People {
		people = append(people, map[string]string{"Subject": p.Subject, "Title": p.Title.In(language)})
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", policy)
	h.Set("Referrer-Policy", "same-origin") // with none, browsers send the form as from nowhere
	_ = page.Execute(w, map[string]any{"Language": fault.Say("en", "zh-CN").In(language), "Title": titleText.In(language), "Warning": warningText.In(language),
		"Action": i.at("/authorize"), "Hidden": hidden, "People": people}) // a visitor who has gone reads nothing
}

package delivery

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"

	"qbank/domain/access"
	"qbank/domain/content"
	"qbank/domain/fault"
)

// OpenFeature's remote evaluation protocol (OFREP 0.3), for stock clients: github.com/open-feature/protocol. Its 400 and 404 have documents of
// their own; everything else is refused as elsewhere.

// evaluationFailure is a refusal in the protocol's words.
type evaluationFailure struct {
	Key     string `json:"key,omitempty"`
	Code    string `json:"errorCode"`
	Details string `json:"errorDetails,omitempty"`
}

// Error makes it an error.
func (f *evaluationFailure) Error() string { return f.Code + ": " + f.Details }

// The codes of the protocol.
const (
	parseError          = "PARSE_ERROR"
	targetingKeyMissing = "TARGETING_KEY_MISSING"
	invalidContext      = "INVALID_CONTEXT"
	flagNotFound        = "FLAG_NOT_FOUND"
)

// evaluateFlag evaluates one flag.
func (d *Door) evaluateFlag(w http.ResponseWriter, r *http.Request, actor access.Actor) error {
	key := r.PathValue("key")
	actor, err := evaluated(w, r, actor)
	if failure := (*evaluationFailure)(nil); errors.As(err, &failure) {
		failure.Key = key
		return respond(w, http.StatusBadRequest, failure)
	}
	if err != nil {
		return err
	}
	for _, source := range d.sources() {
		flag, err := source.Flag(r.Context(), actor, key)
		if err != nil {
			return err
		}
		if flag != nil {
			return respond(w, http.StatusOK, flag)
		}
	}
	return respond(w, http.StatusNotFound, evaluationFailure{Key: key, Code: flagNotFound,
		Details: fault.Say("there is no such flag", "没有这个开关").In(r.Header.Get("Accept-Language"))})
}

// evaluateFlags evaluates every flag. Its ETag is that of the outcome: it changes when something changes for this student.
func (d *Door) evaluateFlags(w http.ResponseWriter, r *http.Request, actor access.Actor) error {
	actor, err := evaluated(w, r, actor)
	if failure := (*evaluationFailure)(nil); errors.As(err, &failure) {
		return respond(w, http.StatusBadRequest, failure)
	}
	if err != nil {
		return err
	}
	all := []Flag{}
	for _, source := range d.sources() {
		flags, err := source.All(r.Context(), actor)
		if err != nil {
			return err
		}
		all = append(all, flags...)
	}
	slices.SortFunc(all, func(a, b Flag) int { return strings.Compare(a.Key, b.Key) })
	body, err := json.Marshal(map[string]any{"flags": all})
	if err != nil {
		return err
	}
	revalidated(w, r, []string{`"` + string(content.HashBytes(body)) + `"`}, body)
	return nil
}

// sources are where flags come from. No key of one is a key of another: a configuration's have no hyphens.
func (d *Door) sources() []Flags {
	return append([]Flags{releaseFlags{d.Bus}, configFlags{d.Bus, d.Now}}, d.Flags...)
}

// evaluated reads the context of an evaluation. Who it is for stands in the token: a targeting key that names anybody else is refused. What the
// context says of the device is taken where the headers say nothing; whatever else it holds is for other flag systems, and passed over.
func evaluated(w http.ResponseWriter, r *http.Request, actor access.Actor) (access.Actor, error) {
	language := r.Header.Get("Accept-Language")
	fail := func(code string, message fault.Text) (access.Actor, error) {
		return actor, &evaluationFailure{Code: code, Details: message.In(language)}
	}
	request, err := body(w, r)
	if f := fault.Of(err); f != nil && codeStatus[f.Code] == http.StatusBadRequest {
		return fail(parseError, f.Message)
	}
	if err != nil {
		return actor, err
	}
	given, isObject := request["context"].(map[string]any)
	if !isObject {
		return fail(invalidContext, fault.Say("a context is expected", "缺少 context 对象"))
	}
	target, isText := given["targetingKey"].(string)
	switch {
	case given["targetingKey"] == nil || isText && target == "":
		return fail(targetingKeyMissing, fault.Say("the context needs the targetingKey: the subject of the token", "context 缺少 targetingKey，应为令牌的主体"))
	case target != actor.Student():
		return fail(invalidContext, fault.Say("the targetingKey is not the subject of the token", "targetingKey 与令牌的主体不符"))
	}
	device := &actor.Device
	for _, fact := range [...]struct {
		name string
		to   *string
	}{{"platform", &device.Platform}, {"appVersion", &device.AppVersion}, {"channel", &device.Channel}, {"region", &device.Region}, {"locale", &device.Locale}} {
		if text, isText := given[fact.name].(string); isText && *fact.to == "" {
			*fact.to = word(text)
		}
	}
	return actor, nil
}

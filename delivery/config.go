package delivery

import (
	"net/http"

	lru "github.com/hashicorp/golang-lru/v2"

	"qbank/domain/access"
	"qbank/domain/content"
	"qbank/domain/hotconfig"
)

// cachedConfigs bounds the students whose configuration a node keeps.
const cachedConfigs = 20_000

// configKey is all that a configuration depends on besides time: what holds, and who asks.
type configKey struct {
	snapshot *hotconfig.Snapshot // one for each state of an organisation in an environment
	facts    content.Hash
}

// configuration is what a student's client is told, ready to be sent.
type configuration struct {
	*hotconfig.Document
	etag []string // as a header's value
}

type configCache struct {
	known *lru.Cache[configKey, *configuration]
}

func newConfigCache() (*configCache, error) {
	known, err := lru.New[configKey, *configuration](cachedConfigs)
	return &configCache{known}, err
}

// config serves what the student's client is configured by. It is its own document: a switch that is thrown must not change every manifest.
func (d *Door) config(w http.ResponseWriter, r *http.Request, actor access.Actor) error {
	c, err := d.configuration(r, actor)
	if err != nil {
		return err
	}
	revalidated(w, r, c.etag, c.Body)
	return nil
}

func (d *Door) configuration(r *http.Request, actor access.Actor) (*configuration, error) {
	configured, err := d.Bus.Configured(r.Context(), actor)
	if err != nil {
		return nil, err
	}
	now := d.Now().UnixMicro()
	key := configKey{configured.Snapshot, configured.Who.Hash()}
	if known, ok := d.configs.known.Get(key); ok && now < known.Until && now >= known.From {
		return known, nil
	}
	document := configured.Document(configured.Who, now)
	c := &configuration{document, []string{`"` + string(document.Hash) + `"`}}
	d.configs.known.Add(key, c)
	return c, nil
}

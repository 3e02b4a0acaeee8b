package schemas

import (
	"embed"
	"fmt"
	"io/fs"
	"sync"

	"qbank/domain/cue"
)

//go:embed cues/*/*/cue.json
var cueFiles embed.FS

// Cues returns the cue plugins that come with qbank. They are compiled once.
var Cues = sync.OnceValues(func() (*cue.Registry, error) {
	paths, err := fs.Glob(cueFiles, "cues/*/*/cue.json")
	if err != nil {
		return nil, err
	}
	var plugins []*cue.Plugin
	for _, path := range paths {
		document, err := cueFiles.ReadFile(path)
		if err != nil {
			return nil, err
		}
		p, err := cue.Compile(document)
		if err != nil {
			return nil, fmt.Errorf("cue plugin %s: %w", path, err)
		}
		if place := "cues/" + p.Ref().ID + "/" + p.Ref().Version + "/cue.json"; place != path {
			return nil, fmt.Errorf("cue plugin %s calls itself %s", path, p.Ref())
		}
		plugins = append(plugins, p)
	}
	return cue.NewRegistry(plugins...), nil
})

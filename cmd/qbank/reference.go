package main

import (
	"fmt"
	"strings"

	"github.com/alecthomas/kong"
)

// ReferenceCmd writes docs/reference.md.
type ReferenceCmd struct{}

// Run writes the page.
func (ReferenceCmd) Run(streams Streams) error {
	var cli CLI
	parser, err := newParser(&cli, streams.Out, streams.Err)
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(streams.Out, referencePage(parser.Model))
	return err
}

// referencePage describes every command, flag and environment variable as Markdown.
func referencePage(app *kong.Application) string {
	var page strings.Builder
	page.WriteString("# Reference\n\nMade from the program itself (`qbank reference`); a test holds it to that. Every flag has an environment variable;\n" +
		"the flag wins.\n\n## Flags of every command\n\n")
	writeFlags(&page, app.Flags)
	for _, leaf := range app.Leaves(true) {
		fmt.Fprintf(&page, "\n## %s\n\n%s\n", leaf.FullPath(), leaf.Help)
		if len(leaf.Positional) > 0 {
			page.WriteString("\n")
			for _, p := range leaf.Positional {
				fmt.Fprintf(&page, "- `%s`: %s\n", p.Summary(), p.Help)
			}
		}
		if len(leaf.Flags) > 0 {
			page.WriteString("\n")
			writeFlags(&page, leaf.Flags)
		}
	}
	return page.String()
}

func writeFlags(page *strings.Builder, flags []*kong.Flag) {
	page.WriteString("| flag | environment | default | what it does |\n|---|---|---|---|\n")
	for _, f := range flags {
		if f.Name == "help" || f.Hidden {
			continue
		}
		envs := make([]string, len(f.Envs))
		for i, env := range f.Envs {
			envs[i] = "`" + env + "`"
		}
		value := ""
		if f.HasDefault {
			value = "`" + f.Default + "`"
		}
		fmt.Fprintf(page, "| `--%s` | %s | %s | %s |\n", f.Name, strings.Join(envs, " "), value, strings.ReplaceAll(f.Help, "|", "\\|"))
	}
}

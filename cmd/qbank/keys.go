package main

import (
	"fmt"
	"text/tabwriter"
	"time"
)

// KeysCmd looks after the keys that sign tokens.
type KeysCmd struct {
	List   KeysListCmd   `cmd:"" help:"Show the keys and what each is good for."`
	Rotate KeysRotateCmd `cmd:"" help:"Make the next key current. A server that runs notices within seconds."`
	Retire KeysRetireCmd `cmd:"" help:"Refuse from now on what a key signed."`
}

// KeysListCmd shows the keys.
type KeysListCmd struct{}

// Run prints a table, without anything secret.
func (KeysListCmd) Run(s *Settings, streams Streams) error {
	ring, err := s.ring()
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(streams.Out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(table, "KEY\tSTATE\tSIGNS SINCE\tRETIRES")
	for _, k := range ring.List() {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", k.ID, k.State, instant(k.SignsFrom), instant(k.RetiresAt))
	}
	return table.Flush()
}

func instant(micros int64) string {
	if micros == 0 {
		return "-"
	}
	return time.UnixMicro(micros).UTC().Format(time.RFC3339)
}

// KeysRotateCmd makes the next key current.
type KeysRotateCmd struct {
	Grace time.Duration `help:"How long tokens of the key so far are still believed." default:"720h"`
}

// Run rotates.
func (c *KeysRotateCmd) Run(s *Settings, streams Streams) error {
	ring, err := s.ring()
	if err != nil {
		return err
	}
	if err := ring.Rotate(c.Grace); err != nil {
		return err
	}
	fmt.Fprintf(streams.Out, "%s signs from now on\n", ring.Signer().ID)
	return nil
}

// KeysRetireCmd retires a key.
type KeysRetireCmd struct {
	Key string `arg:"" help:"The key, as qbank keys list shows it."`
}

// Run retires.
func (c *KeysRetireCmd) Run(s *Settings, streams Streams) error {
	ring, err := s.ring()
	if err != nil {
		return err
	}
	if err := ring.Retire(c.Key); err != nil {
		return err
	}
	fmt.Fprintf(streams.Out, "what %s signed is refused\n", c.Key)
	return nil
}

package main

type (
	ImportCmd      struct{}
	RosterCmd      struct{}
	ProjectionsCmd struct{}
	DemoCmd        struct{}
	BenchCmd       struct{}
)

func (ImportCmd) Run() error      { return nil }
func (RosterCmd) Run() error      { return nil }
func (ProjectionsCmd) Run() error { return nil }
func (DemoCmd) Run() error        { return nil }
func (BenchCmd) Run() error       { return nil }

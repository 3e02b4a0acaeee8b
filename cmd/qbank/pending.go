package main

type (
	DemoCmd  struct{}
	BenchCmd struct{}
)

func (DemoCmd) Run() error  { return nil }
func (BenchCmd) Run() error { return nil }

package main

type BenchCmd struct{}

func (BenchCmd) Run() error { return nil }

// Package regrades is the read model of regrades: which were proposed, asked for, and stand.
//
//	reader := regrades.NewReader(pool)
//	waiting, err := reader.List(ctx, scope, regrades.Filter{States: []regrade.State{regrade.InQuestion}}, read.Page{})
//	standing, err := reader.Standing(ctx, scope.Environment)
//
// A regrade is seen in its environment, by its organisation and those above it. Whom it touches is drawn from the gradebook and the
// attempts when somebody looks; the figures that a decision rested on stand here.
package regrades

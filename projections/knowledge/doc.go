// Package knowledge is the read model of knowledge trees: the working tree of each subject, point by point, and its published
// versions, each as one document.
//
//	reader := knowledge.NewReader(pool)
//	tree, err := reader.Tree(ctx, actor.Scope.Org, id)
//	top, err := reader.Points(ctx, actor.Scope.Org, tree.ID, knowledge.Filter{Parent: &uuid.Nil}, read.Page{})
//
// A tree is seen by its organisation, by those above it and, because questions are filed under it there, by those below it.
package knowledge

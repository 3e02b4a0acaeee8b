package commands

import (
	"qbank/domain/lesson"
	"qbank/domain/paper"
	"qbank/domain/qtype"
)

// ShownOrders draws the orders in which an attempt of a seed shows the options of the i-th question of a lesson that shuffles.
func ShownOrders(typ *qtype.Type, public any, seed uint64, i int) map[string][]string {
	return typ.Orders(public, seed^uint64(i)*0x9e3779b97f4a7c15) //nolint:gosec // an index is not negative
}

// DrawnOrders draws them for a question that was drawn itself.
func DrawnOrders(typ *qtype.Type, public any, seed uint64, at lesson.Slot) map[string][]string {
	return typ.Orders(public, paper.SeedOf(seed, string(at)))
}

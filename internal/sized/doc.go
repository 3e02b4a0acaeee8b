// Package sized keeps in memory what was used last, as much of it as fits into so many bytes.
//
//	plans := sized.New[uuid.UUID](64<<20, func(p *Plan) int { return p.Size })
//	plans.Add(id, plan)
//	plan, known := plans.Get(id)
//
// A count does not bound a cache of things that differ in size a thousandfold. What something takes is said by whoever keeps it, and need be
// right in its order of magnitude only.
package sized

package qtype

import (
	"hash/fnv"
	"math/bits"
	"strconv"

	"qbank/domain/content"
)

// Orders draws the order in which lists marked x-shuffle are shown, where the content enables it: the ids of each by the
// list's JSON Pointer into the public view. The same seed gives the same orders for ever. Items with "fixed": true
// keep their place ("none of the above" stays last).
func (t *Type) Orders(public any, seed uint64) map[string][]string {
	s := shuffler{public: public, seed: seed, orders: map[string][]string{}}
	s.walk(t.content.places, public, "")
	return s.orders
}

type shuffler struct {
	public any
	seed   uint64
	orders map[string][]string
}

func (s *shuffler) walk(p *place, v any, at string) {
	if p == nil {
		return
	}
	switch t := v.(type) {
	case map[string]any:
		for name, value := range t {
			s.walk(p.below(name), value, at+"/"+content.Escape(name))
		}
	case []any:
		if s.enabled(p) {
			s.orders[at] = s.shuffle(t, at)
		}
		for i, item := range t {
			s.walk(p.item(i), item, at+"/"+strconv.Itoa(i))
		}
	}
}

func (s *shuffler) enabled(p *place) bool {
	if p.shuffle == "" || p.shuffle == "always" {
		return p.shuffle != ""
	}
	flag, _ := content.At(s.public, p.shuffle)
	return flag == true
}

// shuffle is Fisher and Yates's over the items that may move, drawing from SplitMix64 (Steele, Lea, Flood 2014) seeded
// with the seed and the FNV-1a hash of the pointer.
func (s *shuffler) shuffle(items []any, at string) []string {
	h := fnv.New64a()
	h.Write([]byte(at))
	state := s.seed ^ h.Sum64()
	ids, free := make([]string, len(items)), make([]int, 0, len(items))
	for i, item := range items {
		ids[i] = idOf(item)
		if object, _ := item.(map[string]any); object["fixed"] != true {
			free = append(free, i)
		}
	}
	for i := len(free) - 1; i > 0; i-- {
		state += 0x9e3779b97f4a7c15
		j, _ := bits.Mul64(mix(state), uint64(i+1)) // i+1 is small: the bias is beyond notice
		ids[free[i]], ids[free[j]] = ids[free[j]], ids[free[i]]
	}
	return ids
}

func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

package sized

import (
	"math"
	"sync"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// overhead is what an entry takes besides its value, bytes: key, list and map.
const overhead = 200

// Cache holds values by key; where there is no room for another, those go that were not used for the longest time. It is safe for concurrent use.
type Cache[K comparable, V any] struct {
	mu   sync.Mutex
	list *simplelru.LRU[K, V]
	size func(V) int
	held int
	most int
}

// New makes a cache of so many bytes. size tells what a value takes; it must tell the same whenever it is asked.
func New[K comparable, V any](bytes int, size func(V) int) *Cache[K, V] {
	c := &Cache[K, V]{size: size, most: bytes}
	c.list, _ = simplelru.NewLRU(math.MaxInt, func(_ K, v V) { c.held -= size(v) + overhead }) // it refuses sizes below 1 only
	return c
}

// Get returns what is kept under a key.
func (c *Cache[K, V]) Get(key K) (V, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.list.Get(key)
}

// Add keeps a value instead of the one that was there. What is larger than the whole cache is not kept.
func (c *Cache[K, V]) Add(key K, value V) {
	takes := c.size(value) + overhead
	c.mu.Lock()
	defer c.mu.Unlock()
	c.list.Remove(key)
	if takes > c.most {
		return
	}
	c.held += takes
	c.list.Add(key, value)
	for c.held > c.most {
		c.list.RemoveOldest()
	}
}

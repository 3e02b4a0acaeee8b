package content

// openList is a copy of a list with ids that changes are being made to: items are found by id, and put elsewhere by linking them anew.
type openList struct {
	items       []openItem     // as they came; those that were removed are not linked
	index       map[string]int // those that are linked, by id
	first, last int            // -1: none
	stale       bool           // index may not be true any more
}

// openItem is an item and those beside it; -1 is none.
type openItem struct {
	value          any
	previous, next int
}

func newOpenList(list itemList) *openList {
	l := &openList{items: make([]openItem, 0, len(list.items)+1), index: list.index, first: -1, last: -1}
	for i, item := range list.items {
		l.items = append(l.items, openItem{value: item})
		l.link(i, i-1)
	}
	return l
}

// fresh reads the ids again where they may have changed, and reports whether the items have some.
func (l *openList) fresh() bool {
	if !l.stale {
		return true
	}
	list, byID := itemsByID(l.close())
	if byID {
		*l = *newOpenList(list)
	}
	return byID
}

// close is the list as a document.
func (l *openList) close() []any {
	out := make([]any, 0, len(l.items))
	for i := l.first; i >= 0; i = l.items[i].next {
		out = append(out, closed(l.items[i].value))
	}
	return out
}

// add puts an item at the end.
func (l *openList) add(id string, value any) {
	l.items = append(l.items, openItem{value: value})
	l.index[id] = len(l.items) - 1
	l.link(len(l.items)-1, l.last)
	item, _ := value.(map[string]any)
	l.stale = item["id"] != id
}

// link puts the i-th item behind another one, or first behind -1.
func (l *openList) link(i, front int) {
	behind := l.first
	if front >= 0 {
		behind = l.items[front].next
	}
	l.items[i].previous, l.items[i].next = front, behind
	if front >= 0 {
		l.items[front].next = i
	} else {
		l.first = i
	}
	if behind >= 0 {
		l.items[behind].previous = i
	} else {
		l.last = i
	}
}

func (l *openList) unlink(i int) {
	previous, next := l.items[i].previous, l.items[i].next
	if previous >= 0 {
		l.items[previous].next = next
	} else {
		l.first = next
	}
	if next >= 0 {
		l.items[next].previous = previous
	} else {
		l.last = previous
	}
}

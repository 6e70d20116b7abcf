package check

// index finds the paths that a path meets without looking at all of them: it is a tree of the literal segments that they begin with. The zero value
// is empty and ready.
type index[T any] struct {
	root  node[T]
	edges map[edge[T]]*node[T]
}

// node is a run of literal segments, and the paths that end there or go on with something else.
type node[T any] struct {
	text     string // the last of them
	children []*node[T]
	entries  []entry[T]
}

type edge[T any] struct {
	from *node[T]
	text string
}

type entry[T any] struct {
	path []element
	item T
}

// grow makes room for so many paths.
func (x *index[T]) grow(n int) { x.edges = make(map[edge[T]]*node[T], n) }

// node returns the place of a path.
func (x *index[T]) node(path []element) *node[T] {
	if x.edges == nil {
		x.grow(0)
	}
	at := &x.root
	for i := 0; i < len(path) && path[i].kind == literal; i++ {
		next := x.edges[edge[T]{at, path[i].before}]
		if next == nil {
			next = &node[T]{text: path[i].before}
			x.edges[edge[T]{at, next.text}] = next
			at.children = append(at.children, next)
		}
		at = next
	}
	return at
}

func (n *node[T]) add(path []element, item T) { n.entries = append(n.entries, entry[T]{path, item}) }

func (x *index[T]) add(path []element, item T) { x.node(path).add(path, item) }

// meeting adds to found what stands under the paths that a path meets, in no particular order.
func (x *index[T]) meeting(path []element, found []T) []T { return x.from(&x.root, 0, path, found) }

// from goes on from a node, which the first segments of a path have led to.
func (x *index[T]) from(at *node[T], depth int, path []element, found []T) []T {
	if depth < len(path) && path[depth].kind >= some {
		return at.below(path, depth, found)
	}
	for i := range at.entries {
		if e := &at.entries[i]; canEqual(path[depth:], e.path[depth:]) {
			found = append(found, e.item)
		}
	}
	switch {
	case depth == len(path):
	case path[depth].kind == literal:
		if next := x.edges[edge[T]{at, path[depth].before}]; next != nil {
			found = x.from(next, depth+1, path, found)
		}
	default:
		for _, next := range at.children {
			if meets(&path[depth], &element{before: next.text}) {
				found = x.from(next, depth+1, path, found)
			}
		}
	}
	return found
}

// below goes through all that begins with the first segments of a path, which goes on with any number of segments.
func (n *node[T]) below(path []element, depth int, found []T) []T {
	for i := range n.entries {
		if e := &n.entries[i]; depth == len(path)-1 && path[depth].kind == many || canEqual(path[depth:], e.path[depth:]) {
			found = append(found, e.item)
		}
	}
	for _, next := range n.children {
		found = next.below(path, depth, found)
	}
	return found
}

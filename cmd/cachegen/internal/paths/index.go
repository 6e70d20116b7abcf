package paths

// Index finds the paths that a path meets without comparing it with all of them. It is a tree of
// the literal segments that they begin with. The zero value is empty and ready.
type Index[T any] struct {
	root  Node[T]
	edges map[edge[T]]*Node[T]
}

// Node is a run of literal segments, with the paths that have no further literal segment after it.
type Node[T any] struct {
	text     string // the last of them
	children []*Node[T]
	Entries  []Entry[T]
}

type edge[T any] struct {
	from *Node[T]
	text string
}

// Entry is a path, and what stands under it.
type Entry[T any] struct {
	path Path
	Item T
}

// Grow makes room for so many paths.
func (x *Index[T]) Grow(n int) { x.edges = make(map[edge[T]]*Node[T], n) }

// Node returns the place of a path.
func (x *Index[T]) Node(path Path) *Node[T] {
	if x.edges == nil {
		x.Grow(0)
	}
	at := &x.root
	for i := 0; i < len(path) && path[i].Kind == Literal; i++ {
		next := x.edges[edge[T]{at, path[i].Before}]
		if next == nil {
			next = &Node[T]{text: path[i].Before}
			x.edges[edge[T]{at, next.text}] = next
			at.children = append(at.children, next)
		}
		at = next
	}
	return at
}

// Add adds an item under a path whose place is the node.
func (n *Node[T]) Add(path Path, item T) { n.Entries = append(n.Entries, Entry[T]{path, item}) }

// Add adds an item under a path.
func (x *Index[T]) Add(path Path, item T) { x.Node(path).Add(path, item) }

// Meeting adds to found what stands under the paths that a path meets, in no particular order.
func (x *Index[T]) Meeting(path Path, found []T) []T { return x.search(&x.root, 0, path, found) }

// search searches below the node that the first segments of a path have led to.
func (x *Index[T]) search(at *Node[T], depth int, path Path, found []T) []T {
	if depth < len(path) && path[depth].Kind >= Some {
		return at.all(path, depth, found)
	}
	for i := range at.Entries {
		if e := &at.Entries[i]; path[depth:].Meets(e.path[depth:]) {
			found = append(found, e.Item)
		}
	}
	switch {
	case depth == len(path):
	case path[depth].Kind == Literal:
		if next := x.edges[edge[T]{at, path[depth].Before}]; next != nil {
			found = x.search(next, depth+1, path, found)
		}
	default:
		for _, next := range at.children {
			if meets(&path[depth], &Segment{Before: next.text}) {
				found = x.search(next, depth+1, path, found)
			}
		}
	}
	return found
}

// all searches everything below a node, for a path that continues with any number of segments.
func (n *Node[T]) all(path Path, depth int, found []T) []T {
	for i := range n.Entries {
		if e := &n.Entries[i]; depth == len(path)-1 && path[depth].Kind == Many || path[depth:].Meets(e.path[depth:]) {
			found = append(found, e.Item)
		}
	}
	for _, next := range n.children {
		found = next.all(path, depth, found)
	}
	return found
}

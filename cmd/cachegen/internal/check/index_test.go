package check

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestIndex holds what the tree finds against what comparing with each path finds.
func TestIndex(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 0))
	path := func() []element {
		var list []element
		for range random.IntN(5) {
			e := element{kind: kind(random.IntN(int(many) + 1))}
			if random.IntN(3) > 0 {
				e.kind = literal
			}
			switch {
			case e.kind == literal:
				e.before = []string{"a", "b", "42", "true", "va"}[random.IntN(5)]
			case e.kind < some && random.IntN(4) == 0:
				e.before = "v"
			}
			list = append(list, e)
		}
		return list
	}
	for range 500 {
		var x index[int]
		paths := make([][]element, random.IntN(30))
		for i := range paths {
			paths[i] = path()
			x.add(paths[i], i)
		}
		for range 20 {
			pattern := path()
			var want []int
			for i := range paths {
				if canEqual(pattern, paths[i]) {
					want = append(want, i)
				}
			}
			got := x.meeting(pattern, nil)
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Fatalf("%v meets %v of %v, want %v", pattern, got, paths, want)
			}
		}
	}
}

package paths

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestIndex holds what the tree finds against what comparing with each path finds.
func TestIndex(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 0))
	path := func() Path {
		var list Path
		for range random.IntN(5) {
			e := Segment{Kind: Kind(random.IntN(int(Many) + 1))}
			if random.IntN(3) > 0 {
				e.Kind = Literal
			}
			switch {
			case e.Kind == Literal:
				e.Before = []string{"a", "b", "42", "true", "va"}[random.IntN(5)]
			case e.Kind < Some && random.IntN(4) == 0:
				e.Before = "v"
			}
			list = append(list, e)
		}
		return list
	}
	for range 500 {
		var x Index[int]
		paths := make([]Path, random.IntN(30))
		for i := range paths {
			paths[i] = path()
			x.Add(paths[i], i)
		}
		for range 20 {
			pattern := path()
			var want []int
			for i := range paths {
				if pattern.Meets(paths[i]) {
					want = append(want, i)
				}
			}
			got := x.Meeting(pattern, nil)
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Fatalf("%v meets %v of %v, want %v", pattern, got, paths, want)
			}
		}
	}
}

package chunk

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// What is taken is zero, as long as was asked for, and nobody else's, however far it is appended
// to.
func TestTakenIsNobodyElses(t *testing.T) {
	var a Allocator[int]
	const items = 3*Size + 1
	taken := make([][]int, items)
	for i := range taken {
		n := 1 + i%4
		taken[i] = a.Take(n, items-i)
		require.Equal(t, make([]int, n), taken[i])
		for k := range taken[i] {
			taken[i][k] = i
		}
		_ = append(taken[i], -1)
	}
	for i, list := range taken {
		for _, v := range list {
			require.Equal(t, i, v, "what item %d took has been written to", i)
		}
	}
}

// A batch makes room once for every Size items, and none beyond its end.
func TestRoomIsMadeForManyItems(t *testing.T) {
	for _, c := range []struct{ items, allocations int }{{1, 1}, {2, 1}, {Size, 1}, {Size + 1, 2}, {10 * Size, 10}} {
		var last Allocator[int64]
		allocations := testing.AllocsPerRun(10, func() {
			var a Allocator[int64]
			for i := range c.items {
				a.Take(3, c.items-i)
			}
			last = a
		})
		require.EqualValues(t, c.allocations, allocations, "%d items", c.items)
		require.Empty(t, last.free, "%d items: room that nobody needs", c.items)
	}
}

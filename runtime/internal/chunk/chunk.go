// Package chunk allocates for many items at a time.
package chunk

// Size is for how many items room is made at a time: for all, where a batch is not long.
const Size = 128

// Allocator hands out slices that are cut from larger ones, which would else be many small
// allocations. What outlives the batch has to be copied: it holds the memory of its neighbours. The
// zero value is ready for use.
//
// Weighed against make alone: to make each of a hundred slices takes 1.7 times as long, and a
// hundred allocations for one.
type Allocator[T any] struct{ free []T }

// Take returns n zero values for one item, where that many items are left, this one included.
func (a *Allocator[T]) Take(n, left int) []T {
	if len(a.free) < n {
		a.free = make([]T, n*min(left, Size))
	}
	taken := a.free[:n:n]
	a.free = a.free[n:]
	return taken
}

package measure

import "math/rand/v2"

// Zipf draws n numbers below keys, of which k comes in proportion to (1+k)^-s. s is above 1. The
// same arguments always draw the same numbers.
func Zipf(s float64, keys, n int) []int {
	z := rand.NewZipf(rand.New(rand.NewPCG(42, 42)), s, 1, uint64(keys-1))
	out := make([]int, n)
	for i := range out {
		out[i] = int(z.Uint64())
	}
	return out
}

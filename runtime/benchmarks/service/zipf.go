package service

import (
	"math"
	"math/rand/v2"
	"sort"
)

// zipf draws ranks 0 to n-1, of which rank r has a weight of 1/(r+1)^s. Unlike rand.Zipf, it takes
// exponents of 1 and below.
type zipf struct{ sums []float64 }

func newZipf(n int, s float64) zipf {
	sums, sum := make([]float64, n), 0.0
	for r := range sums {
		sum += math.Pow(float64(r+1), -s)
		sums[r] = sum
	}
	return zipf{sums}
}

func (z zipf) draw(r *rand.Rand) int {
	return sort.SearchFloat64s(z.sums, r.Float64()*z.sums[len(z.sums)-1])
}

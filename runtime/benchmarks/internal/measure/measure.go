// Package measure times candidates in turn, and compares them within each round.
//
// In a round every candidate has its turn, in another order each time. What slows the machine for a
// moment slows neighbours alike, so a ratio is taken within a round, and the median of the rounds'
// ratios tells more than the ratio of two medians.
package measure

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"time"
)

// A Candidate is one of those that are compared.
type Candidate struct {
	Name string
	// Prepare is called before each turn, and is not timed. Nil: nothing to do.
	Prepare func() error
	// Run does n operations. It is timed.
	Run func(n int) error
}

// Result has what was measured.
type Result struct {
	Names []string
	// PerOp[c][r] is how many nanoseconds one operation of candidate c took in round r.
	PerOp [][]float64
	// Allocs[c] is how many allocations one operation took, in the process, in the median round.
	Allocs []float64
}

// Rounds gives every candidate a turn of about that long in each round. An error of a candidate
// ends it, and names the candidate.
func Rounds(rounds int, turn time.Duration, candidates []Candidate) (*Result, error) {
	r := &Result{}
	counts := make([]int, len(candidates))
	for i, c := range candidates {
		r.Names = append(r.Names, c.Name)
		n, err := calibrate(c, turn)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.Name, err)
		}
		counts[i] = n
	}
	r.PerOp = make([][]float64, len(candidates))
	allocs := make([][]float64, len(candidates))
	order := rand.New(rand.NewPCG(1, 2))
	for range rounds {
		for _, i := range order.Perm(len(candidates)) {
			took, mallocs, err := take(candidates[i], counts[i])
			if err != nil {
				return nil, fmt.Errorf("%s: %w", candidates[i].Name, err)
			}
			r.PerOp[i] = append(r.PerOp[i], float64(took)/float64(counts[i]))
			allocs[i] = append(allocs[i], float64(mallocs)/float64(counts[i]))
		}
	}
	for i := range candidates {
		r.Allocs = append(r.Allocs, Median(allocs[i]))
	}
	return r, nil
}

// take gives a candidate one turn. The garbage of the one before is collected first.
func take(c Candidate, n int) (took time.Duration, mallocs uint64, err error) {
	if c.Prepare != nil {
		if err := c.Prepare(); err != nil {
			return 0, 0, err
		}
	}
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	started := time.Now()
	err = c.Run(n)
	took = time.Since(started)
	runtime.ReadMemStats(&after)
	return took, after.Mallocs - before.Mallocs, err
}

// calibrate finds how many operations fill a turn.
func calibrate(c Candidate, turn time.Duration) (int, error) {
	if c.Prepare != nil {
		if err := c.Prepare(); err != nil {
			return 0, err
		}
	}
	for n := 1; ; n *= 4 {
		started := time.Now()
		if err := c.Run(n); err != nil {
			return 0, err
		}
		if took := time.Since(started); took >= turn/4 {
			return max(1, int(float64(n)*float64(turn)/float64(took))), nil
		}
	}
}

// Time is the median time of an operation of a candidate, and the least and the most of a round.
func (r *Result) Time(c int) Spread { return spread(r.PerOp[c]) }

// Ratio is how many times as long as base a candidate took in the same round.
func (r *Result) Ratio(c, base int) Spread {
	ratios := make([]float64, len(r.PerOp[c]))
	for i := range ratios {
		ratios[i] = r.PerOp[c][i] / r.PerOp[base][i]
	}
	return spread(ratios)
}

// Index finds a candidate by name, or -1.
func (r *Result) Index(name string) int { return slices.Index(r.Names, name) }

// Spread is a median with the least and the most.
type Spread struct{ Median, Least, Most float64 }

func spread(values []float64) Spread {
	if len(values) == 0 {
		return Spread{math.NaN(), math.NaN(), math.NaN()}
	}
	return Spread{Median(values), slices.Min(values), slices.Max(values)}
}

// Of is the spread of some values.
func Of(values ...float64) Spread { return spread(values) }

// Nanoseconds writes it as a time: "63 ns (60 to 71)".
func (s Spread) Nanoseconds() string {
	unit, name := 1.0, "ns"
	switch {
	case s.Median >= 1e9:
		unit, name = 1e9, "s"
	case s.Median >= 1e6:
		unit, name = 1e6, "ms"
	case s.Median >= 1e3:
		unit, name = 1e3, "µs"
	}
	return s.with(func(v float64) string { return Digits(v / unit) }, " "+name)
}

// Times writes it as a ratio: "2.6x (2.4 to 2.9)".
func (s Spread) Times() string {
	return s.with(Digits, "x")
}

func (s Spread) with(text func(float64) string, unit string) string {
	m, lo, hi := text(s.Median), text(s.Least), text(s.Most)
	if lo == hi {
		return m + unit
	}
	return fmt.Sprintf("%s%s (%s to %s)", m, unit, lo, hi)
}

// Digits writes a number with the digits that mean something: 0.63, 6.3, 63, 630.
func Digits(v float64) string {
	switch a := math.Abs(v); {
	case a >= 99.5:
		return fmt.Sprintf("%.0f", v)
	case a >= 9.95:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}

// Median is the middle of some values, and of an even number the mean of the two in the middle. It
// is NaN of none.
func Median(values []float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	s := slices.Sorted(slices.Values(values))
	if n := len(s); n%2 == 0 {
		return (s[n/2-1] + s[n/2]) / 2
	}
	return s[len(s)/2]
}

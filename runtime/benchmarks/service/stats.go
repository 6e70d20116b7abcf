package service

import (
	"fmt"
	"slices"
	"time"
)

// rounds are what one quantity was in each round.
type rounds []float64

// quantile is the value that a share q of the rounds are below.
func (r rounds) quantile(q float64) float64 {
	sorted := slices.Sorted(slices.Values(r))
	return sorted[min(int(q*float64(len(sorted))), len(sorted)-1)]
}

func (r rounds) median() float64 { return r.quantile(0.5) }

// ratios are those of two quantities, round by round.
func ratios(a, b rounds) rounds {
	list := make(rounds, len(a))
	for i := range a {
		list[i] = a[i] / b[i]
	}
	return list
}

// spread prints the median, and the least and the most of all rounds if there are several.
func (r rounds) spread(show func(float64) string) string {
	if len(r) < 2 {
		return show(r.median())
	}
	return fmt.Sprintf("%s (%s–%s)", show(r.median()), show(slices.Min(r)), show(slices.Max(r)))
}

// middle prints the median, and the quartiles.
func (r rounds) middle(show func(float64) string) string {
	return fmt.Sprintf("%s (%s–%s)", show(r.median()), show(r.quantile(0.25)), show(r.quantile(0.75)))
}

// number shows three digits, and never an exponent.
func number(v float64) string {
	switch {
	case v >= 1e5 || v <= -1e5:
		return thousands(int64(v+0.5) / 1000 * 1000)
	case v >= 1000 || v <= -1000:
		return thousands(int64(v + 0.5))
	case v >= 100 || v <= -100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10 || v <= -10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}

// thousands puts commas into a whole number.
func thousands(n int64) string {
	if n < 0 {
		return "-" + thousands(-n)
	}
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%s,%03d", thousands(n/1000), n%1000)
}

func times(v float64) string { return number(v) + "x" }

func percent(v float64) string { return fmt.Sprintf("%.1f %%", 100*v) }

// duration shows nanoseconds.
func duration(ns float64) string {
	switch d := time.Duration(ns); {
	case d < time.Microsecond:
		return fmt.Sprintf("%.0f ns", ns)
	case d < time.Millisecond:
		return number(ns/1e3) + " µs"
	}
	return number(ns/1e6) + " ms"
}

// size shows bytes.
func size(bytes float64) string {
	switch {
	case bytes < 10<<10:
		return thousands(int64(bytes+0.5)) + " B"
	case bytes < 1<<20:
		return number(bytes/(1<<10)) + " KiB"
	}
	return number(bytes/(1<<20)) + " MiB"
}

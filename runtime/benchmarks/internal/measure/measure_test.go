package measure

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestMedian(t *testing.T) {
	for _, c := range []struct {
		of   []float64
		want float64
	}{{[]float64{3}, 3}, {[]float64{3, 1, 2}, 2}, {[]float64{4, 1, 2, 3}, 2.5}} {
		if got := Median(c.of); got != c.want {
			t.Errorf("median of %v is %v, want %v", c.of, got, c.want)
		}
	}
	if !math.IsNaN(Median(nil)) {
		t.Error("nothing has a median")
	}
}

func TestSpreadAsText(t *testing.T) {
	for _, c := range []struct {
		s    Spread
		want string
	}{
		{Of(60, 63, 71), "63.0 ns (60.0 to 71.0)"},
		{Of(1500, 2e6, 1e3), "1.50 µs (1.00 to 2000)"},
		{Of(25e6), "25.0 ms"},
		{Of(3e9), "3.00 s"},
	} {
		if got := c.s.Nanoseconds(); got != c.want {
			t.Errorf("%+v is %q, want %q", c.s, got, c.want)
		}
	}
	if got := Of(2.4, 2.61, 2.9).Times(); got != "2.61x (2.40 to 2.90)" {
		t.Errorf("got %q", got)
	}
}

// A machine that is twice as slow in one round does not change ratios: they are taken within it.
func TestRatiosAreTakenWithinARound(t *testing.T) {
	r := &Result{Names: []string{"a", "b"}, PerOp: [][]float64{{10, 20, 10}, {30, 60, 33}}}
	if got := r.Ratio(1, 0); got.Median != 3 || got.Least != 3 || got.Most != 3.3 {
		t.Errorf("got %+v", got)
	}
	if r.Index("b") != 1 || r.Index("c") != -1 {
		t.Error("candidates are not found by name")
	}
}

// Every candidate has its turn in each round, prepared first, and the time of one operation comes
// out.
func TestRounds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var turns []string
		prepared := ""
		candidate := func(name string, d time.Duration) Candidate {
			return Candidate{name, func() error { prepared = name; return nil }, func(n int) error {
				if prepared != name {
					t.Errorf("%s was not prepared", name)
				}
				turns = append(turns, name)
				time.Sleep(time.Duration(n) * d)
				return nil
			}}
		}
		r, err := Rounds(5, time.Second, []Candidate{candidate("a", time.Millisecond), candidate("b", 3*time.Millisecond)})
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Time(0); got.Median != 1e6 || got.Most != 1e6 {
			t.Errorf("a takes %+v", got)
		}
		if got := r.Ratio(1, 0); got.Median != 3 {
			t.Errorf("b takes %+v", got)
		}
		for round := range slices.Chunk(turns[len(turns)-10:], 2) {
			if round[0] == round[1] {
				t.Errorf("turns are %v", turns)
			}
		}
	})
}

func TestRoundsNamesWhoFails(t *testing.T) {
	_, err := Rounds(1, time.Millisecond, []Candidate{{Name: "a", Run: func(int) error { return errors.New("broken") }}})
	if err == nil || !strings.Contains(err.Error(), "a: broken") {
		t.Errorf("error is %v", err)
	}
}

var sink []byte

func TestAllocationsAreCounted(t *testing.T) {
	r, err := Rounds(3, 10*time.Millisecond, []Candidate{{Name: "a", Run: func(n int) error {
		for range n {
			sink = make([]byte, 100)
			sink = make([]byte, 200)
		}
		return nil
	}}})
	if err != nil {
		t.Fatal(err)
	}
	if got := r.Allocs[0]; got < 2 || got > 2.1 {
		t.Errorf("%v allocations", got)
	}
}

func TestZipf(t *testing.T) {
	const keys, n = 10_000, 200_000
	counts := make([]int, keys)
	for _, k := range Zipf(1.1, keys, n) {
		counts[k]++ // a number that is no key panics
	}
	if !slices.Equal(Zipf(1.1, 100, 50), Zipf(1.1, 100, 50)) {
		t.Error("the draw is not the same each time")
	}
	// The first key comes (1+9)^1.1 times as often as the tenth.
	if got, want := float64(counts[0])/float64(counts[9]), math.Pow(10, 1.1); math.Abs(got/want-1) > 0.1 {
		t.Errorf("the first comes %.1f times as often as the tenth, want %.1f", got, want)
	}
}

package runtime

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/maypok86/otter/v2"
	"github.com/stretchr/testify/require"
)

// The front holds no copy that otter has let go of, whatever reads, replacements and evictions happened side by side.
func TestFrontHoldsNothingThatIsNotInTheTier(t *testing.T) {
	for _, c := range []struct {
		name     string
		maxBytes int64
		keys     int
	}{
		{"replaced", 1 << 20, 3},
		{"evicted", 1 << 20, 20_000},
	} {
		t.Run(c.name, func(t *testing.T) {
			l, err := newLocal(c.maxBytes, 1)
			require.NoError(t, err)
			l.views[0].lease.Store(1 << 62)
			keys := make([]*target, c.keys)
			for i := range keys {
				keys[i] = &target{key: fmt.Sprint("test:acme:contact:", i), stripes: []uint16{1, 2, 3, 4}}
			}
			for _, at := range keys[:min(len(keys), 1000)] {
				l.put(at, 1, time.Hour, &localCopy{payload: []byte("v")})
			}
			var all sync.WaitGroup
			hits := make([]int, 4)
			for worker := range hits {
				all.Go(func() {
					for range 60_000 {
						at := keys[rand.N(len(keys))]
						if worker%2 == 0 {
							l.put(at, 1, time.Hour, &localCopy{payload: []byte("v")})
						} else if e := l.get([]byte(at.key)); e != nil {
							if e.key != at.key {
								t.Errorf("%s answers for %s", e.key, at.key)
							}
							hits[worker]++
						}
					}
				})
			}
			all.Wait()
			require.NotZero(t, hits[1]+hits[3])
			if l.front.slot(1) != nil {
				for _, at := range keys {
					l.get([]byte(at.key))
				}
			}
			entries := l.entries.(*otter.Cache[uint64, *localCopy])
			entries.CleanUp()
			found := 0
			for i := range l.front.slots {
				if e := l.front.slots[i].Load(); e != nil {
					found++
					in, ok := entries.GetEntryQuietly(l.hash([]byte(e.key)))
					require.True(t, ok && in.Value == e, "%s is in the front alone", e.key)
				}
			}
			require.Equal(t, entries.WeightedSize(), uint64(l.front.used.Load()))
			require.LessOrEqual(t, l.front.used.Load(), c.maxBytes)
			if c.name == "replaced" {
				require.NotZero(t, found)
			} else {
				require.Nil(t, l.front.slot(1), "more than half of the room is in use, and reads still go past otter")
			}
		})
	}
}

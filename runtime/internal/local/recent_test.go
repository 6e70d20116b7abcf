package local

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/maypok86/otter/v2"
	"github.com/stretchr/testify/require"

	"github.com/cachegen/cachegen/runtime/internal/path"
)

// recent holds no copy that otter has let go of, whatever reads, replacements and evictions
// happened side by side.
func TestRecentHoldsNothingThatIsNotInTheTier(t *testing.T) {
	for _, c := range []struct {
		name     string
		maxBytes int64
		keys     int
	}{
		{"replaced", 1 << 20, 3},
		{"evicted", 1 << 20, 20_000},
	} {
		t.Run(c.name, func(t *testing.T) {
			l, err := New(c.maxBytes, 1)
			require.NoError(t, err)
			l.Views[0].Lease.Store(1 << 62)
			keys := make([]*path.Target, c.keys)
			for i := range keys {
				keys[i] = &path.Target{Key: fmt.Sprint("test:acme:contact:", i), Stripes: []uint16{1, 2, 3, 4}}
			}
			for _, at := range keys[:min(len(keys), 1000)] {
				l.Put(at, nil, 1, time.Hour, &Copy{Payload: []byte("v")})
			}
			var all sync.WaitGroup
			hits := make([]int, 4)
			for worker := range hits {
				all.Go(func() {
					for range 60_000 {
						at := keys[rand.N(len(keys))]
						if worker%2 == 0 {
							l.Put(at, nil, 1, time.Hour, &Copy{Payload: []byte("v")})
						} else if e := l.Get([]byte(at.Key)); e != nil {
							if e.Key != at.Key {
								t.Errorf("%s answers for %s", e.Key, at.Key)
							}
							hits[worker]++
						}
					}
				})
			}
			all.Wait()
			require.NotZero(t, hits[1]+hits[3])
			if l.recent.slot(1) != nil {
				for _, at := range keys {
					l.Get([]byte(at.Key))
				}
			}
			entries := l.entries.(*otter.Cache[uint64, *Copy])
			entries.CleanUp()
			found := 0
			for i := range l.recent.slots {
				if e := l.recent.slots[i].Load(); e != nil {
					found++
					in, ok := entries.GetEntryQuietly(l.hash([]byte(e.Key)))
					require.True(t, ok && in.Value == e, "%s is in recent alone", e.Key)
				}
			}
			require.Equal(t, entries.WeightedSize(), uint64(l.recent.used.Load()))
			require.LessOrEqual(t, l.recent.used.Load(), c.maxBytes)
			if c.name == "replaced" {
				require.NotZero(t, found)
			} else {
				require.Nil(t, l.recent.slot(1), "more than half of the room is in use, and reads still go past otter")
			}
		})
	}
}

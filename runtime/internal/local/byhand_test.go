package local

import (
	"fmt"
	"testing"
	"time"

	"github.com/cachegen/cachegen/runtime/internal/path"
)

// A local hit of one of some copies, by way of recent, and by otter's own GetIfPresent alone. The
// checks of the copy are the same.
func BenchmarkByHandRecent(b *testing.B) {
	for _, copies := range []int{1, 1000, 100_000} {
		tier, err := New(1<<30, 1)
		if err != nil {
			b.Fatal(err)
		}
		tier.Rule()
		keys := make([][]byte, copies)
		for i := range keys {
			target := &path.Target{Key: fmt.Sprint("crm:acme:contact:", i), Stripes: []uint16{1, 2, 3, 4}}
			keys[i] = []byte(target.Key)
			tier.Put(target, nil, 1, time.Hour, &Copy{Payload: []byte("v")})
		}
		half := tier.recent.half
		for _, c := range []struct {
			name string
			half int64
		}{{"ours", half}, {"otter", 0}} {
			b.Run(fmt.Sprintf("%d/%s", copies, c.name), func(b *testing.B) {
				tier.recent.half = c.half
				b.ReportAllocs()
				for i := 0; b.Loop(); i++ {
					if tier.Get(keys[i%copies]) == nil {
						b.Fatal("miss")
					}
				}
			})
		}
	}
}

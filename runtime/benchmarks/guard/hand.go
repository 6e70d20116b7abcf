package guard

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/cespare/xxhash/v2"
	"github.com/maypok86/otter/v2"

	"github.com/cachegen/cachegen/runtime/benchmarks/service/crm"
)

// A handCache is a cache in the process as a team writes it that counts allocations: otter by the
// hash of a key, which is built on the stack, and an expiry. It does what a hit of a wrapper has to
// do, with nothing of the runtime, so the time of the one in the time of the other hardly depends
// on the machine.
type handCache[V any] struct {
	entries *otter.Cache[uint64, *handEntry[V]]
	prefix  string
}

type handEntry[V any] struct {
	key     string
	expires time.Time
	value   V
}

func newHandCache[V any](prefix string) *handCache[V] {
	return &handCache[V]{otter.Must(&otter.Options[uint64, *handEntry[V]]{MaximumSize: 1000, Executor: func(f func()) { f() }}), prefix}
}

func (c *handCache[V]) key(ctx context.Context, buf []byte, id string) []byte {
	tenant, err := crm.Tenant(ctx)
	if err != nil {
		panic(err) // tests name one
	}
	buf = append(buf, "shop:"...)
	buf = append(buf, tenant...)
	buf = append(buf, ':')
	buf = append(buf, c.prefix...)
	buf = append(buf, ':')
	return append(buf, id...)
}

func (c *handCache[V]) put(ctx context.Context, id string, value V) {
	key := c.key(ctx, nil, id)
	c.entries.Set(xxhash.Sum64(key), &handEntry[V]{string(key), time.Now().Add(time.Hour), value})
}

// get is one hit. Its result is that of the cache, not a copy.
func (c *handCache[V]) get(ctx context.Context, id string) (v V, ok bool) {
	var buf [128]byte
	key := c.key(ctx, buf[:0], id)
	e, ok := c.entries.GetIfPresent(xxhash.Sum64(key))
	if !ok || e.key != string(key) || time.Now().After(e.expires) {
		return v, false
	}
	return e.value, true
}

// copyContact is a deep copy by hand.
func copyContact(in *crm.Contact) *crm.Contact {
	out := *in
	if in.Phone != nil {
		out.Phone = new(*in.Phone)
	}
	out.Labels = slices.Clone(in.Labels)
	out.Custom = maps.Clone(in.Custom)
	return &out
}

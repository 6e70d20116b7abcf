package runtime

import "context"

// Batch is a cached method that answers for many items at once, from an entry for each: the entries
// of the single read of the same prefix. It is safe for concurrent use.
type Batch[V any] struct{ m method }

// NewBatch describes a cached method for many items to the cache. Generated constructors call it.
func NewBatch[V any](c *Cache, o ReadOptions[V]) *Batch[V] {
	b := new(Batch[V])
	describe(&b.m, c, &o, true)
	return b
}

// Key begins the keys of a call, as Read.Key does.
func (b *Batch[V]) Key(ctx context.Context, buf *KeyBuffer) Key { return b.m.key(ctx, buf) }

// KeyFor begins the keys of a call for a tenant that is one of its arguments, as Read.KeyFor does.
func (b *Batch[V]) KeyFor(ctx context.Context, tenant string, buf *KeyBuffer) Key {
	return b.m.keyFor(ctx, tenant, buf)
}

// Put begins to store the entry of one item, as Read.Put does.
func (b *Batch[V]) Put(i *Invalidation) *Put[V] { return b.PutIn(i, TenantScope{}) }

// PutIn is Put for another tenant, as Read.PutIn is.
func (b *Batch[V]) PutIn(i *Invalidation, in TenantScope) *Put[V] { return &Put[V]{b.m.put(i, in)} }

// BatchMap answers a call for the items with a map that has what was found. Each item is a read of
// its own, with the same promises: its key is what item appends to k. What is not there is loaded
// together, in the order of the items, each once.
//
// The map is the caller's own. An item that the loaded map lacks, or has as a nil pointer, is not
// found. An error of load is the error of the call, and nothing of that load is remembered; what
// was found elsewhere is not returned with it. Without an item, or where the cache can have no
// part, load is called with the items as they are. So it is when a loaded map has a key that was
// not asked for: nobody knows whose it is.
func BatchMap[K comparable, V any, S ~[]K, M ~map[K]V](
	ctx context.Context, b *Batch[V], k Key, items S, item func(Key, K) Key, load func(context.Context, S) (M, error),
) (M, error) {
	return BatchMapTagged(ctx, b, k, items, item, nil, nil, load)
}

// BatchMapTagged is BatchMap for a method with tags. The function args adds those that an item and
// the other arguments say, result those that it takes what was found for the item to say; either
// may be nil.
func BatchMapTagged[K comparable, V any, S ~[]K, M ~map[K]V](
	ctx context.Context, b *Batch[V], k Key, items S, item func(Key, K) Key,
	args func(*Tags, K), result func(*Tags, K, V), load func(context.Context, S) (M, error),
) (M, error) {
	answer, err := b.m.batch(ctx, k, batchOf(items, item, itemTags(items, args, result), load,
		func(m M, at []int) ([]part, bool) {
			parts, found := make([]part, len(at)), 0
			for n, i := range at {
				v, ok := m[items[i]]
				if ok {
					found++
				}
				parts[n] = part{value: v, there: ok, none: !ok || b.m.result.isNil(v)}
			}
			return parts, found == len(m)
		},
		func(parts []part) M {
			m := make(M, len(parts))
			for i, id := range items {
				if parts[i].there {
					m[id] = as[V](parts[i].value)
				}
			}
			return m
		},
	))
	return as[M](answer), err
}

// BatchSlice is BatchMap for a method that answers with a slice of one element for each item, in
// their order. An element that is zero is an item that was not found. A loaded slice of another
// length is returned as it is.
func BatchSlice[K, V any, S ~[]K, L ~[]V](
	ctx context.Context, b *Batch[V], k Key, items S, item func(Key, K) Key, load func(context.Context, S) (L, error),
) (L, error) {
	return BatchSliceTagged(ctx, b, k, items, item, nil, nil, load)
}

// BatchSliceTagged is BatchSlice for a method with tags, as BatchMapTagged is BatchMap.
func BatchSliceTagged[K, V any, S ~[]K, L ~[]V](
	ctx context.Context, b *Batch[V], k Key, items S, item func(Key, K) Key,
	args func(*Tags, K), result func(*Tags, K, V), load func(context.Context, S) (L, error),
) (L, error) {
	answer, err := b.m.batch(ctx, k, batchOf(items, item, itemTags(items, args, result), load,
		func(l L, at []int) ([]part, bool) {
			if len(l) != len(at) {
				return nil, false
			}
			parts := make([]part, len(at))
			for n, v := range l {
				parts[n] = part{value: v, there: true, none: b.m.result.isZero(v)}
			}
			return parts, true
		},
		func(parts []part) L {
			l := make(L, len(parts))
			for i, p := range parts {
				l[i] = as[V](p.value)
			}
			return l
		},
	))
	return as[L](answer), err
}

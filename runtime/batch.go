package runtime

import "context"

// BatchMap is for generated code: it answers a call with a map of the items that were found. The
// key of an item is what the function item appends to k. Items without a valid entry are loaded
// together, each once, in the order of the items.
//
// The caller owns the map. An item that the loaded map lacks, or has as a nil pointer, is not
// found. An error of load is the error of the call: nothing is returned with it, and nothing of
// that load is remembered. If there are no items, or the cache can have no part in the call, load
// gets the items as they are. So it does if a loaded map has a key that was not asked for, because
// nobody knows whose it is.
func BatchMap[K comparable, V any, S ~[]K, M ~map[K]V](
	ctx context.Context, r *Read, k Key, items S, item func(Key, K) Key, load func(context.Context, S) (M, error),
) (M, error) {
	return BatchMapTagged(ctx, r, k, items, item, nil, nil, load)
}

// BatchMapTagged is for generated code: [BatchMap] for a method with tags: args adds those of an
// item's arguments, result those of an item's result. Either may be nil.
func BatchMapTagged[K comparable, V any, S ~[]K, M ~map[K]V](
	ctx context.Context, r *Read, k Key, items S, item func(Key, K) Key,
	args func(*Tags, K), result func(*Tags, K, V), load func(context.Context, S) (M, error),
) (M, error) {
	answer, err := r.m.batch(ctx, k, batchOf(&items, item, itemTags(&items, args, result), load,
		func(m M, at []int) ([]part, bool) {
			parts, found := make([]part, len(at)), 0
			for n, i := range at {
				v, ok := m[items[i]]
				if ok {
					found++
				}
				parts[n] = part{value: v, there: ok, none: !ok || r.m.result.isNil(v)}
			}
			return parts, found == len(m)
		},
		func(parts []part) M {
			m := make(M, len(parts))
			for i, id := range items {
				if parts[i].there {
					m[id] = As[V](parts[i].value)
				}
			}
			return m
		},
	))
	return As[M](answer), err
}

// BatchSlice is for generated code: [BatchMap] for a method that returns a slice: one element for
// each item, in their order. A zero element is an item that was not found. A loaded slice of
// another length is returned as it is.
func BatchSlice[K, V any, S ~[]K, L ~[]V](
	ctx context.Context, r *Read, k Key, items S, item func(Key, K) Key, load func(context.Context, S) (L, error),
) (L, error) {
	return BatchSliceTagged(ctx, r, k, items, item, nil, nil, load)
}

// BatchSliceTagged is for generated code: [BatchSlice] for a method with tags, as [BatchMapTagged]
// is BatchMap.
func BatchSliceTagged[K, V any, S ~[]K, L ~[]V](
	ctx context.Context, r *Read, k Key, items S, item func(Key, K) Key,
	args func(*Tags, K), result func(*Tags, K, V), load func(context.Context, S) (L, error),
) (L, error) {
	answer, err := r.m.batch(ctx, k, batchOf(&items, item, itemTags(&items, args, result), load,
		func(l L, at []int) ([]part, bool) {
			if len(l) != len(at) {
				return nil, false
			}
			parts := make([]part, len(at))
			for n, v := range l {
				parts[n] = part{value: v, there: true, none: r.m.result.isZero(v)}
			}
			return parts, true
		},
		func(parts []part) L {
			l := make(L, len(parts))
			for i, p := range parts {
				l[i] = As[V](p.value)
			}
			return l
		},
	))
	return As[L](answer), err
}

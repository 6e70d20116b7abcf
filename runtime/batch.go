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

// BatchSlice is for generated code: [BatchMap] for a method that returns a slice and promises
// by=position: one element for each item, in their order. A zero element is an item that was not
// found. A loaded slice of another length is returned as it is.
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

// BatchRows is for generated code: [BatchMap] for a method that returns a slice whose elements say
// which items they are, in any order. The key of the item that a row is about is what the function
// row appends to k; nil if it is about none.
//
// An item without a row is not found. A row that nobody asked for, a nil row, and all rows of an
// item that has several are returned and not remembered. What one load has brought for all items is
// returned as it is. Any other answer has the rows in the order of the items, then those of none.
// An item that is there twice is asked for, and answered, once.
func BatchRows[K, V any, S ~[]K, L ~[]V](
	ctx context.Context, r *Read, k Key, items S, item func(Key, K) Key, row func(Key, V) Key,
	load func(context.Context, S) (L, error),
) (L, error) {
	return BatchRowsTagged(ctx, r, k, items, item, row, nil, nil, load)
}

// BatchRowsTagged is for generated code: [BatchRows] for a method with tags, as [BatchMapTagged] is
// BatchMap.
func BatchRowsTagged[K, V any, S ~[]K, L ~[]V](
	ctx context.Context, r *Read, k Key, items S, item func(Key, K) Key, row func(Key, V) Key,
	args func(*Tags, K), result func(*Tags, K, V), load func(context.Context, S) (L, error),
) (L, error) {
	do := batchOf(&items, item, itemTags(&items, args, result), load, nil, func(parts []part) L {
		l := make(L, 0, len(parts))
		for _, p := range parts {
			switch {
			case p.several:
				for _, v := range p.value.([]any) {
					l = append(l, As[V](v))
				}
			case p.there && !p.none:
				l = append(l, As[V](p.value))
			}
		}
		return l
	})
	do.rows = &rowFuncs{
		key: func(k Key, v any) Key { return row(k, As[V](v)) },
		of: func(answer any) []any {
			l := As[L](answer)
			rows := make([]any, len(l))
			for i, v := range l {
				rows[i] = v
			}
			return rows
		},
	}
	answer, err := r.m.batch(ctx, k, do)
	return As[L](answer), err
}

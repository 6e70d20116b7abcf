package runtime

import "context"

// itemTagging is what says the tags of the items of a call.
type itemTagging struct {
	args   func(t *Tags, i int)        // nil: the arguments say none
	result func(t *Tags, i int, v any) // nil: the result says none
}

func itemTags[K, V any](items []K, args func(*Tags, K), result func(*Tags, K, V)) *itemTagging {
	if args == nil && result == nil {
		return nil
	}
	g := new(itemTagging)
	if args != nil {
		g.args = func(t *Tags, i int) { args(t, items[i]) }
	}
	if result != nil {
		g.result = func(t *Tags, i int, v any) { result(t, items[i], as[V](v)) }
	}
	return g
}

// tag completes the target of an item. It reports false if one of its tags has no text.
func (g *itemTagging) tag(r *method, t *target, i int) bool {
	known := &Tags{tenant: t.tenant}
	if g.args != nil {
		g.args(known, i)
	}
	var result func(*Tags, any)
	if g.result != nil {
		result = func(t *Tags, v any) { g.result(t, i, v) }
	}
	r.tag(t, known, result)
	return !known.bad
}

// tagsOf lists the tags that what was loaded for an item says. If one has no text, the item is not kept.
func (c *batchCall) tagsOf(over context.Context, it *batchItem) (tags []string, ok bool) {
	if it.target.result == nil {
		return nil, true
	}
	if tags, ok = it.target.result(it.part.value); !ok {
		c.read.tagWithoutText(over, it.key)
	}
	return tags, ok
}

// mayFill splits what has been loaded into what may be stored and what may not, because of its tags.
func (c *batchCall) mayFill(over context.Context, list []*batchItem) (fill, refused []*batchItem) {
	var ask []*batchItem
	var looks []tagLook
	for _, it := range list {
		if len(it.tags) == 0 {
			fill = append(fill, it)
		} else {
			ask, looks = append(ask, it), append(looks, tagLook{it.tags, it.seen.seq})
		}
	}
	if len(ask) == 0 {
		return list, nil
	}
	r := c.read
	may, err := r.c.redis.mayFill(over, c.budget, &ask[0].target, looks)
	if err != nil {
		r.redisError(over, "look at the tags of", ask[0].key, err)
		return fill, ask
	}
	for i, it := range ask {
		if may[i] {
			fill = append(fill, it)
		} else {
			refused = append(refused, it)
			r.counts.fillsRefused.Add(1)
		}
	}
	return fill, refused
}

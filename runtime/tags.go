package runtime

import (
	"context"
	"slices"
	"strings"
)

// Tags are further paths that an entry hangs on: it is stale when one of them is invalidated, exactly or with a scope above it. They are of the
// tenant of the entry. Those of arguments are known before the entry is looked up, and read with what makes it stale; those of results are
// stored in the entry.
//
// A record knows the prefixes that tags point into, registered like versions before anything is filled. An exact invalidation, which else only
// deletes a key, stamps its path where it lies under one of them, and pays nothing elsewhere.
const (
	// maxTags is how many paths under one prefix an entry names. With more it hangs on the prefix as a whole: whatever is invalidated under it,
	// one entry or many, makes it stale.
	maxTags = 64

	// tagMark stands among the versions of a prefix in a shard's record, and says that tags point into the prefix.
	tagMark = "~"
)

// Tags collects the tags of one call. Generated code fills it in; it is not safe for concurrent use.
type Tags struct {
	tenant string // encoded
	paths  []string
	under  map[string]int // prefixes, and how many of their paths are there
	bad    bool           // one of them has no text: nobody could make the entry stale by it
}

// Path begins a tag. The prefix is literal, its segments separated by colons.
func (t *Tags) Path(prefix string) Key {
	k := new(KeyBuffer)
	k.begin("", t.tenant, string(appendPrefix([]byte{separator}, prefix)))
	return k
}

// Add makes the entry stale with that path.
func (t *Tags) Add(k Key) {
	if k.bad != fine {
		t.bad = true
		return
	}
	b := k.bytes()
	path, prefix := string(b[k.path:]), string(b[k.path:k.args])
	if slices.Contains(t.paths, path) {
		return
	}
	if t.under == nil {
		t.under = make(map[string]int)
	}
	// A path that is shortened to a hash has other forms under other prefixes.
	if t.under[prefix]++; t.under[prefix] > maxTags || len(b)-int(k.args) > maxArgs {
		t.under[prefix] = maxTags
		t.paths = slices.DeleteFunc(t.paths, func(p string) bool { return strings.HasPrefix(p, prefix+string(separator)) })
		path = anythingUnder(prefix)
		if slices.Contains(t.paths, path) {
			return
		}
	}
	t.paths = append(t.paths, path)
}

// anythingUnder names the stamp of the last invalidation, exact or not, of anything under a prefix. No path ends in a star.
func anythingUnder(prefix string) string { return prefix + string(separator) + everything }

const everything = "*"

// tagFields lists the fields of a table whose stamps make an entry with these tags stale: the scopes above each path, and the path itself.
func tagFields(paths []string) []string {
	if len(paths) == 0 {
		return nil
	}
	fields := []string{""}
	for _, path := range paths {
		scopes := 1
		for run := range leading(path) {
			if scopes++; scopes > maxScopes && run != path || strings.HasSuffix(run, everything) {
				continue
			}
			if !slices.Contains(fields, run) {
				fields = append(fields, run)
			}
		}
		fields = append(fields, entryField(path))
	}
	return fields
}

// tagging is what says the tags of a call.
type tagging struct {
	args   func(*Tags) // nil: the arguments say none
	result any         // a func(*Tags, V); nil: the result says none
}

// known are the tags that the arguments say. If one has no text, neither has the key.
func (g *tagging) known(k Key) *Tags {
	t := &Tags{tenant: k.tenant()}
	if g.args != nil {
		g.args(t)
	}
	if t.bad {
		k.bad = flawText
	}
	return t
}

// tag completes the target of a call with tags.
func (r *method) tag(t *target, known *Tags, result func(t *Tags, v any)) {
	t.more = slices.DeleteFunc(tagFields(known.paths), func(field string) bool { return slices.Contains(t.scopes, field) })
	if len(known.paths) > 0 {
		t.stripes = merged(t.stripes, r.c.local.stripes.cover(t.tenant, t.more))
	}
	if result != nil {
		t.result = func(v any) ([]string, bool) {
			tags := &Tags{tenant: t.tenant}
			result(tags, v)
			return tags.paths, !tags.bad
		}
	}
}

// tagWithoutText warns of an answer that cannot be kept.
func (r *method) tagWithoutText(ctx context.Context, key string) {
	r.c.warn(ctx, "cachegen: an answer is not kept, because one of its tags has no text", "method", r.o.name, "key", key)
}

// stripesOf are the stripes of the tags of a result.
func (c *Cache) stripesOf(tenant string, paths []string) []uint16 {
	if len(paths) == 0 {
		return nil
	}
	return c.local.stripes.cover(tenant, tagFields(paths))
}

// hung is the target of a copy of an answer with tags.
func (c *Cache) hung(t *target, paths []string) *target { return t.with(c.stripesOf(t.tenant, paths)) }

// with is the target of a copy that hangs on the stripes of tags too.
func (t *target) with(tags []uint16) *target {
	if len(tags) == 0 {
		return t
	}
	copy := *t
	copy.stripes = merged(t.stripes, tags)
	return &copy
}

// merged joins two lists as stripes.covering makes them: those of the tenant first, then those of every tenant.
func merged(a, b []uint16) []uint16 {
	return slices.Concat(a[:len(a)/2], b[:len(b)/2], a[len(a)/2:], b[len(b)/2:])
}

// tagged finishes the snapshots of entries that carry tags of their results, which the first round trip could not ask about. With again, all of it
// has to be looked at once more.
//
// If this process has applied the log up to the counter in the snapshot, and knows it from before the entry's stamp on, its stripes say of every
// invalidation that the snapshot could have shown: each raises its stripes before the process counts it as applied. They do not know of
// fences. But an entry is stored only after none was seen open on its tags (see mayFill), so one that is open now was opened later, and
// opening it has stamped the path. Otherwise the stamps are asked for, of all entries together.
func (t *redisTier) tagged(ctx context.Context, b *budget, targets []*target, snapshotOf func(i int) *snapshot) (again bool, err error) {
	var ask []*snapshot
	var fields [][]string
	for i, target := range targets {
		s := snapshotOf(i)
		if len(s.entry.tags) == 0 || !s.valid() {
			continue
		}
		own := tagFields(s.entry.tags)
		s.tags = t.local.stripes.cover(target.tenant, own)
		if blocks := &t.local.blocked; blocks.any.Load() && blocks.covers(s.tags) {
			s.apart = true
			continue
		}
		v := &t.local.views[target.shard]
		if v.applied.Load() >= s.seq && s.entry.stamp >= v.least.Load() {
			s.least = max(s.least, t.local.stripes.in(target.shard).newest(s.tags))
			continue
		}
		ask, fields = append(ask, s), append(fields, own)
	}
	if len(ask) == 0 {
		return false, nil
	}
	now, err := t.stamps(ctx, b, targets[0], fields)
	stands := false
	switch {
	case err != nil:
	case now.seq < ask[0].seq: // a failover, which lost writes
		return true, nil
	case now.fenced():
		if stands, err = t.closeLapsed(ctx, b, targets[0], now.open); err == nil && !stands {
			return true, nil
		}
	}
	for i, s := range ask {
		if err != nil {
			s.apart = true
			continue
		}
		least, fenced := now.of(i)
		s.fresh = s.fresh && now.fresh
		s.least = max(s.least, least)
		s.apart = fenced
	}
	return false, err
}

// stamps reads the fields of each entry from a tenant's table, "" the first of them, and the same of every tenant.
func (t *redisTier) stamps(ctx context.Context, b *budget, target *target, lists [][]string) (stamped, error) {
	fields, where := numbered(lists)
	keys := t.state(target.shard, target.tenant)
	every := make([]string, 0, len(fields)+2)
	every = append(every, "seq", "floor")
	for _, field := range fields {
		every = append(every, everyTenant+field)
	}
	r, err := await(ctx, t, t.server(keys[0]), b, func(ctx context.Context) (stateReply, error) {
		pipe := t.client.Pipeline()
		r := stateReply{pipe.HMGet(ctx, keys[0], every...), pipe.HMGet(ctx, keys[1], fields...)}
		_, _ = pipe.Exec(ctx)
		return r, r.failed()
	})
	if err != nil {
		return stamped{}, err
	}
	record, table := r.record.Val(), r.table.Val()
	s := newStamped(target.tenant, number(record[1]), fields, where)
	s.seq = number(record[0])
	s.fresh = s.seq != 0 && s.floor != 0 && table[0] != nil
	s.add(record[2:])
	s.add(table)
	return s, nil
}

// addField adds what a field stands for.
func (s *stale) addField(field string) {
	if path, entry := strings.CutPrefix(field, string(hashMark)); entry {
		s.entries = union(s.entries, []string{path})
	} else {
		s.scopes = union(s.scopes, []string{field})
	}
}

// tagLook asks whether a result may be stored under a stamp, by its tags.
type tagLook struct {
	paths []string
	stamp uint64
}

// mayFill looks at the tags of results that are about to be stored, of entries of one tenant. One must not be, if a tag of it has been invalidated
// since its stamp, or a fence is open on it: the fence may have been opened before the stamp was taken, and its write be committed after the load. A
// fence whose time has passed is closed, so that the next load can be stored: perhaps nothing else looks at that path.
func (t *redisTier) mayFill(ctx context.Context, b *budget, target *target, looks []tagLook) ([]bool, error) {
	fields := make([][]string, len(looks))
	for i, l := range looks {
		fields[i] = tagFields(l.paths)
	}
	now, err := t.stamps(ctx, b, target, fields)
	if err == nil && now.fenced() {
		_, err = t.closeLapsed(ctx, b, target, now.open)
	}
	if err != nil {
		return nil, err
	}
	may := make([]bool, len(looks))
	for i, l := range looks {
		least, fenced := now.of(i)
		may[i] = now.fresh && !fenced && least <= l.stamp
	}
	return may, nil
}

// registerTags notes that tags of this process point into a prefix.
func (t *redisTier) registerTags(prefix string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := 0; i < len(t.own); i += 2 {
		if t.own[i] == prefix && t.own[i+1] == tagMark {
			return
		}
	}
	t.own = append(t.own, prefix, tagMark)
}

package runtime

import (
	"slices"
	"strings"

	"github.com/cachegen/cachegen/runtime/internal/key"
	"github.com/cachegen/cachegen/runtime/internal/local"
	"github.com/cachegen/cachegen/runtime/internal/path"
)

// maxTags is how many paths under one prefix an entry names. With more it goes stale with the
// prefix as a whole: whatever is invalidated under it, one entry or many.
const maxTags = 64

// Tags is for generated code: it collects the tags of one call, further paths in the tenant of the
// entry that make it stale. It is not safe for concurrent use.
type Tags struct {
	// Tags of arguments are known before the entry is looked up, and read with what makes it stale.
	// Those of results are stored in the entry.

	tenant string // encoded
	paths  []string
	under  map[string]int // prefixes, and how many of their paths are there
	noText bool           // one of them has no text: nobody could make the entry stale by it
}

// Path begins a tag. The prefix is literal: segments and colons.
func (t *Tags) Path(prefix string) Key {
	k := new(KeyBuffer)
	key.Begin(k, "", t.tenant, string(key.AppendPrefix([]byte{key.Separator}, prefix)))
	return k
}

// Add adds the tag.
func (t *Tags) Add(k Key) {
	if key.FaultOf(k) != key.OK {
		t.noText = true
		return
	}
	full, args := key.Path(k)
	tag, prefix := string(full), string(full[:args])
	if slices.Contains(t.paths, tag) {
		return
	}
	if t.under == nil {
		t.under = make(map[string]int)
	}
	// A path that is shortened to a hash has other forms under other prefixes.
	if t.under[prefix]++; t.under[prefix] > maxTags || !key.Spelled(k) {
		t.under[prefix] = maxTags
		t.paths = slices.DeleteFunc(t.paths, func(p string) bool { return strings.HasPrefix(p, prefix+string(key.Separator)) })
		tag = path.AnythingUnder(prefix)
		if slices.Contains(t.paths, tag) {
			return
		}
	}
	t.paths = append(t.paths, tag)
}

// tagging is what says the tags of a single read.
type tagging struct {
	args   func(*Tags)      // nil: the arguments say none
	result func(*Tags, any) // nil: the result says none
}

// known are the tags that the arguments say. If one has no text, neither has the key.
func (g *tagging) known(k Key) *Tags {
	t := &Tags{tenant: key.Tenant(k)}
	if g.args != nil {
		g.args(t)
	}
	if t.noText {
		key.Fail(k, key.NoText)
	}
	return t
}

// itemTagging is what says the tags of the items of a batch.
type itemTagging struct {
	args   func(t *Tags, i int)        // nil: the arguments say none
	result func(t *Tags, i int, v any) // nil: the result says none
}

func itemTags[K any, S ~[]K, V any](items *S, args func(*Tags, K), result func(*Tags, K, V)) *itemTagging {
	if args == nil && result == nil {
		return nil
	}
	g := new(itemTagging)
	if args != nil {
		g.args = func(t *Tags, i int) { args(t, (*items)[i]) }
	}
	if result != nil {
		g.result = func(t *Tags, i int, v any) { result(t, (*items)[i], As[V](v)) }
	}
	return g
}

// tag adds the tags of an item. It reports false if one of them has no text.
func (g *itemTagging) tag(m *method, it *item, i int) bool {
	known := &Tags{tenant: it.Tenant}
	if g.args != nil {
		g.args(known, i)
	}
	var result func(*Tags, any)
	if g.result != nil {
		result = func(t *Tags, v any) { g.result(t, i, v) }
	}
	m.addTags(it, known, result)
	return !known.noText
}

// addTags completes an item with its tags.
func (m *method) addTags(it *item, known *Tags, result func(t *Tags, v any)) {
	m.c.tagTarget(&it.Target, known)
	if result != nil {
		it.resultTags = func(v any) ([]string, bool) {
			tags := &Tags{tenant: it.Tenant}
			result(tags, v)
			return tags.paths, !tags.noText
		}
	}
}

// tagTarget adds tags that are known to what makes an entry stale.
func (c *Cache) tagTarget(t *path.Target, known *Tags) {
	t.Tags = slices.DeleteFunc(path.TagFields(known.paths), func(field string) bool { return slices.Contains(t.Scopes, field) })
	t.Stripes = local.Merge(t.Stripes, c.local.Stripes.Cover(t.Tenant, t.Tags))
}

// stripesOf are the stripes of the tags of a result.
func (c *Cache) stripesOf(tenant string, tags []string) []uint16 {
	return c.local.Stripes.Cover(tenant, path.TagFields(tags))
}

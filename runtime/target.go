package runtime

import (
	"slices"
	"strings"

	"github.com/cachegen/cachegen/runtime/internal/chunk"
	"github.com/cachegen/cachegen/runtime/internal/key"
	"github.com/cachegen/cachegen/runtime/internal/local"
	"github.com/cachegen/cachegen/runtime/internal/path"
)

// targetBuilder makes the targets of a batch, neighbours of which have most of their fields in
// common. What they are made of is cut out of shared memory, so whatever outlives the call has to
// copy it (item.copyOf).
type targetBuilder struct {
	stripes *local.Stripes
	text    strings.Builder
	fields  []string
	list    chunk.Allocator[uint16]
	before  *path.Target
}

// target is path.NewTarget, with the stripes.
func (b *targetBuilder) target(t *path.Target, k Key, finished []byte, left int) {
	if key.Spelled(k) {
		from, to := key.Span(k)
		entryPath := finished[from:to]
		own := len(finished) + len(path.EntryField("")) + len(entryPath)
		// Strings that were cut before keep what they were cut from.
		if b.text.Cap()-b.text.Len() < own {
			b.text = strings.Builder{}
			b.text.Grow((own + 8) * min(left, chunk.Size))
		}
		start := b.text.Len()
		b.text.Write(finished)
		b.text.WriteString(path.EntryField(""))
		b.text.Write(entryPath)
		text := b.text.String()[start:]
		if cap(b.fields)-len(b.fields) < path.MaxScopes+2 {
			b.fields = make([]string, 0, path.MaxScopes+2+4*min(left, chunk.Size))
		}
		t.Key = text[:len(finished)]
		t.Cut(k, text[len(finished):], b.fields[len(b.fields):])
		b.fields = b.fields[:len(b.fields)+len(t.Fields)]
		t.Fields = slices.Clip(t.Fields)
	} else {
		*t = *path.NewTarget(k, string(finished))
	}
	b.cover(t, left)
}

// cover lists the stripes of a target, as local.Stripes.Cover does. Those of fields that the one
// before has too are not hashed again.
func (b *targetBuilder) cover(t *path.Target, left int) {
	n := len(t.Fields)
	t.Stripes = b.list.Take(2*n, left)
	for i, field := range t.Fields {
		if before := b.before; before != nil && i < len(before.Fields) && before.Fields[i] == field {
			t.Stripes[i], t.Stripes[n+i] = before.Stripes[i], before.Stripes[len(before.Fields)+i]
		} else {
			t.Stripes[i], t.Stripes[n+i] = b.stripes.Index(t.Tenant, field), b.stripes.Index(key.Every, field)
		}
	}
	b.before = t
}

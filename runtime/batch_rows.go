package runtime

import (
	"context"

	"github.com/cachegen/cachegen/runtime/internal/key"
)

// rowFuncs are what a batch of rows has to do that needs to know their type.
type rowFuncs struct {
	of  func(answer any) []any   // the rows of an answer
	key func(k Key, row any) Key // of the item that a row is about; nil: it is about none
}

// rows are what a batch of rows has beside its parts.
type rows struct {
	begun  KeyBuffer           // what the keys of all items have in common
	room   KeyBuffer           // for the key of one row
	keys   map[string]struct{} // of the items, each once
	others []part              // the rows that are about no item, in the order of the loads
}

func newRows(k Key, count int) *rows {
	return &rows{begun: *k, keys: make(map[string]struct{}, count)}
}

// asked reports that an item has been asked for before.
func (r *rows) asked(key []byte) bool {
	_, ok := r.keys[string(key)]
	return ok
}

// ask notes an item. The receiver is nil in a call that is not for rows.
func (r *rows) ask(key string) {
	if r != nil {
		r.keys[key] = struct{}{}
	}
}

// takeRows gives each item of a load the row that is about it. An item without one was not found.
// Whatever else the answer has goes to the caller of this call alone, in whose name it was loaded.
func (c *batchCall) takeRows(ctx context.Context, list []*item, answer any) {
	byKey := make(map[string]*item, len(list))
	for _, it := range list {
		it.part = part{none: true}
		byKey[it.Key] = it
	}
	stored, all := true, c.do.rows.of(answer)
	for _, row := range all {
		it := byKey[string(c.keyOf(row))]
		switch {
		case it == nil:
			c.rows.others = append(c.rows.others, part{value: row, there: true})
			stored = false
		case it.part.several:
			it.part.value = append(it.part.value.([]any), row)
		case it.part.there:
			it.part = part{value: []any{it.part.value, row}, there: true, several: true}
			stored = false
		default:
			it.part = part{value: row, there: true}
		}
	}
	if !stored {
		c.m.counts.unsplit.Add(1)
		c.m.c.warn(ctx, "cachegen: some rows of a batch are not remembered, because they are nil, nobody asked for them, or an item has several", "method", c.m.o.Method)
	}
	if len(list) == len(c.rows.keys) && len(all) > 0 {
		c.whole.Store(&answer)
	}
}

// keyOf is the key of the item that a row is about; nil if it is about none.
func (c *batchCall) keyOf(row any) []byte {
	if row == nil || c.m.result.isNil(row) {
		return nil
	}
	c.rows.room = c.rows.begun
	k := c.do.rows.key(&c.rows.room, row)
	if k == nil || key.FaultOf(k) != key.OK {
		return nil
	}
	return key.Finish(k, c.m.version)
}

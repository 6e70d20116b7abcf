package gormcache

import (
	"context"

	"github.com/cachegen/cachegen/runtime"
)

// mostRows is how many rows of an entity are invalidated one by one. Of more, all are.
const mostRows = 1000

// rows are those of an entity that a statement has changed: the values of its columns, or all.
type rows struct {
	all  bool
	list [][]any
}

// changes are what statements have made stale, by entity.
type changes []change

type change struct {
	entity *entity
	rows   rows
}

// add adds what a statement has changed of an entity.
func (c *changes) add(e *entity, r rows) {
	var to *rows
	for i := range *c {
		if (*c)[i].entity == e {
			to = &(*c)[i].rows
		}
	}
	if to == nil {
		*c = append(*c, change{entity: e})
		to = &(*c)[len(*c)-1].rows
	}
	to.list = append(to.list, r.list...)
	if to.all = to.all || r.all || len(to.list) > mostRows; to.all {
		to.list = nil
	}
}

// merge adds what others have changed.
func (c *changes) merge(more changes) {
	for _, m := range more {
		c.add(m.entity, m.rows)
	}
}

// invalidate puts the changes in force, or leaves them to the transaction of the cache that ctx
// belongs to. The error is one of Options.StrictInvalidation.
func (c changes) invalidate(ctx context.Context, write *runtime.Write) (err error) {
	inv := write.Begin(ctx)
	for _, change := range c {
		change.addTo(inv)
	}
	inv.End(&err)
	return err
}

func (c change) addTo(inv *runtime.Invalidation) {
	e, whole := c.entity, c.rows.all
	for _, row := range c.rows.list {
		k := inv.PathIn(e.scope, e.prefix)
		for _, v := range row {
			whole = whole || !appendValue(k, v)
		}
		if whole {
			break
		}
		inv.Entry(k)
	}
	if whole && e.prefix != "" {
		inv.Scope(inv.PathIn(e.scope, e.prefix))
	}
	for _, p := range e.patterns {
		if k := inv.PathIn(e.scope, p.path); p.all {
			inv.Scope(k)
		} else {
			inv.Entry(k)
		}
	}
}

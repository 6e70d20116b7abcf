package entcache

import (
	"context"
	"strings"

	"github.com/cachegen/cachegen/runtime"
)

// mostRows is how many rows of an entity are invalidated one by one. Of more, all are.
const mostRows = 1000

// changes are what statements have made stale, by entity.
type changes []change

type change struct {
	entity *entity
	all    bool
	rows   []func(runtime.Key) // each appends an id
}

// add adds a row of an entity, or all.
func (c *changes) add(e *entity, row func(runtime.Key), all bool) {
	var to *change
	for i := range *c {
		if (*c)[i].entity == e {
			to = &(*c)[i]
		}
	}
	if to == nil {
		*c = append(*c, change{entity: e})
		to = &(*c)[len(*c)-1]
	}
	if row != nil {
		to.rows = append(to.rows, row)
	}
	if to.all = to.all || all || len(to.rows) > mostRows; to.all {
		to.rows = nil
	}
}

// merge adds what others have changed.
func (c *changes) merge(more changes) {
	for _, m := range more {
		c.add(m.entity, nil, m.all)
		for _, row := range m.rows {
			c.add(m.entity, row, false)
		}
	}
}

// invalidate puts the changes in force, or leaves them to the transaction of the cache that ctx
// belongs to. The error is one of Options.StrictInvalidation.
func (c changes) invalidate(ctx context.Context, write *runtime.Write) (err error) {
	inv := write.Begin(ctx)
	for _, change := range c {
		e := change.entity
		for _, row := range change.rows {
			k := inv.PathIn(e.scope, e.prefix)
			row(k)
			inv.Entry(k)
		}
		if change.all && e.prefix != "" {
			inv.Scope(inv.PathIn(e.scope, e.prefix))
		}
		for _, p := range e.patterns {
			if path, under := strings.CutSuffix(p, ":*"); under {
				inv.Scope(inv.PathIn(e.scope, path))
			} else {
				inv.Entry(inv.PathIn(e.scope, path))
			}
		}
	}
	inv.End(&err)
	return err
}

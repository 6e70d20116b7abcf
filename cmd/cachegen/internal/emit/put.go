package emit

import (
	"slices"

	"github.com/dave/jennifer/jen"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
)

// puts prints, as testdata/gen/puts.txtar has it, what a put does before the write,
//
//	put := r.get.Put(inv)
//	if c != nil {
//		put.Claim(inv.Path("contact").String(c.ID))
//	}
//	inv.Reserve()
//
// and once it has succeeded,
//
//	if c != nil {
//		put.Store(inv.Path("contact").String(c.ID), c)
//	}
//
// of a list for each of its elements, as testdata/gen/put-lists.txtar has it:
//
//	for _, item := range cs {
//		if item != nil {
//			put.Store(inv.Path("contact").String(item.ID), item)
//		}
//	}
//
// A key that is made of the result is not claimed. Whatever becomes of the put, the entry is
// invalidated beside the other patterns, unless it is stored.
func (w *wrapperPrinter) puts(m *model.Method, v *variables, inv string) (before, after []jen.Code) {
	for i := range m.Write.Puts {
		p := &m.Write.Puts[i]
		statements, known := w.tenants([]*model.Invalidation{&p.Invalidation}, v)
		put := v.taken.free("put")
		before = append(append(before, statements...), jen.Id(put).Op(":=").Add(w.beginPut(p, known, v, inv)))
		if p.Phase != model.After {
			before = append(before, w.keyed(&p.Invalidation, known, v, inv, jen.Id(put).Dot("Claim"))...)
		}
		store, value := "Store", func(v *variables) []jen.Code { return []jen.Code{v.root(p.Value).value()} }
		if len(p.Tags) > 0 {
			store, value = "StoreTagged", func(v *variables) []jen.Code {
				ofArgs, ofResult := w.putTagFuncs(p, *v)
				return []jen.Code{v.root(p.Value).value(), ofArgs, ofResult}
			}
		}
		after = append(after, w.keyed(&p.Invalidation, known, v, inv, jen.Id(put).Dot(store), value)...)
	}
	if slices.ContainsFunc(m.Write.Puts, func(p model.Put) bool { return p.Phase != model.After }) {
		before = append(before, jen.Id(inv).Dot("Reserve").Call())
	}
	return before, after
}

// beginPut is r.get.Put(inv).
func (w *wrapperPrinter) beginPut(p *model.Put, known tenants, v *variables, inv string) *jen.Statement {
	read := jen.Id(v.receiver).Dot(w.fieldOf(p))
	if scope := w.tenantScope(p.Tenant, known, v); scope != nil {
		return read.Dot("PutIn").Call(jen.Id(inv), scope)
	}
	return read.Dot("Put").Call(jen.Id(inv))
}

// putEntries are the entries to invalidate if they cannot be put, without those that the method
// invalidates anyway.
func putEntries(w *model.Write) (list []*model.Invalidation) {
	for i := range w.Puts {
		p := &w.Puts[i].Invalidation
		if !slices.ContainsFunc(w.Invalidations, func(inv model.Invalidation) bool {
			return inv.Text == p.Text && ofContext(inv.Tenant) && ofContext(p.Tenant)
		}) {
			list = append(list, p)
		}
	}
	return list
}

func ofContext(t model.Tenant) bool {
	_, ok := t.(model.FromContext)
	return ok
}

func putsText(w *model.Write) string {
	var texts []string
	for i := range w.Puts {
		texts = append(texts, w.Puts[i].Text)
	}
	return plural(texts)
}

// borrowed is a read of another repository that a method puts to, with a field of its own.
type borrowed struct {
	*model.Put // one of those to it
	field      string
}

// borrow lists them.
func (w *wrapperPrinter) borrow() {
	for i := range w.Methods {
		write := w.Methods[i].Write
		if write == nil {
			continue
		}
		for j := range write.Puts {
			if p := &write.Puts[j]; p.Reader != nil && w.fieldOf(p) == "" {
				w.borrowed = append(w.borrowed, borrowed{p, w.members.free(lowerFirst(p.Reader.Obj().Name()) + p.Method)})
			}
		}
	}
}

// fieldOf is the field of the read that a put is to.
func (w *wrapperPrinter) fieldOf(p *model.Put) string {
	if p.Reader == nil {
		return w.fields[p.Method]
	}
	for _, b := range w.borrowed {
		if b.Read == p.Read {
			return b.field
		}
	}
	return ""
}

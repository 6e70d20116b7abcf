package emit

import (
	"github.com/dave/jennifer/jen"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
)

// constructor prints
//
//	// NewCachedContacts returns a CachedContacts that answers from cache, and asks next for what is
//	// not there.
//	func NewCachedContacts(next Contacts, cache *runtime.Cache) *CachedContacts {...}
func (w *wrapperPrinter) constructor() {
	taken := w.constructorScope()
	next, cache := taken.free("next"), taken.free("cache")
	methods := w.receiver
	w.receiver = taken.free(w.receiver) // of the variable that is returned
	defer func() { w.receiver = methods }()

	var fields []field
	for i := range w.Methods {
		m := &w.Methods[i]
		switch {
		case m.Read != nil:
			fields = append(fields, field{w.fields[m.Name], w.newRead(w.Source, m.Name, m.Read, cache)})
		case m.Write != nil:
			fields = append(fields, field{w.fields[m.Name], w.newWrite(m, cache)})
		case runsTx(m):
			fields = append(fields, field{w.fields[m.Name], w.runtime("NewTxRunner").Call(jen.Id(cache), methodName(w.Source, m.Name))})
		}
	}
	for _, b := range w.borrowed {
		fields = append(fields, field{b.field, w.newRead(b.Reader, b.Method, b.Read, cache)})
	}
	name := model.ConstructorName(w.Source.Obj().Name())
	comment := name + " returns " + article(w.Name) + " that answers from " + cache + ", and asks " + next + " for what is not there."
	if len(fields) == 0 {
		cache = "_"
		comment = name + " returns " + article(w.Name) + " in front of next. No method of it is cached."
	}
	params := []jen.Code{
		jen.Id(next).Add(w.sourceType(w.Wrapper)),
		jen.Id(cache).Add(pointerTo(w.runtime("Cache"))),
	}
	w.declare(comment, jen.Func().Id(name).Add(w.typeParams(w.Source.TypeParams())).
		Params(params...).Add(pointerTo(wrapperType(w.Wrapper))).
		Block(w.construct(next, fields)...))
}

// constructorScope has the names that the constructor's body refers to.
func (w *wrapperPrinter) constructorScope() *scope {
	taken := &scope{names: []string{"runtime", "time", "slices", "maps"}}
	for t := range w.Source.TypeParams().TypeParams() {
		taken.take(t.Obj().Name())
	}
	for i := range w.Methods {
		taken = w.bodyNeeds(&w.Methods[i]).scope(taken)
		for _, d := range lengths(&w.Methods[i]) {
			if d.Const != nil {
				taken.take(d.Const.Name(), d.Const.Pkg().Name())
			}
		}
	}
	return taken
}

// construct prints
//
//	r := &CachedContactRepository{next: next}
//	r.get = runtime.NewRead(...)
//	r.update = runtime.NewWrite(...)
//	return r
//
// and not one literal, because in that gofmt lays out everything twice.
func (w *wrapperPrinter) construct(next string, fields []field) []jen.Code {
	wrapper := addressOf(wrapperType(w.Wrapper)).Values(jen.Id(w.next).Op(":").Id(next))
	body := w.checkKeys()
	if len(fields) == 0 {
		return append(body, jen.Return(wrapper))
	}
	body = append(body, jen.Id(w.receiver).Op(":=").Add(wrapper))
	for _, f := range fields {
		body = append(body, jen.Id(w.receiver).Dot(f.name).Op("=").Add(f.value))
	}
	return append(body, jen.Return(jen.Id(w.receiver)))
}

// lengths lists the durations of a method that its constructor names.
func lengths(m *model.Method) []model.Duration {
	switch {
	case m.Read != nil:
		return []model.Duration{m.Read.TTL, m.Read.NotFound, m.Read.Local}
	case m.Write != nil:
		list := []model.Duration{m.Write.Settle}
		for i := range m.Write.Puts {
			if p := &m.Write.Puts[i]; p.Reader != nil {
				list = append(list, p.Read.TTL, p.Read.NotFound, p.Read.Local)
			}
		}
		return list
	}
	return nil
}

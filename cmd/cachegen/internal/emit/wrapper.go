package emit

import (
	"go/types"

	"github.com/dave/jennifer/jen"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
)

// wrapperPrinter prints one wrapper.
type wrapperPrinter struct {
	*home
	*model.Wrapper
	next     string
	fields   map[string]string // by method
	wrapTx   string            // the method that wraps what is handed out; "": nothing is
	borrowed []borrowed
	members  *scope // fields and methods
}

// wrapper prints
//
//	type CachedContacts struct {...}
//	var _ Contacts = (*CachedContacts)(nil)
//	func NewCachedContacts(next Contacts, cache *runtime.Cache) *CachedContacts {...}
//
// and its methods in source order. It returns the home of helpers that they need.
func (p *printer) wrapper(m *model.Wrapper) *home {
	w := &wrapperPrinter{Wrapper: m}
	w.next, w.fields, w.members = fieldNames(m)
	w.home = &home{printer: p, of: m, receiver: receiverName(m), own: &helperSet{names: w.members}}
	w.borrow()

	w.imports.locals = nil
	w.structure()
	w.resultTypes()
	w.assertion()
	w.constructor()
	if handsOut(m) {
		w.wrapTx = w.members.free("wrapTx")
		w.txWrapper()
	}
	for i := range m.Methods {
		m := &m.Methods[i]
		switch {
		case m.Read != nil && m.Write != nil:
			panic("emit: " + m.Name + " is both a read and a write")
		case m.Read != nil && m.Read.Batch != nil:
			w.batch(m)
		case m.Read != nil:
			w.read(m)
		case m.Write != nil:
			w.write(m)
		case m.Tx != nil:
			w.tx(m)
		default:
			w.delegate(m)
		}
	}
	w.receiverUsed = false
	return w.home
}

// structure prints
//
//	// CachedContactRepository caches the answers of a ContactRepository.
//	type CachedContactRepository struct {
//		next   ContactRepository
//		get    *runtime.Read
//		update *runtime.Write
//	}
func (w *wrapperPrinter) structure() {
	fields := []jen.Code{jen.Id(w.next).Add(w.sourceType(w.Wrapper))}
	for i := range w.Methods {
		m := &w.Methods[i]
		switch {
		case m.Read != nil:
			fields = append(fields, jen.Id(w.fields[m.Name]).Add(pointerTo(w.runtime("Read"))))
		case m.Write != nil:
			fields = append(fields, jen.Id(w.fields[m.Name]).Add(pointerTo(w.runtime("Write"))))
		case runsTx(m):
			fields = append(fields, jen.Id(w.fields[m.Name]).Add(pointerTo(w.runtime("TxRunner"))))
		}
	}
	for _, b := range w.borrowed {
		fields = append(fields, jen.Id(b.field).Add(pointerTo(w.runtime("Read"))))
	}
	w.declare(
		w.Name+" caches the answers of "+article(w.Source.Obj().Name())+".",
		jen.Type().Id(w.Name).Add(w.typeParams(w.Source.TypeParams())).Struct(fields...),
	)
}

// assertion prints
//
//	var _ ContactRepository = (*CachedContactRepository)(nil)
//
// which fails to compile, here and in words, when the interface has changed and the wrapper has
// not. Of a generic interface, it stands in a function with the type parameters.
func (w *wrapperPrinter) assertion() {
	if !types.IsInterface(w.Source) {
		return
	}
	wrapper := jen.Parens(pointerTo(wrapperType(w.Wrapper)))
	assert := jen.Var().Id("_").Add(w.sourceType(w.Wrapper)).Op("=").Add(wrapper).Call(jen.Nil())
	if params := w.Source.TypeParams(); params.Len() > 0 {
		assert = jen.Func().Id("_").Add(w.typeParams(params)).Params().Block(assert)
	}
	w.declare("", assert)
}

// methodName is "example.com/crm/store.ContactRepository.Get", a literal.
func methodName(repository *types.Named, name string) *jen.Statement {
	typ := repository.Obj()
	return jen.Lit(typ.Pkg().Path() + "." + typ.Name() + "." + name)
}

// method begins func (r *CachedContactRepository) Get.
func (w *wrapperPrinter) method(name string) *jen.Statement {
	return jen.Func().Params(jen.Id(w.receiver).Add(pointerTo(wrapperType(w.Wrapper)))).Id(name)
}

// signature is what follows a method's name when results have no names:
// (ctx context.Context, id string) (*Contact, error).
func (w *wrapperPrinter) signature(m *model.Method, v *variables) *jen.Statement {
	return jen.Params(w.params(m, v.params)...).Add(w.resultsExpr(m.Signature.Results()))
}

// delegate prints
//
//	func (r *CachedContactRepository) Count(ctx context.Context) (int, error) {
//		return r.next.Count(ctx)
//	}
func (w *wrapperPrinter) delegate(m *model.Method) {
	v := w.variables(w.receiver, m)
	call := w.inner(m, &v)
	if m.Signature.Results().Len() > 0 {
		call = jen.Return(call)
	}
	w.declare(m.Name+" is not cached.", w.method(m.Name).Add(w.signature(m, &v)).Block(call))
}

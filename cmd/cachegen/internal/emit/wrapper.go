package emit

import (
	"go/types"
	"strings"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/jen"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
)

// wrapperPrinter prints one wrapper.
type wrapperPrinter struct {
	*printer
	*model.Wrapper
	receiver string
	next     string
	fields   map[string]string // by method
	members  scope             // fields and methods
	helpers  helpers
	clones   clones
	codecs   codecs
}

// wrapper prints
//
//	type CachedContactRepository struct {...}
//	var _ ContactRepository = (*CachedContactRepository)(nil)
//	func NewCachedContactRepository(next ContactRepository, cache *runtime.Cache) *CachedContactRepository {...}
//
// its methods in source order, and the helpers that they need.
func (p *printer) wrapper(m *model.Wrapper) {
	w := &wrapperPrinter{printer: p, Wrapper: m, receiver: receiverName(m)}
	w.next, w.fields, w.members = fieldNames(m)

	w.structure()
	w.resultTypes()
	w.assertion()
	w.constructor()
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
		default:
			w.delegate(m)
		}
	}
	w.printHelpers()
	w.printClones()
	w.printCodecs()
}

func (w *wrapperPrinter) structure() {
	fields := []jen.Code{jen.Id(w.next).Add(w.sourceType(w.Wrapper))}
	for i := range w.Methods {
		m := &w.Methods[i]
		switch {
		case m.Read != nil:
			fields = append(fields, jen.Id(w.fields[m.Name]).Op("*").Add(w.runtime(readType(m.Read))).Types(w.typeExpr(m.Read.Value)))
		case m.Write != nil:
			fields = append(fields, jen.Id(w.fields[m.Name]).Op("*").Add(w.runtime("Write")))
		}
	}
	w.file.Commentf("%s caches the answers of %s.", w.Name, article(w.Source.Obj().Name()))
	w.file.Type().Id(w.Name).Add(w.typeParams(w.Source.TypeParams())).Struct(fields...)
	w.file.Line()
}

// assertion fails to compile, here and in words, when the interface has changed and the wrapper has not.
func (w *wrapperPrinter) assertion() {
	if !types.IsInterface(w.Source) {
		return
	}
	assert := jen.Var().Id("_").Add(w.sourceType(w.Wrapper)).Op("=").Parens(jen.Op("*").Add(wrapperType(w.Wrapper))).Call(jen.Nil())
	if w.Source.TypeParams().Len() > 0 {
		w.file.Func().Id("_").Add(w.typeParams(w.Source.TypeParams())).Params().Block(assert)
	} else {
		w.file.Add(assert)
	}
	w.file.Line()
}

func (w *wrapperPrinter) constructor() {
	taken := scope{}
	taken.take("runtime", "time", "slices", "maps")
	for t := range w.Source.TypeParams().TypeParams() {
		taken.take(t.Obj().Name())
	}
	for i := range w.Methods {
		need := bodyNeeds(&w.Methods[i])
		for n := range need.packages {
			taken.take(n)
		}
		for n := range need.declared {
			taken.take(n)
		}
		for _, d := range lengths(&w.Methods[i]) {
			if d.Const != nil {
				taken.take(d.Const.Name(), d.Const.Pkg().Name())
			}
		}
	}
	next, cache := taken.free("next"), taken.free("cache")
	receiver := taken.free(w.receiver)

	var names []string
	var values []jen.Code
	for i := range w.Methods {
		m := &w.Methods[i]
		switch {
		case m.Read != nil:
			values = append(values, w.newRead(m, cache, receiver))
		case m.Write != nil:
			values = append(values, w.newWrite(m, cache))
		default:
			continue
		}
		names = append(names, w.fields[m.Name])
	}
	if len(names) == 0 {
		cache = "_"
	}
	if cache == "_" {
		w.file.Commentf("%s returns %s in front of next. No method of it is cached.", model.ConstructorName(w.Source.Obj().Name()), article(w.Name))
	} else {
		w.file.Commentf("%s returns %s that answers from %s, and asks %s for what is not there.", model.ConstructorName(w.Source.Obj().Name()), article(w.Name), cache, next)
	}
	w.file.Func().Id(model.ConstructorName(w.Source.Obj().Name())).Add(w.typeParams(w.Source.TypeParams())).
		Params(jen.Id(next).Add(w.sourceType(w.Wrapper)), jen.Id(cache).Op("*").Add(w.runtime("Cache"))).
		Op("*").Add(wrapperType(w.Wrapper)).
		Block(w.construct(next, receiver, names, values)...)
	w.file.Line()
}

// construct prints
//
//	return &CachedContactRepository{
//		next: next,
//		get:  runtime.NewRead(...),
//	}
//
// or, if the fields need methods of what they are fields of,
//
//	r := &CachedContactRepository{next: next}
//	r.get = runtime.NewRead(...)
//	return r
func (w *wrapperPrinter) construct(next, receiver string, names []string, values []jen.Code) []jen.Code {
	wrapper := jen.Op("&").Add(wrapperType(w.Wrapper))
	checks := w.checkKeys()
	if w.clones.names.Len()+w.codecs.results.Len() == 0 {
		fields := []jen.Code{field(w.next, jen.Id(next))}
		for i, n := range names {
			fields = append(fields, field(n, values[i]))
		}
		return append(checks, jen.Return(wrapper.Add(multiline(fields...))))
	}
	body := append(checks, jen.Id(receiver).Op(":=").Add(wrapper.Values(field(w.next, jen.Id(next)))))
	for i, n := range names {
		body = append(body, jen.Id(receiver).Dot(n).Op("=").Add(values[i]))
	}
	return append(body, jen.Return(jen.Id(receiver)))
}

// lengths lists the durations of a method that its constructor names.
func lengths(m *model.Method) []model.Duration {
	switch {
	case m.Read != nil:
		return []model.Duration{m.Read.TTL, m.Read.NotFound, m.Read.Local}
	case m.Write != nil:
		return []model.Duration{m.Write.Settle}
	}
	return nil
}

func article(noun string) string {
	for _, like := range []string{"use", "usa", "uni", "uti", "uint", "uuid", "url", "eu"} { // which begin as "you" does
		if strings.HasPrefix(strings.ToLower(noun), like) {
			return "a " + noun
		}
	}
	switch noun[0] {
	case 'A', 'E', 'I', 'O', 'U', 'a', 'e', 'i', 'o', 'u':
		return "an " + noun
	}
	return "a " + noun
}

func (w *wrapperPrinter) methodName(m *model.Method) *jen.Statement {
	return jen.Lit(w.Source.Obj().Name() + "." + m.Name)
}

// method begins a method of the wrapper: func (r *CachedContactRepository) Get.
func (w *wrapperPrinter) method(name string) *jen.Statement {
	return w.file.Func().Params(jen.Id(w.receiver).Op("*").Add(wrapperType(w.Wrapper))).Id(name)
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
	w.file.Commentf("%s is not cached.", m.Name)
	w.method(m.Name).Params(w.params(m, v.params)...).Add(w.resultsExpr(m.Signature.Results())).Block(call)
	w.file.Line()
}

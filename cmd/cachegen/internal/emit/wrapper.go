package emit

import (
	"go/types"
	"strings"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
)

// wrapperPrinter prints one wrapper.
type wrapperPrinter struct {
	*printer
	*model.Wrapper
	receiver string
	named    string // with the receiver's type, in parentheses
	nameless string // the same without its name
	next     string
	fields   map[string]string // by method
	borrowed []borrowed
	members  *scope // fields and methods
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
	w.nameless = "(*" + wrapperType(m) + ") "
	w.named = "(" + w.receiver + " *" + wrapperType(m) + ") "
	w.next, w.fields, w.members = fieldNames(m)
	w.borrow()

	w.imports.locals = nil
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
	fields := []field{{w.next, w.sourceType(w.Wrapper)}}
	for i := range w.Methods {
		m := &w.Methods[i]
		switch {
		case m.Read != nil:
			fields = append(fields, field{w.fields[m.Name], w.readField(m.Read)})
		case m.Write != nil:
			fields = append(fields, field{w.fields[m.Name], "*" + w.runtime("Write")})
		}
	}
	for _, b := range w.borrowed {
		fields = append(fields, field{b.field, w.readField(b.Read)})
	}
	w.declare(w.Name+" caches the answers of "+article(w.Source.Obj().Name())+".",
		"type ", w.Name, w.typeParams(w.Source.TypeParams()), " ", structure(fields))
}

func (w *wrapperPrinter) readField(r *model.Read) string {
	return "*" + w.runtime(readType(r)) + "[" + w.typeExpr(r.Value) + "]"
}

// assertion fails to compile, here and in words, when the interface has changed and the wrapper has not.
func (w *wrapperPrinter) assertion() {
	if !types.IsInterface(w.Source) {
		return
	}
	assert := "var _ " + w.sourceType(w.Wrapper) + " = (*" + wrapperType(w.Wrapper) + ")(nil)"
	if w.Source.TypeParams().Len() > 0 {
		w.function("", []string{assert}, "_", w.typeParams(w.Source.TypeParams()), "()")
	} else {
		w.declare("", assert)
	}
}

func (w *wrapperPrinter) constructor() {
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
	next, cache := taken.free("next"), taken.free("cache")
	receiver := taken.free(w.receiver)

	var fields []field
	for i := range w.Methods {
		m := &w.Methods[i]
		switch {
		case m.Read != nil:
			fields = append(fields, field{w.fields[m.Name], w.newRead(w.Source, m.Name, m.Read, cache, receiver)})
		case m.Write != nil:
			fields = append(fields, field{w.fields[m.Name], w.newWrite(m, cache)})
		}
	}
	for _, b := range w.borrowed {
		fields = append(fields, field{b.field, w.newRead(b.Reader, b.Method, b.Read, cache, receiver)})
	}
	name := model.ConstructorName(w.Source.Obj().Name())
	comment := name + " returns " + article(w.Name) + " that answers from " + cache + ", and asks " + next + " for what is not there."
	if len(fields) == 0 {
		cache = "_"
		comment = name + " returns " + article(w.Name) + " in front of next. No method of it is cached."
	}
	w.function(comment, w.construct(next, receiver, fields), name, w.typeParams(w.Source.TypeParams()),
		"(", next, " ", w.sourceType(w.Wrapper), ", ", cache, " *", w.runtime("Cache"), ") *", wrapperType(w.Wrapper))
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
func (w *wrapperPrinter) construct(next, receiver string, fields []field) []string {
	wrapper := "&" + wrapperType(w.Wrapper)
	body := w.checkKeys()
	if len(w.clones.queue)+len(w.codecs.queue) == 0 {
		return append(body, "return "+literal(wrapper, append([]field{{w.next, next}}, fields...)))
	}
	body = append(body, receiver+" := "+wrapper+"{"+w.next+": "+next+"}")
	for _, f := range fields {
		body = append(body, receiver+"."+f.name+" = "+f.value)
	}
	return append(body, "return "+receiver)
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

// article is the noun with a or an before it.
func article(noun string) string {
	for _, like := range []string{"use", "usa", "uni", "uti", "uint", "uuid", "url", "eu"} { // which begin as "you" does
		if len(noun) >= len(like) && strings.EqualFold(noun[:len(like)], like) {
			return "a " + noun
		}
	}
	switch noun[0] {
	case 'A', 'E', 'I', 'O', 'U', 'a', 'e', 'i', 'o', 'u':
		return "an " + noun
	}
	return "a " + noun
}

// methodName is "ContactRepository.Get", a literal.
func methodName(repository *types.Named, name string) string {
	return `"` + repository.Obj().Name() + "." + name + `"`
}

// of is a receiver: (r *CachedContactRepository), without a name if that is not used, and a blank.
func (w *wrapperPrinter) of(used bool) string {
	if !used {
		return w.nameless
	}
	return w.named
}

// method appends a method that the source has.
func (w *wrapperPrinter) method(comment string, m *model.Method, v *variables, results string, body []string) {
	w.function(comment, body, w.named, m.Name, "(", w.params(m, v.params), ")", results)
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
		call = "return " + call
	}
	w.method(m.Name+" is not cached.", m, &v, w.resultsExpr(m.Signature.Results()), []string{call})
}

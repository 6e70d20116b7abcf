package emit

import (
	"fmt"
	"go/types"
	"slices"
	"strings"

	"github.com/dave/jennifer/jen"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/clone"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/shape"
)

// read prints, as testdata/gen/contacts.txtar has it,
//
//	func (r *CachedContactRepository) Get(ctx context.Context, id string) (*Contact, error) {
//		var buf runtime.KeyBuffer
//		key := r.get.Key(ctx, &buf).String(id)
//		if v, ok, err := r.get.Lookup(ctx, key); ok {
//			return cloneCachedContactPtr(v.(*Contact)), err
//		}
//		v, err := r.get.Load(ctx, key, func(ctx context.Context) (any, error) {
//			return r.next.Get(ctx, id)
//		})
//		return v.(*Contact), err
//	}
//
// A hit builds its key on the stack and returns before the closure exists.
func (w *wrapperPrinter) read(m *model.Method) {
	v := w.variables(w.receiver, m)
	buf, key := v.taken.free("buf"), v.taken.free("key", "k", "cacheKey")
	a := answer{w: w, m: m, taken: v.taken, value: v.taken.free("v")}
	ok := v.taken.free("ok")
	a.err = v.taken.free("err")

	before, start := w.readKey(m, &v, buf)
	k := &keyBuilder{at: w.home, vars: &v, name: key, start: start}
	body := append(before, k.segments(m.Read.Key).finish()...)

	lookup := jen.List(ids(a.value, ok, a.err)...).Op(":=").
		Add(w.cached(m, &v)).Dot("Lookup").Call(w.contextArg(m, &v), jen.Id(key))
	found := jen.Id(ok)
	if !a.fails() {
		found.Op("&&").Add(isNil(jen.Id(a.err)))
	}
	body = append(body, jen.If(lookup, found).Block(a.give(a.copied())...))

	copies, inner := w.copyArgs(m, v)
	body = append(body, copies...)
	body = append(body, a.finish(w.load(m, &v, &inner, a, key), w.inner(m, &v))...)
	w.declare(w.readComment(m, &v), w.method(m.Name).Add(w.signature(m, &v)).Block(body...))
}

// load is
//
//	r.get.Load(ctx, key, func(ctx context.Context) (any, error) {...})
//
// where inner are the variables that the function captures.
func (w *wrapperPrinter) load(m *model.Method, v, inner *variables, a answer, key string) *jen.Statement {
	args := []jen.Code{w.contextArg(m, v), jen.Id(key)}
	load := jen.Func().Params(w.loadParam(m, v)).Params(w.any(), jen.Error()).Block(a.load(w.inner(m, inner))...)
	if len(m.Read.Tags) > 0 {
		ofArgs, ofResult := w.tagFuncs(m, *inner)
		return w.cached(m, v).Dot("LoadTagged").Call(append(args, ofArgs, ofResult, load)...)
	}
	return w.cached(m, v).Dot("Load").Call(append(args, load)...)
}

// cached is the field of a read or write: r.get.
func (w *wrapperPrinter) cached(m *model.Method, v *variables) *jen.Statement {
	return jen.Id(v.receiver).Dot(w.fields[m.Name])
}

// loadParam is the parameter of a function that loads: ctx context.Context, or the type alone if
// the method has no context to hide.
func (w *wrapperPrinter) loadParam(m *model.Method, v *variables) *jen.Statement {
	if i := contextParam(m.Signature); i >= 0 {
		return jen.Id(v.params[i]).Add(w.std("context", "Context"))
	}
	return w.std("context", "Context")
}

// maxCaptured is the size up to which the compiler's closures capture a variable by value.
const maxCaptured = 128

// copyArgs gives the load its own copies of parameters. The caller may give up and change what it
// has passed: then the load would read one thing, and store it for another. Large parameters are
// captured by reference, which would put them on the heap at the start of the method, even for a
// hit.
func (w *wrapperPrinter) copyArgs(m *model.Method, v variables) (copies []jen.Code, inner variables) {
	params := slices.Clone(v.params)
	var owned, large []jen.Code
	for i, n := range v.params {
		t := m.Signature.Params().At(i).Type()
		switch {
		case slices.Contains(m.Read.Own, i):
			params[i] = v.taken.free(n + "Copy")
			owned = append(owned, jen.Id(params[i]).Op(":=").Add(w.ownCopy(t, jen.Id(n))))
		case w.isLarge(t):
			params[i] = v.taken.free(n + "Copy")
			large = append(large, jen.Id(params[i]).Op(":=").Id(n))
		}
	}
	if owned != nil {
		copies = append(copies, jen.Comment("The caller may give up, and change what it has passed, while the load goes on."))
		copies = append(copies, owned...)
	}
	if large != nil {
		copies = append(copies, jen.Comment("The load has a copy, so that a hit needs nothing on the heap."))
		copies = append(copies, large...)
	}
	v.params = params
	return copies, v
}

// isLarge reports whether a closure captures a variable of the type by reference. Of generic code
// the sizes are not known.
func (w *wrapperPrinter) isLarge(t types.Type) bool {
	return w.Source.TypeParams().Len() == 0 && wordSizes.Sizeof(t) > maxCaptured
}

// ownCopy is a copy of a parameter that refers to something.
func (w *wrapperPrinter) ownCopy(t types.Type, x *jen.Statement) *jen.Statement {
	if shape.Parametric(t) {
		return w.runtime("Own").Call(x)
	}
	plan, refusal := clone.OfKey(t, w.model.View)
	if refusal != nil {
		panic(fmt.Sprintf("emit: a parameter %s%s (%s) %s", t, refusal.Path, refusal.Type, refusal.Reason))
	}
	return (&cloneBody{at: w.home}).copied(t, plan, x)
}

// wordSizes are those of 64-bit systems: output must not depend on the machine.
var wordSizes = types.StdSizes{WordSize: 8, MaxAlign: 8}

// readKey is the expression that a read's key begins with, and the statements before it:
//
//	var buf runtime.KeyBuffer
//	r.get.Key(ctx, &buf)
func (w *wrapperPrinter) readKey(m *model.Method, v *variables, buf string) (before []jen.Code, start *jen.Statement) {
	before = []jen.Code{jen.Var().Id(buf).Add(w.runtime("KeyBuffer"))}
	ctx, buffer := w.contextArg(m, v), addressOf(jen.Id(buf))
	t, ok := m.Read.Tenant.(model.FromValue)
	if !ok {
		return before, w.cached(m, v).Dot("Key").Call(ctx, buffer)
	}
	statements, tenant := w.tenantExpr(&t.Value, v)
	return append(before, statements...), w.cached(m, v).Dot("KeyFor").Call(ctx, tenant, buffer)
}

// readComment is
//
//	Get answers from contact:{id} for 10m, not found for 30s.
func (w *wrapperPrinter) readComment(m *model.Method, v *variables) string {
	r := m.Read
	var s strings.Builder
	s.WriteString(m.Name + " answers from " + r.Prefix)
	for _, seg := range r.Key {
		s.WriteString(":" + seg.Before)
		if seg.Value != nil {
			s.WriteString("{" + v.valueText(seg.Value) + "}" + seg.After)
		}
	}
	switch t := r.Tenant.(type) {
	case model.Global:
		s.WriteString(", shared by all tenants,")
	case model.FromValue:
		s.WriteString(" of tenant {" + v.valueText(&t.Value) + "}")
	}
	s.WriteString(" for " + w.lengthText(r.TTL))
	if r.NotFound.D > 0 {
		s.WriteString(", not found for " + w.lengthText(r.NotFound))
	}
	if r.Jitter > 0 {
		fmt.Fprintf(&s, ", or up to %d%% less", r.Jitter)
	}
	if r.InProcess {
		s.WriteString(", in the process alone")
	}
	if len(r.Tags) > 0 {
		var texts []string
		for _, t := range r.Tags {
			texts = append(texts, t.Text)
		}
		s.WriteString(", and hangs on " + plural(texts))
	}
	s.WriteString(".")
	switch {
	case r.Clone.How == model.Shared:
		s.WriteString(" Callers share what it returns, and must not change it.")
	case r.Clone.Why != "" && !r.NoLocal:
		s.WriteString("\nThe process keeps it encoded, and decodes it for each caller: " + r.Clone.Why + ".")
	}
	return s.String()
}

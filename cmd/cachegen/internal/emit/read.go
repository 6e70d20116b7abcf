package emit

import (
	"fmt"
	"go/types"
	"slices"
	"strings"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/jen"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
)

// newRead prints
//
//	runtime.NewRead(cache, runtime.ReadOptions[*Contact]{
//		Method:  "ContactRepository.Get",
//		Prefix:  "contact",
//		Version: "9f3c2a1b",
//		TTL:     10 * time.Minute,
//		Encode:  r.encodeContactPtr,
//		Decode:  r.decodeContactPtr,
//		Clone:   r.cloneContactPtr,
//	})
func (w *wrapperPrinter) newRead(m *model.Method, cache, receiver string) jen.Code {
	r := m.Read
	options := []jen.Code{
		field("Method", w.methodName(m)),
		field("Prefix", jen.Lit(r.Prefix)),
		field("Version", w.version(r)),
		field("TTL", w.lengthExpr(r.TTL)),
	}
	if r.NotFound.D > 0 {
		options = append(options, field("NotFound", w.lengthExpr(r.NotFound)))
	}
	if _, ok := r.Tenant.(model.Global); ok {
		options = append(options, field("Global", jen.True()))
	}
	if r.Strong {
		options = append(options, field("Strong", jen.True()))
	}
	switch {
	case r.NoLocal:
		options = append(options, field("Local", jen.Lit(-1)))
	case r.Local.D > 0:
		options = append(options, field("Local", w.lengthExpr(r.Local)))
	}
	if r.Batch != nil && r.Batch.Chunk > 0 {
		options = append(options, field("Chunk", jen.Lit(r.Batch.Chunk)))
	}
	if r.Jitter > 0 {
		options = append(options, field("Jitter", jen.Lit(r.Jitter)))
	}
	if r.NoLock {
		options = append(options, field("NoLock", jen.True()))
	}
	if r.Missing != "" {
		options = append(options, field("Missing", w.missing(r)))
	}
	if prefixes := tagPrefixes(r.Tags); len(prefixes) > 0 {
		options = append(options, field("Tags", jen.Index().String().Values(prefixes...)))
	}
	if !r.Codec {
		options = append(options, field("Generic", jen.True()))
	}
	options = append(options, w.codecOptions(r, receiver)...)
	if clone := w.cloneOption(r, receiver); clone != nil {
		options = append(options, field("Clone", clone))
	}
	return w.runtime("New"+readType(r)).Call(jen.Id(cache), w.runtime("ReadOptions").Types(w.typeExpr(r.Value)).Add(multiline(options...)))
}

// read prints, as testdata/gen/contacts.txtar has it,
//
//	func (r *CachedContactRepository) Get(ctx context.Context, id string) (*Contact, error) {
//		var buf runtime.KeyBuffer
//		key := r.get.Key(ctx, &buf).String(id)
//		if v, ok, err := r.get.Lookup(ctx, key); ok {
//			return v, err
//		}
//		return r.get.Load(ctx, key, func(ctx context.Context) (*Contact, error) {
//			return r.next.Get(ctx, id)
//		})
//	}
//
// A hit builds its key on the stack and returns before the closure exists.
func (w *wrapperPrinter) read(m *model.Method) {
	v := w.variables(w.receiver, m)
	buf, key := v.taken.free("buf"), v.taken.free("key", "k", "cacheKey")
	value, ok, err := v.taken.free("v"), v.taken.free("ok"), v.taken.free("err")
	cached := func() *jen.Statement { return jen.Id(v.receiver).Dot(w.fields[m.Name]) }

	tenant, start := w.readKey(m, &v, buf)
	k := &keyBuilder{w: w, vars: &v, name: key, start: start}
	for _, s := range m.Read.Key {
		k.segment(&s)
	}

	loadParam := jen.Null()
	if i := contextParam(m.Signature); i >= 0 {
		loadParam = jen.Id(v.params[i])
	}

	body := []jen.Code{jen.Var().Id(buf).Add(w.runtime("KeyBuffer"))}
	body = append(body, tenant...)
	body = append(body, k.finish()...)
	a := answer{w: w, m: m, value: value, err: err}
	found := jen.Id(ok)
	if !a.fails() {
		found = found.Op("&&").Id(err).Op("==").Nil()
	}
	body = append(body,
		jen.If(
			jen.List(jen.Id(value), jen.Id(ok), jen.Id(err)).Op(":=").Add(cached()).Dot("Lookup").Call(w.contextArg(m, &v), jen.Id(key)),
			found,
		).Block(a.give()),
	)
	copies, inner := w.copyLarge(m, v)
	body = append(body, copies...)
	how, args := "Load", []jen.Code{w.contextArg(m, &v), jen.Id(key)}
	if len(m.Read.Tags) > 0 {
		how, args = "LoadTagged", append(args, w.tagFuncs(m, inner)...)
	}
	load := cached().Dot(how).Call(append(args,
		jen.Func().Params(loadParam.Add(w.std("context", "Context"))).Add(a.loaded()).Block(a.load(w.inner(m, &inner))...),
	)...)
	body = append(body, a.finish(load, w.inner(m, &v))...)
	for line := range strings.Lines(w.readComment(m, &v)) {
		w.file.Comment(strings.TrimSuffix(line, "\n"))
	}
	w.method(m.Name).Params(w.params(m, v.params)...).Add(w.resultsExpr(m.Signature.Results())).Block(body...)
	w.file.Line()
}

// maxCaptured is the size up to which the compiler's closures capture a variable by value.
const maxCaptured = 128

// copyLarge gives the load its own copies of large parameters. A closure captures those by reference, which would put them on the heap at the
// start of the method, even for a hit.
func (w *wrapperPrinter) copyLarge(m *model.Method, v variables) (copies []jen.Code, inner variables) {
	if w.Source.TypeParams().Len() > 0 {
		return nil, v // their sizes are not known
	}
	params := slices.Clone(v.params)
	for i, n := range v.params {
		if wordSizes.Sizeof(m.Signature.Params().At(i).Type()) > maxCaptured {
			params[i] = v.taken.free(n)
			copies = append(copies, jen.Id(params[i]).Op(":=").Id(n))
		}
	}
	if copies != nil {
		copies[0] = jen.Comment("The load has a copy, so that a hit needs nothing on the heap.").Line().Add(copies[0])
	}
	v.params = params
	return copies, v
}

// wordSizes are those of 64-bit systems: output must not depend on the machine.
var wordSizes = types.StdSizes{WordSize: 8, MaxAlign: 8}

// readKey is the expression that a read's key begins with, and the statements before it.
func (w *wrapperPrinter) readKey(m *model.Method, v *variables, buf string) (before []jen.Code, start *jen.Statement) {
	start = jen.Id(v.receiver).Dot(w.fields[m.Name])
	room := jen.Op("&").Id(buf)
	t, ok := m.Read.Tenant.(model.FromValue)
	if !ok {
		return nil, start.Dot("Key").Call(w.contextArg(m, v), room)
	}
	before, tenant := w.tenantExpr(&t.Value, v)
	return before, start.Dot("KeyFor").Call(w.contextArg(m, v), tenant, room)
}

// readComment: Get answers from contact:{id} for 10m, not found for 30s.
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
	if len(r.Tags) > 0 {
		s.WriteString(", and hangs on ")
		var texts []string
		for _, t := range r.Tags {
			texts = append(texts, t.Text)
		}
		s.WriteString(plural(texts))
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

func basicKind(t types.Type) (types.BasicInfo, bool) {
	b, ok := t.Underlying().(*types.Basic)
	if !ok {
		return 0, false
	}
	return b.Info(), true
}

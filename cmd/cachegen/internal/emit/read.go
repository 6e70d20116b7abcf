package emit

import (
	"fmt"
	"go/types"
	"slices"
	"strconv"
	"strings"

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
func (w *wrapperPrinter) newRead(repository *types.Named, method string, r *model.Read, cache, receiver string) string {
	options := []field{
		{"Method", methodName(repository, method)},
		{"Prefix", strconv.Quote(r.Prefix)},
		{"Version", w.version(repository, r)},
		{"TTL", w.lengthExpr(r.TTL)},
	}
	option := func(name, value string) { options = append(options, field{name, value}) }
	if r.NotFound.D > 0 {
		option("NotFound", w.lengthExpr(r.NotFound))
	}
	if _, ok := r.Tenant.(model.Global); ok {
		option("Global", "true")
	}
	if r.Strong {
		option("Strong", "true")
	}
	switch {
	case r.NoLocal:
		option("Local", "-1")
	case r.Local.D > 0:
		option("Local", w.lengthExpr(r.Local))
	}
	if r.Batch != nil && r.Batch.Chunk > 0 {
		option("Chunk", strconv.Itoa(r.Batch.Chunk))
	}
	if r.Jitter > 0 {
		option("Jitter", strconv.Itoa(r.Jitter))
	}
	if r.NoLock {
		option("NoLock", "true")
	}
	if r.Missing != "" {
		option("Missing", w.missing(r))
	}
	if len(r.Tags) > 0 {
		option("Tags", "[]string{"+tagPrefixes(r.Tags)+"}")
	}
	if !r.Codec {
		option("Generic", "true")
	}
	if encode, decode := w.codec(r, receiver); encode != "" {
		option("Encode", encode)
		option("Decode", decode)
	}
	if clone := w.clone(r, receiver); clone != "" {
		option("Clone", clone)
	}
	return call(w.runtime("New"+readType(r)), cache, literal(w.runtime("ReadOptions")+"["+w.typeExpr(r.Value)+"]", options))
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
	a := answer{w: w, m: m, value: v.taken.free("v")}
	ok := v.taken.free("ok")
	a.err = v.taken.free("err")
	cached, ctx := v.receiver+"."+w.fields[m.Name], w.contextArg(m, &v)

	tenant, start := w.readKey(m, &v, buf)
	k := &keyBuilder{w: w, vars: &v, name: key, start: start}
	for i := range m.Read.Key {
		k.segment(&m.Read.Key[i])
	}
	body := append([]string{"var " + buf + " " + w.runtime("KeyBuffer")}, tenant...)
	body = append(body, k.finish()...)

	found := ok
	if !a.fails() {
		found += " && " + a.err + " == nil"
	}
	body = append(body, block("if "+list(a.value, ok, a.err)+" := "+call(cached+".Lookup", ctx, key)+"; "+found, a.give()))

	copies, inner := w.copyLarge(m, v)
	body = append(body, copies...)
	load := block("func("+w.loadParam(m, &v)+") "+a.loaded(), a.load(w.inner(m, &inner))...)
	if len(m.Read.Tags) > 0 {
		args, results := w.tagFuncs(m, inner)
		load = call(cached+".LoadTagged", ctx, key, args, results, load)
	} else {
		load = call(cached+".Load", ctx, key, load)
	}
	body = append(body, a.finish(load, w.inner(m, &v))...)
	w.method(w.readComment(m, &v), m, &v, w.resultsExpr(m.Signature.Results()), body)
}

// loadParam is the parameter of a function that loads: ctx context.Context, or the type alone if the method has no context to hide.
func (w *wrapperPrinter) loadParam(m *model.Method, v *variables) string {
	if i := contextParam(m.Signature); i >= 0 {
		return v.params[i] + " " + w.std("context", "Context")
	}
	return w.std("context", "Context")
}

// maxCaptured is the size up to which the compiler's closures capture a variable by value.
const maxCaptured = 128

// copyLarge gives the load its own copies of large parameters. A closure captures those by reference, which would put them on the heap at the
// start of the method, even for a hit.
func (w *wrapperPrinter) copyLarge(m *model.Method, v variables) (copies []string, inner variables) {
	if w.Source.TypeParams().Len() > 0 {
		return nil, v // their sizes are not known
	}
	params := slices.Clone(v.params)
	for i, n := range v.params {
		if wordSizes.Sizeof(m.Signature.Params().At(i).Type()) > maxCaptured {
			params[i] = v.taken.free(n)
			copies = append(copies, params[i]+" := "+n)
		}
	}
	if copies != nil {
		copies = append([]string{"// The load has a copy, so that a hit needs nothing on the heap."}, copies...)
	}
	v.params = params
	return copies, v
}

// wordSizes are those of 64-bit systems: output must not depend on the machine.
var wordSizes = types.StdSizes{WordSize: 8, MaxAlign: 8}

// readKey is the expression that a read's key begins with, and the statements before it.
func (w *wrapperPrinter) readKey(m *model.Method, v *variables, buf string) (before []string, start string) {
	cached := v.receiver + "." + w.fields[m.Name]
	t, ok := m.Read.Tenant.(model.FromValue)
	if !ok {
		return nil, call(cached+".Key", w.contextArg(m, v), "&"+buf)
	}
	before, tenant := w.tenantExpr(&t.Value, v)
	return before, call(cached+".KeyFor", w.contextArg(m, v), tenant, "&"+buf)
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

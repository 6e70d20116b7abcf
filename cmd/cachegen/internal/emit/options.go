package emit

import (
	"go/types"

	"github.com/dave/jennifer/jen"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
)

// readType is the type of the runtime that a read is.
func readType(r *model.Read) string {
	if r.Batch != nil {
		return "Batch"
	}
	return "Read"
}

// newRead prints
//
//	runtime.NewRead(cache, runtime.ReadOptions[*Contact]{
//		Method:  "ContactRepository.Get",
//		Prefix:  "contact",
//		Version: "9f3c2a1b",
//		TTL:     10 * time.Minute,
//		Encode:  encodeCachedContactPtr,
//		Decode:  decodeCachedContactPtr,
//		Clone:   cloneCachedContactPtr,
//	})
func (w *wrapperPrinter) newRead(repository *types.Named, method string, r *model.Read, cache string) *jen.Statement {
	options := []field{
		{"Method", methodName(repository, method)},
		{"Prefix", jen.Lit(r.Prefix)},
		{"Version", w.version(repository, r)},
		{"TTL", w.lengthExpr(r.TTL)},
	}
	option := func(name string, value jen.Code) { options = append(options, field{name, value}) }
	if r.NotFound.D > 0 {
		option("NotFound", w.lengthExpr(r.NotFound))
	}
	if _, ok := r.Tenant.(model.Global); ok {
		option("Global", jen.True())
	}
	if r.Strong {
		option("Strong", jen.True())
	}
	switch {
	case r.NoLocal:
		option("Local", jen.Lit(-1))
	case r.Local.D > 0:
		option("Local", w.lengthExpr(r.Local))
	}
	if r.Batch != nil && r.Batch.Chunk > 0 {
		option("Chunk", jen.Lit(r.Batch.Chunk))
	}
	if r.Jitter > 0 {
		option("Jitter", jen.Lit(r.Jitter))
	}
	if r.NoLock {
		option("NoLock", jen.True())
	}
	if r.Missing != "" {
		option("Missing", w.missing(r))
	}
	if len(r.Tags) > 0 {
		option("Tags", jen.Index().String().Values(tagPrefixes(r.Tags)...))
	}
	if !r.Codec {
		option("Generic", jen.True())
	}
	if encode, decode := w.codec(r); encode != nil {
		option("Encode", encode)
		option("Decode", decode)
	}
	if clone := w.clone(r); clone != nil {
		option("Clone", clone)
	}
	typ := w.runtime("ReadOptions").Types(w.typeExpr(r.Value))
	return w.runtime("New"+readType(r)).Call(jen.Id(cache), literal(typ, options))
}

// newWrite prints
//
//	runtime.NewWrite(cache, runtime.WriteOptions{Method: "ContactRepository.Update"})
func (w *wrapperPrinter) newWrite(m *model.Method, cache string) *jen.Statement {
	options := []jen.Code{jen.Id("Method").Op(":").Add(methodName(w.Source, m.Name))}
	if m.Write.Settle.D > 0 {
		options = append(options, jen.Id("Settle").Op(":").Add(w.lengthExpr(m.Write.Settle)))
	}
	return w.runtime("NewWrite").Call(jen.Id(cache), w.runtime("WriteOptions").Values(options...))
}

// missing prints func(v contactRepositoryFindResults) bool { return !v.Found }.
func (w *wrapperPrinter) missing(r *model.Read) *jen.Statement {
	v := w.imports.taken.inner().free("v", "x")
	field := jen.Id(v).Dot(r.Missing)
	says := isNil(field)
	if info, ok := basicKind(fieldType(r.Value, r.Missing)); ok && info&types.IsBoolean != 0 {
		says = jen.Op("!").Add(field)
	}
	body := jen.Custom(jen.Options{Open: "{", Close: "}"}, jen.Return(says)) // on one line
	return jen.Func().Params(jen.Id(v).Add(w.typeExpr(r.Value))).Bool().Add(body)
}

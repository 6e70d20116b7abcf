package emit

import (
	"go/types"

	"github.com/dave/jennifer/jen"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
)

// newRead prints
//
//	runtime.NewRead(cache, runtime.ReadOptions{
//		Method: "example.com/crm/store.ContactRepository.Get", Prefix: "contact", Version: "9f3c2a1b", Result: cachedContactPtr,
//		TTL: 10 * time.Minute, NotFound: 30 * time.Second,
//	})
func (w *wrapperPrinter) newRead(repository *types.Named, method string, r *model.Read, cache string) *jen.Statement {
	identity := []field{
		{"Method", methodName(repository, method)},
		{"Prefix", jen.Lit(r.Prefix)},
		{"Version", w.version(repository, r)},
		{"Result", w.result(r)},
	}
	options := []field{{"TTL", w.lengthExpr(r.TTL)}}
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
	if r.InProcess {
		option("InProcess", jen.True())
	}
	if r.Clone.How == model.Shared {
		option("Shared", jen.True())
	}
	if r.Missing != "" {
		option("Missing", w.missing(r))
	}
	if len(r.Tags) > 0 {
		option("Tags", jen.Index().String().Values(tagPrefixes(r.Tags)...))
	}
	if !r.Codec && !r.InProcess {
		option("Generic", jen.True())
	}
	constructor := "NewRead"
	if r.Batch != nil {
		constructor = "NewBatch"
	}
	return w.runtime(constructor).Call(jen.Id(cache), literal(w.runtime("ReadOptions"), identity, options))
}

// newWrite prints
//
//	runtime.NewWrite(cache, runtime.WriteOptions{Method: "ContactRepository.Update"})
func (w *wrapperPrinter) newWrite(m *model.Method, cache string) *jen.Statement {
	options := []jen.Code{jen.Id("Method").Op(":").Add(methodName(w.Source, m.Name))}
	if m.Write.Fence {
		options = append(options, jen.Id("Fence").Op(":").True())
	}
	if m.Write.Settle.D > 0 {
		options = append(options, jen.Id("Settle").Op(":").Add(w.lengthExpr(m.Write.Settle)))
	}
	return w.runtime("NewWrite").Call(jen.Id(cache), w.runtime("WriteOptions").Values(options...))
}

// missing prints func(v any) bool { return !v.(contactRepositoryFindResults).Found }.
func (w *wrapperPrinter) missing(r *model.Read) *jen.Statement {
	v := w.imports.taken.inner().free("v", "x")
	field := jen.Id(v).Assert(w.typeExpr(r.Value)).Dot(r.Missing)
	says := isNil(field)
	if info, ok := basicKind(fieldType(r.Value, r.Missing)); ok && info&types.IsBoolean != 0 {
		says = jen.Op("!").Add(field)
	}
	body := jen.Custom(jen.Options{Open: "{", Close: "}"}, jen.Return(says)) // on one line
	return jen.Func().Params(jen.Id(v).Add(w.any())).Bool().Add(body)
}

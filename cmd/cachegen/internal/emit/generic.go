package emit

import (
	"go/types"
	"slices"

	"github.com/dave/jennifer/jen"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/keytype"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
)

// version is the version of a read: "9f3c2a1b", or runtime.VersionFor[func(K, V)]("9f3c2a1b"),
// which differs between instances.
func (w *wrapperPrinter) version(repository *types.Named, r *model.Read) *jen.Statement {
	params := repository.TypeParams()
	if params.Len() == 0 {
		return jen.Lit(r.Version)
	}
	var args []types.Type
	for t := range params.TypeParams() {
		args = append(args, t)
	}
	return w.runtime("VersionFor").Types(w.funcOf(args, nil)).Call(jen.Lit(r.Version))
}

// checkKeys prints, as testdata/gen/generics.txtar has it,
//
//	runtime.CheckKeys[func(K) []K]("Repository")
//
// What a key is made of is known, and has to be right, when there are type arguments.
func (w *wrapperPrinter) checkKeys() []jen.Code {
	if w.Source.TypeParams().Len() == 0 {
		return nil
	}
	var bare, made []types.Type
	for _, s := range w.keySegments() {
		if s.Value == nil {
			continue
		}
		e, _ := keytype.Of(s.Value.Type, w.model.View)
		p, ok := e.(keytype.Param)
		list := &made
		if p.Bare {
			list = &bare
		}
		if ok && !slices.ContainsFunc(*list, func(t types.Type) bool { return types.Identical(t, p.Type) }) {
			*list = append(*list, p.Type)
		}
	}
	if len(bare)+len(made) == 0 {
		return nil
	}
	check := w.runtime("CheckKeys").Types(w.funcOf(bare, made))
	return []jen.Code{check.Call(jen.Lit(w.Source.Obj().Name()))}
}

// keySegments are the segments of all keys and patterns.
func (w *wrapperPrinter) keySegments() (list []model.Segment) {
	for i := range w.Methods {
		if r := w.Methods[i].Read; r != nil {
			list = append(list, r.Key...)
		}
		if write := w.Methods[i].Write; write != nil {
			for _, inv := range write.Invalidations {
				list = append(list, inv.Segments...)
			}
		}
	}
	return list
}

// funcOf is the type of a func, which stands for two lists of types.
func (w *wrapperPrinter) funcOf(params, results []types.Type) *jen.Statement {
	tuple := func(list []types.Type) *types.Tuple {
		var vars []*types.Var
		for _, t := range list {
			vars = append(vars, types.NewParam(0, nil, "", t))
		}
		return types.NewTuple(vars...)
	}
	return w.typeExpr(types.NewSignatureType(nil, nil, nil, tuple(params), tuple(results), false))
}

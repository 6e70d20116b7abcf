package emit

import (
	"go/types"
	"slices"
	"strconv"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/keytype"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
)

// version is the version of a read: "9f3c2a1b", or runtime.VersionFor[func(K, V)]("9f3c2a1b"), which tells instances apart.
func (w *wrapperPrinter) version(repository *types.Named, r *model.Read) string {
	params := repository.TypeParams()
	if params.Len() == 0 {
		return strconv.Quote(r.Version)
	}
	args := make([]types.Type, 0, params.Len())
	for t := range params.TypeParams() {
		args = append(args, t)
	}
	return call(w.runtime("VersionFor")+"["+w.funcOf(args, nil)+"]", strconv.Quote(r.Version))
}

// checkKeys prints runtime.CheckKeys[func(K) []K]("Repository"): what a key is made of is known, and has to be right, when there are type arguments.
func (w *wrapperPrinter) checkKeys() []string {
	if w.Source.TypeParams().Len() == 0 {
		return nil
	}
	var bare, made []types.Type
	add := func(segments []model.Segment) {
		for _, s := range segments {
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
	}
	for i := range w.Methods {
		if r := w.Methods[i].Read; r != nil {
			add(r.Key)
		}
		if write := w.Methods[i].Write; write != nil {
			for _, inv := range write.Invalidations {
				add(inv.Segments)
			}
		}
	}
	if len(bare)+len(made) == 0 {
		return nil
	}
	return []string{call(w.runtime("CheckKeys")+"["+w.funcOf(bare, made)+"]", strconv.Quote(w.Source.Obj().Name()))}
}

// funcOf is the type of a func, which stands for two lists of types.
func (w *wrapperPrinter) funcOf(params, results []types.Type) string {
	tuple := func(list []types.Type) *types.Tuple {
		var vars []*types.Var
		for _, t := range list {
			vars = append(vars, types.NewParam(0, nil, "", t))
		}
		return types.NewTuple(vars...)
	}
	return w.typeExpr(types.NewSignatureType(nil, nil, nil, tuple(params), tuple(results), false))
}

package emit

import (
	"fmt"
	"go/types"

	"github.com/dave/jennifer/jen"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/clone"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/codec"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/shape"
)

// result is the runtime.Result of a read: cachedContactPtr, a variable that all reads of the type
// have in common; or in a generic wrapper, and of what has no encoding, an expression that makes
// it.
func (w *wrapperPrinter) result(r *model.Read) *jen.Statement {
	w.view = r.View
	defer func() { w.view = nil }()
	if r.InProcess || shape.Parametric(r.Value) || !w.alwaysBuilt() {
		return w.makeResult(r)
	}
	k := resultOf
	if r.Clone.How == model.Shared {
		k = sharedResult
	}
	f := w.helper(k, r.Value, func(h *home, f *helper) {
		h.file.Add(jen.Var().Id(f.name).Op("=").Add((&wrapperPrinter{home: h}).makeResult(r)))
	})
	return jen.Id(f.name)
}

// makeResult is
//
//	runtime.ResultOf(encodeCachedDigest, decodeCachedDigest, cloneCachedDigest)
//	runtime.ResultOfPtr(writeCachedContact, readCachedContact, cloneCachedContactPtr)
func (w *wrapperPrinter) makeResult(r *model.Read) *jen.Statement {
	if !r.Codec || r.InProcess { // nothing else says the type
		return w.runtime("ResultOf").Types(w.typeExpr(r.Value)).Call(jen.Nil(), jen.Nil(), w.clone(r))
	}
	plan := w.codecPlan(r)
	if part, constructor := w.pointers(r.Value, plan); part != nil {
		return w.runtime(constructor).Call(w.call(part, part.name), w.call(part, part.back), w.clone(r))
	}
	encode, decode := w.codec(r.Value, plan)
	return w.runtime("ResultOf").Call(encode, decode, w.clone(r))
}

// pointers is the helper for what a result points to, or a slice of pointers, and the function that
// does the rest; nil for other results.
func (h *home) pointers(t types.Type, p codec.Plan) (part *helper, constructor string) {
	constructor = "ResultOfPtr"
	if _, named := types.Unalias(t).(*types.Named); named {
		return nil, ""
	}
	if slice, ok := p.(*codec.Slice); ok {
		constructor = "ResultOfPtrs"
		t, p = elemOf(t), slice.Elem
	}
	pointer, ok := p.(*codec.Pointer)
	if _, named := types.Unalias(t).(*types.Named); !ok || named {
		return nil, ""
	}
	return (&codecBody{at: h}).part(elemOf(t), pointer.Elem), constructor
}

// clonePlan says how the results of a read are copied; nil if they are not.
func (w *wrapperPrinter) clonePlan(r *model.Read) clone.Plan {
	if r.Clone.How == model.Encoded || r.Clone.How == model.Shared {
		return nil
	}
	plan, refusal := clone.Of(r.Value, w.model.View)
	if refusal != nil {
		panic(fmt.Sprintf("emit: %s%s (%s) %s", r.Value, refusal.Path, refusal.Type, refusal.Reason))
	}
	return plan
}

// copied is a copy of v, or v if that needs none.
func (w *wrapperPrinter) copied(r *model.Read, v *jen.Statement) *jen.Statement {
	plan := w.clonePlan(r)
	if plan == nil || plan == (clone.Same{}) {
		return v
	}
	if pkg := shallow(plan); pkg != "" {
		return w.std(pkg, "Clone").Call(v)
	}
	return w.cloneHelper(r.Value, plan).Call(v)
}

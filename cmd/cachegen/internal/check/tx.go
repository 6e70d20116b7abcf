package check

import (
	"go/token"
	"go/types"
	"slices"

	"github.com/cachegen/cachegen/annotations"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/rule"
)

var (
	ruleTxResult = rule.New("tx-result",
		"%s neither returns %s nor calls a function with it, so there is nothing to wrap; tx is for "+
			"methods that hand out the repository itself")
	ruleTxOther = rule.New("tx-other",
		"%s hands out %s, which the wrapper of %s is not; let it hand out %[4]s")
	ruleTxFunc = rule.New("tx-func",
		"%s cannot be wrapped; a method that calls a function with %s takes one such function, and "+
			"returns an error and nothing else")
	ruleTxBeside = rule.New("tx-beside",
		"%q has no effect beside tx, because %s is neither a read nor a write; remove it")
	ruleUnwrapped = rule.NewWarning("unwrapped",
		"%s hands out %s without a cache, so what is written through it makes nothing stale; %s")
)

// tx fills in a method that hands out the repository itself: as results, or as arguments of a
// function that it takes.
func (c *checker) tx(m *method, out *model.Method) {
	o, _ := m.options.own.Find(annotations.Tx)
	at := m.options.own.at(o.Span)
	for _, other := range m.options.own.Options {
		if spec, ok := annotations.Lookup(other.Name); ok && spec.On != annotations.Writes { // those conflict
			c.report(m.options.own.at(other.Span), ruleTxBeside, string(other.Name), m.name())
		}
	}
	r := repositoryOf(m.decl)
	h := r.handedOutBy(m.sig)
	switch {
	case h.tx != nil:
		out.Tx = h.tx
		out.Signature = r.wrapped(out.Signature, h.tx)
	case c.adopting: // the repository that declares the method hands out itself; unwrapped warns
	case h.badFunc:
		c.report(at, ruleTxFunc, m.name(), c.typeName(r.source))
	case h.other != nil:
		c.report(at, ruleTxOther, m.name(), c.typeName(h.other), m.decl.Name, c.typeName(r.source))
	default:
		c.report(at, ruleTxResult, m.name(), c.typeName(r.source))
	}
}

// repository is an annotated type, as methods of its own speak of it.
type repository struct {
	named    *types.Named
	self     types.Type // with its type parameters as arguments
	source   types.Type // what it is called in signatures: an interface, or a pointer
	contract *types.Interface
}

func repositoryOf(decl *model.TypeDecl) *repository {
	named := decl.Object.Type().(*types.Named)
	r := &repository{named: named, self: own(named)}
	r.contract, _ = r.self.Underlying().(*types.Interface)
	if r.source = r.self; r.contract == nil {
		r.source = types.NewPointer(r.self)
	}
	return r
}

// is reports whether a type is that of the repository, so that its wrapper can stand in for it.
// Value says that it is one which is no interface, and not a pointer to one.
func (r *repository) is(t types.Type) (value, ok bool) {
	if r.contract == nil {
		value = types.Identical(t, r.self)
		return value, value || types.Identical(t, r.source)
	}
	other, ok := interfaceOf(t)
	return false, ok && types.Implements(t, r.contract) && types.Implements(r.self, other)
}

// gives reports whether a type that is not the repository's gives its writes away: it implements
// the interface, or it is an interface that the repository implements with some of them. Without
// a list of them, any method will do.
func (r *repository) gives(t types.Type, writes []*model.Method) bool {
	if _, param := types.Unalias(t).(*types.TypeParam); param {
		return false
	}
	if r.contract != nil && types.Implements(t, r.contract) {
		return true
	}
	other, ok := interfaceOf(t)
	if !ok || !types.Implements(r.source, other) || r.contract != nil && !r.embeds(t) {
		return false
	}
	if writes == nil {
		return other.NumMethods() > 0
	}
	return slices.ContainsFunc(writes, func(m *model.Method) bool {
		f, _, _ := types.LookupFieldOrMethod(other, false, r.named.Obj().Pkg(), m.Name)
		return f != nil
	})
}

// embeds reports whether the interface embeds a type, however deep.
func (r *repository) embeds(t types.Type) bool {
	var in func(*types.Interface) bool
	in = func(body *types.Interface) bool {
		for e := range body.EmbeddedTypes() {
			if deeper, ok := e.Underlying().(*types.Interface); types.Identical(e, t) || ok && in(deeper) {
				return true
			}
		}
		return false
	}
	return in(r.contract)
}

// interfaceOf is the interface that a type is; type parameters are none.
func interfaceOf(t types.Type) (*types.Interface, bool) {
	if _, param := types.Unalias(t).(*types.TypeParam); param {
		return nil, false
	}
	i, ok := t.Underlying().(*types.Interface)
	return i, ok
}

// handOut is how a method hands out the repository.
type handOut struct {
	tx      *model.Tx  // nil: in no way that can be wrapped
	badFunc bool       // by a function, in a method of a shape that cannot be wrapped
	other   types.Type // as another type, which is an interface or implements that of the repository
}

// handedOutBy is how a method with that signature hands out the repository.
func (r *repository) handedOutBy(sig *types.Signature) handOut { return r.handedOut(sig, nil) }

// handedOut is handedOutBy for a repository with those writes.
func (r *repository) handedOut(sig *types.Signature, writes []*model.Method) handOut {
	tx := &model.Tx{Inner: sig, Func: -1}
	var h handOut
	find := func(list *types.Tuple) (found []model.TxPart) {
		for i := range list.Len() {
			t := list.At(i).Type()
			if value, ok := r.is(t); ok {
				found = append(found, model.TxPart{Index: i, Value: value})
			} else if h.other == nil && r.gives(t, writes) {
				h.other = t
			}
		}
		return found
	}
	tx.Results = find(sig.Results())
	for i := range sig.Params().Len() {
		f, ok := sig.Params().At(i).Type().Underlying().(*types.Signature)
		if !ok {
			continue
		}
		if args := find(f.Params()); len(args) > 0 {
			h.badFunc = h.badFunc || tx.Func >= 0 || f.Variadic()
			tx.Func, tx.Args = i, args
		}
	}
	if tx.Func >= 0 {
		results := sig.Results()
		h.badFunc = h.badFunc || results.Len() != 1 || !isError(results.At(0).Type())
	}
	if !h.badFunc && (len(tx.Results) > 0 || tx.Func >= 0) {
		h.tx = tx
	}
	return h
}

// wrapped is the signature of the wrapper's method. The wrapper of an interface is one; that of
// another type has a type of its own.
func (r *repository) wrapped(sig *types.Signature, tx *model.Tx) *types.Signature {
	if r.contract != nil {
		return sig
	}
	wrapper := types.NewPointer(r.wrapper())
	with := func(list *types.Tuple, parts []model.TxPart) *types.Tuple {
		vars := slices.Collect(list.Variables())
		for _, p := range parts {
			vars[p.Index] = types.NewParam(token.NoPos, nil, vars[p.Index].Name(), wrapper)
		}
		return types.NewTuple(vars...)
	}
	params := slices.Collect(sig.Params().Variables())
	if tx.Func >= 0 {
		f := params[tx.Func].Type().Underlying().(*types.Signature)
		of := types.NewSignatureType(nil, nil, nil, with(f.Params(), tx.Args), f.Results(), false)
		params[tx.Func] = types.NewParam(token.NoPos, nil, params[tx.Func].Name(), of)
	}
	return types.NewSignatureType(sig.Recv(), nil, nil, types.NewTuple(params...), with(sig.Results(), tx.Results), sig.Variadic())
}

// wrapper is the type of the wrapper, which is not declared yet.
func (r *repository) wrapper() types.Type {
	name := types.NewTypeName(token.NoPos, r.named.Obj().Pkg(), model.WrapperName(r.named.Obj().Name()), nil)
	wrapper := types.NewNamed(name, types.NewStruct(nil, nil), nil)
	var params []*types.TypeParam
	var args []types.Type
	for t := range r.named.TypeParams().TypeParams() {
		params = append(params, types.NewTypeParam(types.NewTypeName(token.NoPos, nil, t.Obj().Name(), nil), types.NewInterfaceType(nil, nil)))
		args = append(args, t)
	}
	if len(params) == 0 {
		return wrapper
	}
	wrapper.SetTypeParams(params)
	instance, err := types.Instantiate(nil, wrapper, args, false)
	if err != nil {
		panic(err)
	}
	return instance
}

// checked is a type that gets a wrapper, and the wrapper's methods.
type checked struct {
	decl    *model.TypeDecl
	methods []model.Method
}

// unwrapped warns of methods without a directive that hand out a repository with writes.
func (c *checker) unwrapped() {
	for _, t := range c.checkedTypes {
		var writes []*model.Method
		for i := range t.methods {
			if t.methods[i].Write != nil {
				writes = append(writes, &t.methods[i])
			}
		}
		if len(writes) > 0 {
			c.unwrappedIn(t, writes)
		}
	}
}

func (c *checker) unwrappedIn(t checked, writes []*model.Method) {
	r := repositoryOf(t.decl)
	var inherited inheritance
	if r.contract != nil {
		inherited = c.inherited(r.contract)
	}
	for i := range t.methods {
		m := &t.methods[i]
		at, declared := NameSpan(t.decl), &model.MethodDecl{}
		if i := slices.IndexFunc(t.decl.Methods, func(d model.MethodDecl) bool { return d.Name == m.Name }); i >= 0 {
			declared = &t.decl.Methods[i]
			at = Span{declared.Pos, declared.Pos.Column + len(declared.Name)}
		}
		h := r.handedOut(m.Signature, writes)
		switch {
		case m.Tx != nil || len(declared.Directives) > 0 || m.Read != nil || m.Write != nil:
		case slices.ContainsFunc(inherited[m.Name], func(d declaration) bool { return (&block{Block: parsed(d.at.Directives)}).flag(annotations.Harmless) }):
		case h.badFunc:
			c.report(at, ruleUnwrapped, m.Name, c.typeName(r.source), "wrap it in the function with "+
				model.ConstructorName(t.decl.Name)+", or add harmless if nothing is written there")
		case h.tx != nil && declared.Generated:
			if !hasTwin(t.methods, m) {
				c.report(at, ruleUnwrapped, m.Name, c.typeName(r.source), "in a file of your own, which no generator "+
					"overwrites, add a method to "+t.decl.Name+" that returns it, with //cache:tx")
			}
		case h.tx != nil:
			c.report(at, ruleUnwrapped, m.Name, c.typeName(r.source), "add //cache:tx to wrap it, or harmless if nothing is written through it")
		case h.other != nil:
			c.report(at, ruleUnwrapped, m.Name, c.typeName(h.other), "let it hand out "+c.typeName(r.source)+
				", and add //cache:tx to wrap that, or harmless if nothing is written through it")
		}
	}
}

// hasTwin reports whether there is a method with tx that takes what another one takes, for callers
// to call in its place.
func hasTwin(methods []model.Method, m *model.Method) bool {
	return slices.ContainsFunc(methods, func(other model.Method) bool {
		return other.Tx != nil && types.Identical(other.Tx.Inner, m.Signature)
	})
}

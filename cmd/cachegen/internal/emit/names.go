package emit

import (
	"fmt"
	"go/token"
	"go/types"
	"maps"
	"path"
	"strings"
	"unicode"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/jen"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
)

// scope is a set of names that are taken.
type scope map[string]bool

func (s scope) take(names ...string) {
	for _, n := range names {
		s[n] = true
	}
}

// free takes and returns the first of the candidates that nothing else is called, else the first one with a digit.
func (s scope) free(candidates ...string) string {
	for _, n := range candidates {
		if !s[n] && !token.IsKeyword(n) && n != "_" {
			s.take(n)
			return n
		}
	}
	for i := 2; ; i++ {
		if n := fmt.Sprint(candidates[0], i); !s[n] {
			s.take(n)
			return n
		}
	}
}

func (s scope) clone() scope { return maps.Clone(s) }

// imports chooses the name of each imported package, at its first use.
type imports struct {
	names  map[string]string // by path
	taken  scope
	params scope // names that an alias of ours had better not have
}

// newImports keeps imports off everything that could hide them: what the package declares, type parameters, and parameters of methods whose
// body needs the package. A parameter called url and a type url.URL get along, as long as only the signature names the type.
func newImports(f *model.File) imports {
	in := imports{names: map[string]string{}, taken: scope{}, params: scope{}}
	in.taken.take(f.Package.Scope().Names()...)
	in.taken.take(types.Universe.Names()...)
	for _, w := range f.Wrappers {
		in.taken.take(w.Name, model.ConstructorName(w.Source.Obj().Name()))
		for t := range w.Source.TypeParams().TypeParams() {
			in.taken.take(t.Obj().Name())
		}
		for _, m := range w.Methods {
			if t := resultsType(&m); t != nil {
				in.taken.take(t.Obj().Name())
			}
			needs := bodyNeeds(&m)
			for x := range m.Signature.Params().Variables() {
				in.params.take(x.Name())
				if needs.packages[x.Name()] {
					in.taken.take(x.Name())
				}
			}
		}
	}
	return in
}

// name returns what the file calls the package, and declares it.
func (in *imports) name(file *jen.File, p, name string) string {
	if n, ok := in.names[p]; ok {
		return n
	}
	n := name
	if in.taken[n] || jen.IsReservedWord(n) {
		avoid := in.taken.clone()
		avoid.take(n)
		for x := range in.params {
			avoid.take(x)
		}
		n = avoid.free(identifier(path.Base(path.Dir(p)))+name, name)
	}
	in.taken.take(n)
	in.names[p] = n
	if n == assumedName(p) {
		file.ImportName(p, n)
	} else {
		file.ImportAlias(p, n)
	}
	return n
}

// assumedName is the package name that a reader expects of an import path: its last element, major versions aside.
func assumedName(p string) string {
	base := path.Base(p)
	if len(base) > 1 && base[0] == 'v' && strings.Trim(base[1:], "0123456789") == "" {
		base = path.Base(path.Dir(p))
	}
	return base
}

// identifier keeps the letters and digits of s: go-redis becomes goredis. It is empty if that is no identifier.
func identifier(s string) string {
	id := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
	if !token.IsIdentifier(id) {
		return ""
	}
	return id
}

// needs are the identifiers that the body of a generated method refers to, beside its own.
type needs struct {
	packages scope // by name
	declared scope // types of the package itself, and predeclared names
}

// bodyNeeds is what parameters must not hide. A delegated method needs nothing: types in its signature are resolved outside.
func bodyNeeds(m *model.Method) needs {
	n := needs{packages: scope{}, declared: scope{}}
	if m.Read == nil && m.Write == nil {
		return n
	}
	n.packages.take("runtime", "context", "strconv")
	n.declared.take("nil", "string", "int64", "uint64", "float32", "float64", "complex128") // what keys are converted to
	if m.Read != nil {
		n.add(m.Signature.Results(), map[types.Type]bool{})
		n.add(m.Read.Value, map[types.Type]bool{})
		if b := m.Read.Batch; b != nil {
			n.add(m.Signature.Params().At(b.Param).Type(), map[types.Type]bool{})
		}
	}
	return n
}

func (n needs) add(t types.Type, seen map[types.Type]bool) {
	if seen[t] {
		return
	}
	seen[t] = true
	object := func(o *types.TypeName, args *types.TypeList) {
		if o.Pkg() != nil {
			n.packages.take(o.Pkg().Name())
		}
		n.declared.take(o.Name())
		for a := range args.Types() {
			n.add(a, seen)
		}
	}
	switch t := t.(type) {
	case *types.Basic:
		n.declared.take(t.Name())
	case *types.Alias:
		object(t.Obj(), t.TypeArgs())
		n.add(types.Unalias(t), seen)
	case *types.Named:
		object(t.Obj(), t.TypeArgs())
	case *types.TypeParam:
		n.declared.take(t.Obj().Name())
	case interface{ Elem() types.Type }:
		if m, ok := t.(*types.Map); ok {
			n.add(m.Key(), seen)
		}
		n.add(t.Elem(), seen)
	case *types.Tuple:
		for x := range t.Variables() {
			n.add(x.Type(), seen)
		}
	case *types.Signature:
		n.add(t.Params(), seen)
		n.add(t.Results(), seen)
	case *types.Struct:
		for f := range t.Fields() {
			n.add(f.Type(), seen)
		}
	case *types.Interface:
		for m := range t.ExplicitMethods() {
			n.add(m.Type(), seen)
		}
		for e := range t.EmbeddedTypes() {
			n.add(e, seen)
		}
	}
}

// variables are the names of one generated method.
type variables struct {
	receiver        string
	params, results []string
	loops           []string // elements of the lists that a tag goes through
	item            string   // of a batch: one of what it splits
	taken           scope
}

// variables keeps the user's parameter and result names, unless the body needs that identifier for something else.
func (p *printer) variables(receiver string, m *model.Method) variables {
	v := variables{receiver: receiver, taken: scope{}}
	v.taken.take(receiver)
	hidden := scope{}
	hidden.take(receiver)
	for t := range typeParamsOf(m.Signature) {
		hidden.take(t)
	}
	if m.Read != nil || m.Write != nil {
		needs := bodyNeeds(m)
		for n := range needs.declared {
			hidden.take(n)
		}
		for n := range needs.packages {
			v.taken.take(n)
		}
		v.taken.take(p.imports.name(p.file, runtimePath, "runtime"))
	}
	for n := range hidden {
		v.taken.take(n)
	}
	ctx := contextParam(m.Signature)
	tuple := func(t *types.Tuple, unnamed func(i int) string) []string {
		names := make([]string, t.Len())
		for i := range names { // the user's first, so that ours give way
			if n := t.At(i).Name(); n != "" && n != "_" && !hidden[n] {
				names[i] = n
				v.taken.take(n)
			}
		}
		for i, n := range names {
			if n == "" {
				wish := t.At(i).Name()
				if wish == "" || wish == "_" {
					wish = unnamed(i)
				}
				names[i] = v.taken.free(wish)
			}
		}
		return names
	}
	v.params = tuple(m.Signature.Params(), func(i int) string {
		if i == ctx {
			return "ctx"
		}
		return fmt.Sprint("p", i)
	})
	if m.Write != nil {
		v.results = tuple(m.Signature.Results(), func(i int) string {
			if isError(m.Signature.Results().At(i).Type()) && i == m.Signature.Results().Len()-1 {
				return "err"
			}
			return fmt.Sprint("r", i)
		})
	}
	return v
}

func typeParamsOf(s *types.Signature) scope {
	names := scope{}
	for t := range s.RecvTypeParams().TypeParams() {
		names.take(t.Obj().Name())
	}
	if s.Recv() == nil {
		return names
	}
	if n, ok := types.Unalias(s.Recv().Type()).(*types.Named); ok {
		for t := range n.TypeParams().TypeParams() {
			names.take(t.Obj().Name())
		}
	}
	return names
}

// receiverName is the same in all methods of a wrapper, and none of their parameters.
func receiverName(w *model.Wrapper) string {
	taken := scope{}
	for t := range w.Source.TypeParams().TypeParams() {
		taken.take(t.Obj().Name())
	}
	for _, m := range w.Methods {
		for x := range m.Signature.Params().Variables() {
			taken.take(x.Name())
		}
		for x := range m.Signature.Results().Variables() {
			taken.take(x.Name())
		}
	}
	return taken.free("r", "c", "w", "cached")
}

// fieldNames names a wrapper's field for each cached or writing method: get for Get, id for ID. Fields and methods share one name space.
func fieldNames(w *model.Wrapper) (next string, fields map[string]string, taken scope) {
	taken = scope{}
	for _, m := range w.Methods {
		taken.take(m.Name)
	}
	next = taken.free("next")
	fields = map[string]string{}
	for _, m := range w.Methods {
		if m.Read != nil || m.Write != nil {
			fields[m.Name] = taken.free(lowerFirst(m.Name))
		}
	}
	return next, fields, taken
}

func lowerFirst(s string) string { return model.Unexported(s) }
func upperFirst(s string) string { return model.Exported(s) }

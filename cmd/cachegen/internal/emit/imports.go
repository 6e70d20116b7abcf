package emit

import (
	"go/token"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
)

// imports chooses the name of each imported package, at its first use.
type imports struct {
	names  map[string]string // by path
	taken  *scope
	params []string // names that an alias of ours had better not have
	locals []string // variables of the helper that is being printed
}

// newImports keeps imports off everything that could hide them: what the package declares, type parameters, and parameters of methods whose
// body needs the package. A parameter called url and a type url.URL get along, as long as only the signature names the type.
func (p *printer) newImports() imports {
	in := imports{names: make(map[string]string), taken: &scope{declared: p.model.Package.Scope()}}
	for i := range p.model.Wrappers {
		w := &p.model.Wrappers[i]
		in.taken.take(w.Name, model.ConstructorName(w.Source.Obj().Name()))
		for t := range w.Source.TypeParams().TypeParams() {
			in.taken.take(t.Obj().Name())
		}
		for j := range w.Methods {
			m := &w.Methods[j]
			if t := resultsType(m); t != nil {
				in.taken.take(t.Obj().Name())
			}
			needs := p.bodyNeeds(m)
			for x := range m.Signature.Params().Variables() {
				if n := x.Name(); !slices.Contains(in.params, n) {
					in.params = append(in.params, n)
				}
				if needs.packages.has(x.Name()) {
					in.taken.take(x.Name())
				}
			}
		}
	}
	return in
}

// name returns what the file calls the package, and imports it.
func (in *imports) name(p, name string) string {
	if n, ok := in.names[p]; ok {
		return n
	}
	n := name
	if in.taken.has(n) || slices.Contains(in.locals, n) || token.IsKeyword(n) {
		avoid := in.taken.inner()
		avoid.take(n)
		avoid.take(in.params...)
		avoid.take(in.locals...)
		n = avoid.free(identifier(path.Base(path.Dir(p)))+name, name)
	}
	in.taken.take(n)
	in.names[p] = n
	return n
}

// helper is the scope of a helper's body: variables keep off all that the file can name, and what is imported later keeps off them.
func (in *imports) helper(receiver string) *scope {
	in.locals = in.locals[:0]
	s := &scope{around: in.taken, locals: &in.locals}
	s.take(receiver)
	return s
}

// append prints the imports, those of the standard library first, as people do.
func (in *imports) append(to []byte) []byte {
	var groups [2][]string
	for p := range in.names {
		g := 0
		if first, _, _ := strings.Cut(p, "/"); strings.Contains(first, ".") {
			g = 1
		}
		groups[g] = append(groups[g], p)
	}
	spec := func(p string) {
		if n := in.names[p]; n != assumedName(p) {
			to = append(append(to, n...), ' ')
		}
		to = append(strconv.AppendQuote(to, p), '\n')
	}
	switch len(in.names) {
	case 0:
		return to
	case 1:
		to = append(to, "\nimport "...)
		spec(append(groups[0], groups[1]...)[0])
		return to
	}
	to = append(to, "\nimport (\n"...)
	for i, g := range groups {
		if i > 0 && len(g) > 0 && len(groups[0]) > 0 {
			to = append(to, '\n')
		}
		slices.Sort(g)
		for _, p := range g {
			to = append(to, '\t')
			spec(p)
		}
	}
	return append(to, ")\n"...)
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

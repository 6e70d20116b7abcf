package emit

import (
	"bytes"
	"go/token"
	"path"
	"slices"
	"strings"
	"unicode"

	"github.com/dave/jennifer/jen"
)

// imports chooses the name of each imported package, at its first use, and tells jennifer.
type imports struct {
	file   *jen.File
	pkg    *packageNames
	names  map[string]string // by path
	taken  *scope
	params []string // names that an alias of ours had better not have
	locals []string // variables of the helper that is being printed
}

// newImports keeps imports off everything that could hide them: what the package declares, type
// parameters, and parameters of methods whose body needs the package. A parameter called url and a
// type url.URL get along, as long as only the signature names the type.
func (p *printer) newImports(pkg *packageNames) imports {
	in := imports{file: p.file, pkg: pkg, names: make(map[string]string), taken: pkg.declared.inner()}
	for i := range p.model.Wrappers {
		w := &p.model.Wrappers[i]
		for t := range w.Source.TypeParams().TypeParams() {
			in.taken.take(t.Obj().Name())
		}
		for j := range w.Methods {
			m := &w.Methods[j]
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
	if in.taken.has(n) || slices.Contains(in.locals, n) || jen.IsReservedWord(n) {
		avoid := in.taken.inner()
		avoid.take(n)
		avoid.take(in.params...)
		avoid.take(in.locals...)
		n = avoid.free(identifier(path.Base(path.Dir(p)))+name, name)
	}
	in.taken.take(n)
	in.pkg.hidden.take(n)
	in.names[p] = n
	if n == assumedName(p) {
		in.file.ImportName(p, n)
	} else {
		in.file.ImportAlias(p, n)
	}
	return n
}

// helper is the scope of a helper's body: variables keep off all that the file can name, and what
// is imported later keeps off them.
func (in *imports) helper(receiver string) *scope {
	in.locals = in.locals[:0]
	s := &scope{around: in.taken, locals: &in.locals}
	s.take(receiver)
	return s
}

// groupImports puts the standard library first, as people do. jennifer sorts all paths into one
// group, one to a line.
func groupImports(source []byte) []byte {
	const open, shut = "\nimport (\n", "\n)\n"
	before, rest, found := bytes.Cut(source, []byte(open))
	if !found {
		return source
	}
	list, after, _ := bytes.Cut(rest, []byte(shut))
	var std, others []string
	for spec := range strings.SplitSeq(string(list), "\n") {
		if isStd(spec[strings.IndexByte(spec, '"')+1:]) {
			std = append(std, spec)
		} else {
			others = append(others, spec)
		}
	}
	if len(std) > 0 && len(others) > 0 {
		std = append(std, "")
	}
	specs := strings.Join(append(std, others...), "\n")
	return slices.Concat(before, []byte(open), []byte(specs), []byte(shut), after)
}

// isStd reports whether an import path is of the standard library: its first element has no dot.
func isStd(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return !strings.Contains(first, ".")
}

// assumedName is the package name that a reader expects of an import path: its last element, major
// versions aside.
func assumedName(p string) string {
	base := path.Base(p)
	if len(base) > 1 && base[0] == 'v' && strings.Trim(base[1:], "0123456789") == "" {
		base = path.Base(path.Dir(p))
	}
	return base
}

// identifier keeps the letters and digits of s: go-redis becomes goredis. It is empty if that is no
// identifier.
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

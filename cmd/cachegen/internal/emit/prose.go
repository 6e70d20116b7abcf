package emit

import (
	"go/types"
	"strings"
)

// qualText is what a package declares, as comments of this file name it.
func (p *printer) qualText(pkg *types.Package, name string) string {
	if q := p.qualifier(pkg); q != "" {
		return q + "." + name
	}
	return name
}

// qualifier is what this file calls a package; empty for its own.
func (p *printer) qualifier(pkg *types.Package) string {
	if pkg.Path() == p.model.Package.Path() {
		return ""
	}
	return p.imports.name(pkg.Path(), pkg.Name())
}

// describe is a type as comments have it, on one line.
func (p *printer) describe(t types.Type) string {
	if _, ok := types.Unalias(t).(*types.Struct); ok {
		return "struct"
	}
	return types.TypeString(t, p.qualifier)
}

// plural joins words the way a sentence does: a, b and c.
func plural(words []string) string {
	n := len(words)
	if n < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:n-1], ", ") + " and " + words[n-1]
}

// article is the noun with a or an before it.
func article(noun string) string {
	// These begin as "you" does.
	for _, like := range []string{"use", "usa", "uni", "uti", "uint", "uuid", "url", "eu"} {
		if len(noun) >= len(like) && strings.EqualFold(noun[:len(like)], like) {
			return "a " + noun
		}
	}
	switch noun[0] {
	case 'A', 'E', 'I', 'O', 'U', 'a', 'e', 'i', 'o', 'u':
		return "an " + noun
	}
	return "a " + noun
}

// typeName is a type in one word: Filter, StringSlice, FilterPtrSlice, StringIntMap.
func typeName(t types.Type) string {
	switch t := types.Unalias(t).(type) {
	case *types.Named:
		n := upperFirst(t.Obj().Name())
		for a := range t.TypeArgs().Types() {
			n += typeName(a)
		}
		return n
	case *types.Basic:
		return upperFirst(t.Name())
	case *types.Pointer:
		return typeName(t.Elem()) + "Ptr"
	case *types.Slice:
		return typeName(t.Elem()) + "Slice"
	case *types.Array:
		return typeName(t.Elem()) + "Array"
	case *types.Map:
		return typeName(t.Key()) + typeName(t.Elem()) + "Map"
	}
	return "Struct"
}

package check

import (
	"go/token"
	"go/types"
	"strings"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/codec"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/rule"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/shape"
)

var ruleResult = rule.New("result", "%s returns %s, which cannot be cached%s")

// result reports a result that the codec would lose a part of. Generated says which codec:
// generated code, or reflection.
func (c *checker) result(m *method, t types.Type, generated bool) {
	view := m.view
	if !generated {
		view = view.Reflection()
	}
	_, first := codec.Of(t, view)
	if first == nil {
		return
	}
	m.json.unsure()
	c.reportLost(m, t, first, c.orInProcess(m, t))
	for _, r := range c.allLost(t, "", view) {
		if r.Path != first.Path {
			c.reportLost(m, t, r, "")
		}
	}
}

// allLost returns what the codec would lose of the package's own structs in a value, one part for
// each field. It skips structs of other packages, whose fields the user cannot change. It looks
// into each struct once; a second result with that struct names the first part only.
func (c *checker) allLost(t types.Type, path string, view *shape.View) []*codec.Refusal {
	owner, to := StructIn(t)
	if owner == nil || owner.Obj().Pkg() != c.pkg.Types || c.explained[owner] {
		return nil
	}
	c.explained[owner] = true
	if _, r := codec.Of(owner, view); r == nil || r.Path == "" { // its fields do not matter
		return nil
	}
	path += to
	var list []*codec.Refusal
	for f := range owner.Underlying().(*types.Struct).Fields() {
		if f.Name() == "_" {
			continue
		}
		name := types.NewTypeName(token.NoPos, c.pkg.Types, owner.Obj().Name(), nil)
		alone := types.NewNamed(name, types.NewStruct([]*types.Var{f}, nil), nil)
		_, r := codec.Of(alone, view)
		if r == nil {
			continue
		}
		if inner, _ := StructIn(f.Type()); inner != nil && inner.Obj().Pkg() == c.pkg.Types {
			if _, r := codec.Of(inner, view); r != nil {
				list = append(list, c.allLost(f.Type(), path+"."+f.Name(), view)...)
				continue
			}
		}
		list = append(list, &codec.Refusal{Path: path + r.Path, Type: r.Type, Reason: r.Reason, Remedy: r.Remedy, Within: r.Within})
	}
	return list
}

// StructIn is the named struct that a value is, points to or is a collection of, with the path to
// it; nil if there is none.
func StructIn(t types.Type) (owner *types.Named, path string) {
	in, path := innermost(t)
	if n, ok := types.Unalias(in).(*types.Named); ok {
		if _, ok := n.Underlying().(*types.Struct); ok {
			return n, path
		}
	}
	return nil, ""
}

// innermost goes through pointers and collections to what they hold in the end, and returns the
// path to it.
func innermost(t types.Type) (in types.Type, path string) {
	for range 32 { // type Tree []Tree holds nothing in the end
		elem, ok := shape.Element(t)
		if !ok {
			break
		}
		t, path = elem, path+elementStep(t)
	}
	return t, path
}

// elementStep is what a path has for the way from a value to its element: nothing for a pointer.
func elementStep(t types.Type) string {
	if _, pointer := t.Underlying().(*types.Pointer); pointer {
		return ""
	}
	return "[]"
}

func (c *checker) reportLost(m *method, t types.Type, refusal *codec.Refusal, or string) {
	detail := ": it " + refusal.Reason
	if refusal.Path != "" || !types.Identical(refusal.Type, t) {
		detail = ": " + rooted(t, refusal.Path) + " (" + c.typeName(refusal.Type) + ") " + refusal.Reason
	}
	c.report(m.options.own.first(), ruleResult, m.name(), c.typeName(t), detail+"; "+refusal.Remedy+c.orJSON(m, t, refusal)+or)
}

// rooted is a path from the first type on it that has a name: Contact.Owner.cache, of a slice of
// contacts too.
func rooted(t types.Type, path string) string {
	whole := path
	for {
		if n, ok := types.Unalias(t).(*types.Named); ok {
			return n.Obj().Name() + path
		}
		elem, ok := shape.Element(t)
		rest, onPath := strings.CutPrefix(path, elementStep(t))
		if !ok || !onPath || rest == "" {
			return "result" + whole
		}
		t, path = elem, rest
	}
}

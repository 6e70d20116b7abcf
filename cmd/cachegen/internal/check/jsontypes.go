package check

import (
	"go/types"
	"slices"
	"strings"

	"github.com/cachegen/cachegen/annotations"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/codec"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/rule"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/shape"
)

var (
	ruleJSONType = rule.New("json-type",
		"jsontypes= names %s, but %s; name a type of this package, or of one that the file imports")
	ruleJSONPair = rule.New("json-pair",
		"%s cannot travel by its JSON: %s; declare MarshalJSON() ([]byte, error) and, of a pointer, "+
			"UnmarshalJSON([]byte) error, or remove %[1]s from jsontypes=")
	ruleIdleJSONType = rule.New("idle-json-type",
		"%s is not written as part of any result of %s%s; remove it from jsontypes=")
)

// jsonTypes are the types that one option chooses to travel by their JSON.
type jsonTypes struct {
	of     option
	owner  string // the method or the type that has the option
	names  []annotations.TypeName
	list   []*types.TypeName // what they stand for
	used   []*types.TypeName // what results consist of
	opaque bool              // a result has been refused, so its parts are not known
	why    string            // of results that are written by reflection
}

// unsure says that a result which the types may be part of has been refused. There need not be any.
func (j *jsonTypes) unsure() {
	if j != nil {
		j.opaque = true
	}
}

// jsonTypesOf returns what a read chooses, and the view in which that is chosen.
func (c *checker) jsonTypesOf(m *method) (*jsonTypes, *shape.View) {
	o, ok := m.options.find(annotations.JSONTypes)
	if !ok {
		return nil, c.view
	}
	j := c.choose(o, m.name())
	if j == nil {
		return nil, c.view
	}
	return j, c.view.Choosing(j.list)
}

// choose finds the types that an option names; nil if it names none. It looks once, in the file of
// the option.
func (c *checker) choose(o option, owner string) *jsonTypes {
	if j, ok := c.jsonTypes[o.in]; ok {
		return j
	}
	named, ok := o.Value.(annotations.Types)
	if !ok {
		return nil
	}
	j := &jsonTypes{of: o, owner: owner, opaque: c.adopting}
	c.jsonTypes[o.in] = j
	for _, name := range named.List {
		obj, why := c.typeNamed(name.Name)
		if obj == nil {
			c.report(o.in.at(name.Span), ruleJSONType, name.Name, why)
			continue
		}
		if why := c.noPair(obj); why != "" {
			c.report(o.in.at(name.Span), ruleJSONPair, name.Name, why)
			continue
		}
		origin := types.Unalias(obj.Type()).(*types.Named).Origin().Obj()
		j.names, j.list = append(j.names, name), append(j.list, origin)
	}
	return j
}

// typeNamed finds a type of the package, or of one that the file imports.
func (c *checker) typeNamed(name string) (found *types.TypeName, why string) {
	scope, local := c.declaredIn.Scope(), name
	if pkg, member, qualified := strings.Cut(name, "."); qualified {
		imported := c.imports[pkg]
		if imported == nil {
			return nil, "this file imports no package " + pkg
		}
		scope, local = imported.Scope(), member
	}
	switch obj := scope.Lookup(local).(type) {
	case nil:
		return nil, name + " is not declared"
	case *types.TypeName:
		if !obj.Exported() && obj.Pkg() != c.pkg.Types {
			return nil, name + " is not exported"
		}
		return obj, ""
	}
	return nil, name + " is not a type"
}

// noPair says what keeps a type from travelling by its JSON; "" if nothing does.
func (c *checker) noPair(obj *types.TypeName) string {
	if _, ok := types.Unalias(obj.Type()).(*types.Named); !ok {
		return "it has no methods"
	}
	if types.IsInterface(obj.Type()) {
		return "it is an interface"
	}
	n := c.view.Node(obj.Type())
	marshal, unmarshal := n.Method("MarshalJSON"), n.Method("UnmarshalJSON")
	switch {
	case codec.HasJSON(n):
		return ""
	case marshal == nil && unmarshal == nil:
		return "it declares neither MarshalJSON nor UnmarshalJSON"
	case marshal == nil:
		return "it declares no MarshalJSON"
	case unmarshal == nil:
		return "it declares no UnmarshalJSON"
	}
	return "its MarshalJSON and UnmarshalJSON are no pair"
}

// jsonView returns the view in which the result of a read is written, nil if it is the package's,
// and notes what of its types the result consists of.
func (c *checker) jsonView(m *method, r *model.Read) *shape.View {
	if m.json == nil {
		return nil
	}
	all := m.view
	m.view = c.view
	if !r.Codec {
		m.json.why = ", and those of " + m.name() + " are written by reflection"
		return nil
	}
	plan, refusal := codec.Of(r.Value, all)
	if refusal != nil {
		m.json.unsure()
		return nil
	}
	used := codec.Chosen(plan)
	m.json.used = append(m.json.used, used...)
	if len(used) == 0 {
		return nil
	}
	m.view = c.view.Choosing(used)
	return m.view
}

// idleJSONTypes reports the types that no result consists of.
func (c *checker) idleJSONTypes() {
	for _, j := range c.jsonTypes {
		for i, name := range j.names {
			if !j.opaque && !slices.Contains(j.used, j.list[i]) {
				c.report(j.of.in.at(name.Span), ruleIdleJSONType, name.Name, j.owner, j.why)
			}
		}
	}
}

// orJSON proposes the innermost type around what has been refused that could travel by its JSON, if
// the file can name it and that helps.
func (c *checker) orJSON(m *method, t types.Type, refusal *codec.Refusal) string {
	if m.view.Reflects() || shape.Parametric(t) {
		return ""
	}
	var known []*types.TypeName
	var names string
	if m.json != nil {
		known = m.json.list
		for _, n := range m.json.names {
			names += n.Name + ","
		}
	}
	for _, n := range slices.Backward(refusal.Within) {
		if n.Named == nil || n.Hidden() != nil || !codec.HasJSON(n) {
			continue
		}
		obj := n.Named.Origin().Obj()
		name := c.localName(obj)
		if name == "" || slices.Contains(known, obj) {
			continue
		}
		_, left := codec.Of(t, c.view.Choosing(append(slices.Clone(known), obj)))
		if left == nil || left.Path != refusal.Path {
			return ", or let its JSON stand for it: jsontypes=" + names + name
		}
	}
	return ""
}

// localName is the name by which an option of the current file can mean a type; "" if there is
// none.
func (c *checker) localName(obj *types.TypeName) string {
	if obj.Pkg() == c.declaredIn {
		return obj.Name()
	}
	best := ""
	for name, p := range c.imports {
		if p == obj.Pkg() && name != "." && name != "_" && (best == "" || name < best) {
			best = name
		}
	}
	if best == "" || !obj.Exported() {
		return ""
	}
	return best + "." + obj.Name()
}

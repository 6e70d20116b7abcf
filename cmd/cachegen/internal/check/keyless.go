package check

import (
	"go/types"
	"slices"
	"strings"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/diag"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/shape"
)

// keyless is what is known of a read with parameters that have no key, until it is reported. Which
// keys can be proposed is known when all reads are.
type keyless struct {
	params   []keylessParam
	reportTo func(diag.Finding)
	site     *Site    // with the key to propose; nil: there is none
	handles  []string // the parameters that the proposal leaves out
}

// keylessParam is one such parameter, and what a message says of it.
type keylessParam struct {
	name, why, leaveIt string // to leave it out is the advice for a handle
}

// onlyHandles reports whether the key is right once handles are ignored.
func (k *keyless) onlyHandles() bool {
	return k != nil && !slices.ContainsFunc(k.params, func(x keylessParam) bool { return x.leaveIt == "" })
}

// keyless refuses a read with parameters that have no key.
func (c *checker) keyless(m *method, params []keylessParam) {
	m.keyless = &keyless{params: params, reportTo: c.reportTo}
	c.keylessReads = append(c.keylessReads, m)
	c.refuse(m.options.own.first(), ruleParamType)
}

// proposal makes the key to propose for a read with parameters that have none, if each of them
// prints itself, has fields that do, or is a handle, which the key leaves out.
func (c *checker) proposal(m *method, r *model.Read) {
	if m.batch != nil || m.keyless.onlyHandles() {
		return
	}
	read := *r
	read.Key = nil
	tenant := c.bareTenantParam(m)
	for i := range m.sig.Params().Len() {
		v := m.sig.Params().At(i)
		if i == m.ctx || v.Name() != "" && (v.Name() == tenant || isIgnored(m.ignored, v.Name())) {
			continue
		}
		if v.Name() == "" || v.Name() == "_" {
			return
		}
		root := model.Value{Root: model.Root{Index: i, Type: v.Type()}, Type: v.Type()}
		parts, ok := c.printable(root, 0)
		if !ok && isHandle(v) {
			m.keyless.handles = append(m.keyless.handles, v.Name())
			continue
		}
		if !ok || shape.Parametric(v.Type()) {
			return
		}
		for _, part := range parts {
			read.Key = append(read.Key, model.Segment{Value: part})
		}
	}
	read.Version = c.version(m, &read)
	m.keyless.site = &Site{method: m, Model: &model.Method{Name: m.at.Name, Signature: m.sig, Read: &read}}
}

// printable returns the parts of a key that stand for a value: the value itself, its String(), or
// those of its fields.
func (c *checker) printable(v model.Value, depth int) ([]*model.Value, bool) {
	const deepest = 3
	if _, refusal := c.encodings.Of(v.Type); refusal == nil {
		return []*model.Value{&v}, true
	}
	if c.printed(v.Type, true) {
		return []*model.Value{with(v, model.Step{Name: "String", Call: true, Type: types.Typ[types.String]})}, true
	}
	base, _ := shape.Deref(v.Type)
	body, ok := base.Underlying().(*types.Struct)
	if !ok || depth == deepest {
		return nil, false
	}
	var list []*model.Value
	for f := range body.Fields() {
		if f.Name() == "_" {
			continue
		}
		if !f.Exported() && f.Pkg() != c.pkg.Types {
			return nil, false
		}
		parts, ok := c.printable(*with(v, model.Step{Name: f.Name(), Type: f.Type()}), depth+1)
		if !ok {
			return nil, false
		}
		list = append(list, parts...)
	}
	return list, len(list) > 0
}

// printed reports whether a value has a method String() string that a placeholder can call.
func (c *checker) printed(t types.Type, addressable bool) bool {
	o, _, _ := types.LookupFieldOrMethod(t, addressable, c.pkg.Types, "String")
	f, ok := o.(*types.Func)
	if !ok || f.Signature().Params().Len() > 0 || f.Signature().Results().Len() != 1 {
		return false
	}
	return types.Identical(f.Signature().Results().At(0).Type(), types.Typ[types.String])
}

// reportKeyless reports the reads with parameters that have no key, and proposes keys that no other
// read has.
func (c *checker) reportKeyless(p *proposer) {
	for _, m := range c.keylessReads {
		advice, fix := "", ""
		if key := p.keyOf(m.keyless.site); key != "" {
			key = "key=" + key
			if len(m.keyless.handles) > 0 {
				key += " ignore={" + strings.Join(m.keyless.handles, "},{") + "}"
			}
			advice = ", for example " + key
			if text := m.options.own.lines[0].Text; !strings.Contains(text, " // ") {
				fix = text + " " + key
			}
		}
		at := m.options.own.first()
		for _, x := range m.keyless.params {
			if advice != "" && x.leaveIt != "" { // the example leaves it out
				x.leaveIt = " (only if " + x.name + " does not change the answer)"
			}
			m.keyless.reportTo(diag.Finding{Pos: at.Pos, End: at.End, Rule: ruleParamType.ID, Message: ruleParamType.Message(x.name, m.name(), x.why, advice, x.leaveIt), Fix: fix})
		}
	}
}

// keyOf is the key to propose for a read without one: as it is if no other read can have it, or
// with a literal segment in front; "" if others can have both.
func (p *proposer) keyOf(s *Site) string {
	if s == nil {
		return ""
	}
	read := s.Model.Read
	for _, word := range append([]string{""}, candidateWords(s)...) {
		var key []model.Segment
		if word != "" {
			key = append(key, model.Segment{Before: word})
		}
		path := p.encodings.Path(read.Prefix, append(key, read.Key...), false)
		if p.free(s, path) {
			p.take(s, path)
			return quotedValue(keyText(s, word))
		}
	}
	return ""
}

// with is what one more step makes of a value.
func with(v model.Value, s model.Step) *model.Value {
	v.Steps = append(slices.Clip(v.Steps), s)
	v.Type = s.Type
	return &v
}

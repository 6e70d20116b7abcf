package check

import (
	"go/types"
	"slices"
	"strings"

	"github.com/cachegen/cachegen/annotations"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/fingerprint"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
)

var (
	ruleTaken          = newRule("name-taken", "the wrapper of %s would be called %s, which is declared at %s; rename one of them")
	ruleTwoWrappers    = newRule("same-wrapper", "the wrappers of %s and of %s would both be called %s; rename one of them")
	ruleGeneric        = newRule("generic", "%s has type parameters, which are not supported yet")
	ruleConstraint     = newRule("constraint", "%s can only constrain type parameters; directives belong to interfaces that have values")
	ruleForeignMethod  = newRule("foreign-method", "%s has the unexported method %s of package %s, which no wrapper can have")
	ruleEmbedsCached   = newRule("embeds-annotated", "%s embeds the method %s with its directives, which is not supported yet")
	ruleReadNoContext  = newRule("read-context", "%s takes no context.Context as its first parameter; caching such a method is not supported yet")
	ruleReadNoError    = newRule("read-error", "%s does not return an error last; caching such a method is not supported yet")
	ruleReadNothing    = newRule("read-nothing", "%s returns nothing but an error, so there is nothing to cache")
	ruleReadSeveral    = newRule("read-results", "%s returns %d values and an error; caching more than one value is not supported yet")
	ruleIdleTenant     = newRule("idle-tenant", "this tenant is about nothing: each line of %s that invalidates has one of its own")
	ruleReadContextTwo = newRule("read-two-contexts", "%s takes context.Context twice; caching such a method is not supported yet")
)

// method is one annotated method while it is being checked.
type method struct {
	decl    *model.TypeDecl
	at      model.MethodDecl
	sig     *types.Signature
	options options
	batch   *model.Batch // of a read that has one
}

func (m *method) name() string { return m.at.Name }

// indexDirectives notes which methods of the package have directives, for interfaces that embed them.
func (c *checker) indexDirectives() {
	c.annotated = make(map[*types.Func]bool)
	for _, source := range c.pkg.Sources {
		for _, decl := range source.Types {
			for _, m := range decl.Methods {
				if f := explicitMethod(decl, m.Name); f != nil && len(m.Directives) > 0 {
					c.annotated[f] = true
				}
			}
		}
	}
}

func explicitMethod(decl model.TypeDecl, name string) *types.Func {
	if decl.Object == nil {
		return nil
	}
	if body, ok := decl.Object.Type().Underlying().(*types.Interface); ok {
		for f := range body.ExplicitMethods() {
			if f.Name() == name {
				return f
			}
		}
	}
	return nil
}

// repository returns the wrapper of one interface.
func (c *checker) repository(decl model.TypeDecl) (model.Wrapper, bool) {
	defaults := c.defaults(decl)
	if !c.resolved(decl) {
		return model.Wrapper{}, false
	}
	named, ok := decl.Object.Type().(*types.Named)
	if !ok {
		return model.Wrapper{}, false
	}
	at := span{decl.Pos, decl.Pos.Column + len(decl.Name)}
	w := model.Wrapper{Name: model.WrapperName(decl.Name), Source: named}
	c.wrapperName(decl, at, w.Name)
	body := named.Underlying().(*types.Interface)
	if named.TypeParams().Len() > 0 {
		c.report(at, ruleGeneric, decl.Name)
		return w, false
	}
	if !body.IsMethodSet() {
		c.report(at, ruleConstraint, decl.Name)
		return w, false
	}

	for _, m := range decl.Methods {
		f := explicitMethod(decl, m.Name)
		if f == nil {
			continue // declared twice, which the type checker has reported
		}
		w.Methods = append(w.Methods, model.Method{Name: m.Name, Signature: f.Signature()})
	}
	own := len(w.Methods)
	for f := range body.Methods() {
		if slices.ContainsFunc(decl.Methods, func(m model.MethodDecl) bool { return m.Name == f.Name() }) {
			continue
		}
		switch {
		case !f.Exported() && f.Pkg() != c.pkg.Types:
			c.report(at, ruleForeignMethod, decl.Name, f.Name(), f.Pkg().Path())
		case c.annotated[f]:
			c.report(at, ruleEmbedsCached, decl.Name, f.Name())
		}
		w.Methods = append(w.Methods, model.Method{Name: f.Name(), Signature: f.Signature()})
	}

	i := 0
	for _, m := range decl.Methods {
		if i >= own || w.Methods[i].Name != m.Name {
			continue
		}
		if len(m.Directives) > 0 {
			c.method(decl, m, defaults, &w.Methods[i])
		}
		i++
	}
	c.idleIgnores(decl, defaults)
	return w, true
}

// wrapperName reports a wrapper whose name is taken.
func (c *checker) wrapperName(decl model.TypeDecl, at span, name string) {
	for _, name := range []string{name, model.ConstructorName(decl.Name)} {
		if pos, taken := c.pkg.Declared[name]; taken {
			c.report(at, ruleTaken, decl.Name, name, short(pos))
		}
	}
	if other, taken := c.wrappers[name]; taken {
		c.report(at, ruleTwoWrappers, decl.Name, other, name)
	}
	c.wrappers[name] = decl.Name
}

// method decides whether a method reads or writes, and fills in what that takes.
func (c *checker) method(decl model.TypeDecl, at model.MethodDecl, defaults *block, out *model.Method) {
	before := c.reported
	m := &method{decl: &decl, at: at, sig: out.Signature, options: options{c.parse(at.Directives), defaults}}
	c.fill(m, out)
	if c.reported > before {
		if _, write := m.options.own.sides(); write == nil {
			c.failed = append(c.failed, m)
		}
		return
	}
	if out.Read != nil {
		c.reads = append(c.reads, &site{m, out})
	}
	if out.Write != nil {
		c.writes = append(c.writes, &site{m, out})
	}
}

func (c *checker) fill(m *method, out *model.Method) {
	read, write := m.options.own.sides()
	switch {
	case read != nil && write != nil:
		later := *write
		if read.Span.Line > write.Span.Line || read.Span.Line == write.Span.Line && read.Span.Start > write.Span.Start {
			later = *read
		}
		earlier := *read
		if later.Name == read.Name {
			earlier = *write
		}
		c.report(m.options.own.at(later.Span), ruleBothKinds, string(later.Name), string(earlier.Name))
	case m.options.own.flag(annotations.Harmless): // delegated untouched
	case write != nil:
		c.write(m, out)
	case len(m.options.own.Options) > 0:
		c.read(m, out)
	}
}

func (c *checker) read(m *method, out *model.Method) {
	value, ok := c.readSignature(m)
	c.required(m)

	r := &model.Read{Value: value, Tenant: model.FromContext{}}
	if o, ok := m.options.find(annotations.Prefix); ok {
		r.Prefix = o.Value.String()
	}
	r.TTL = c.duration(m, annotations.TTL)
	r.NotFound = c.duration(m, annotations.NotFound)
	r.Strong = m.options.flag(annotations.Strong)
	r.Local = c.duration(m, annotations.Local)
	if o, ok := m.options.find(annotations.Local); ok {
		_, r.NoLocal = o.Value.(annotations.Off)
	}
	if o, ok := m.options.find(annotations.Tenant); ok {
		if _, all := o.Value.(annotations.TenantAll); all {
			c.report(o.at(), ruleAllTenants, m.name())
		} else {
			r.Tenant = c.tenant(m, o)
		}
	}
	if !ok {
		return
	}
	if value, ok = c.batch(m, value); !ok {
		return
	}
	r.Value, r.Batch = value, m.batch
	c.result(m, value)
	r.Key = c.key(m)

	version := 0
	if o, ok := m.options.find(annotations.Version); ok {
		if n, ok := o.Value.(annotations.Int); ok {
			version = n.N
		}
	}
	r.Version = fingerprint.Of(value, version, keyTypes(r.Key)...)
	r.Clone = c.clone(m, value)
	out.Read = r
}

func keyTypes(key []model.Segment) []types.Type {
	var list []types.Type
	for _, s := range key {
		if s.Value != nil {
			list = append(list, s.Value.Type)
		}
	}
	return list
}

// readSignature returns the value that a read caches, if it has the shape func(ctx, ...) (V, error).
func (c *checker) readSignature(m *method) (types.Type, bool) {
	at, ok := m.options.own.whole(), true
	params, results := m.sig.Params(), m.sig.Results()
	if params.Len() == 0 || !isContext(params.At(0).Type()) {
		c.report(at, ruleReadNoContext, m.name())
		ok = false
	}
	for i := 1; i < params.Len(); i++ {
		if isContext(params.At(i).Type()) {
			c.report(at, ruleReadContextTwo, m.name())
			ok = false
			break
		}
	}
	n := results.Len()
	switch {
	case n == 1 && isError(results.At(0).Type()):
		c.report(at, ruleReadNothing, m.name())
		return nil, false
	case n == 0 || !isError(results.At(n-1).Type()):
		c.report(at, ruleReadNoError, m.name())
		return nil, false
	case n > 2:
		c.report(at, ruleReadSeveral, m.name(), n-1)
		return nil, false
	}
	return results.At(0).Type(), ok
}

func (c *checker) write(m *method, out *model.Method) {
	w := &model.Write{
		OnSuccess: m.options.flag(annotations.OnSuccess),
		Fence:     m.options.flag(annotations.Fence),
		Settle:    c.duration(m, annotations.Settle),
	}
	tenants := make(map[span]model.Tenant)
	for _, p := range m.patterns() {
		w.Invalidations = append(w.Invalidations, c.pattern(m, p.Pattern, c.tenantFor(m, p.of, tenants)))
	}
	for _, o := range m.options.own.All(annotations.Tenant) {
		if at := m.options.own.at(o.Span); tenants[at] == nil && len(w.Invalidations) > 0 {
			c.report(at, ruleIdleTenant, m.name())
		}
	}
	_, invalidate := m.options.own.Find(annotations.Invalidate)
	if _, put := m.options.own.Find(annotations.Put); !invalidate && !put {
		c.report(m.options.own.whole(), ruleNoTarget, m.name())
	}
	if w.Fence {
		c.fence(m, w)
	}
	out.Write = w
}

// tenantFor returns the tenant that the patterns of an option are about. Several lines may have one in common, which is resolved once.
func (c *checker) tenantFor(m *method, target annotations.Option, known map[span]model.Tenant) model.Tenant {
	o, ok := m.options.tenant(target)
	if !ok {
		return model.FromContext{}
	}
	if known[o.at()] == nil {
		known[o.at()] = c.tenant(m, o)
	}
	return known[o.at()]
}

// pattern is one of those that a method invalidates.
type pattern struct {
	annotations.Pattern
	of annotations.Option // that it stands in
}

// patterns lists what a method invalidates, in the order of Write.Invalidations.
func (m *method) patterns() []pattern {
	var list []pattern
	for _, o := range m.options.own.All(annotations.Invalidate) {
		patterns, _ := o.Value.(annotations.Patterns)
		for _, p := range patterns.List {
			list = append(list, pattern{p, o})
		}
	}
	return list
}

// pattern returns what one pattern of invalidate= stands for.
func (c *checker) pattern(m *method, p annotations.Pattern, tenant model.Tenant) model.Invalidation {
	inv := model.Invalidation{Text: p.String(), Tenant: tenant, All: p.All}
	var prefix []string
	rest := p.Segments
	for len(rest) > 0 {
		text, literal := rest[0].Literal()
		if !literal {
			break
		}
		prefix = append(prefix, text)
		rest = rest[1:]
	}
	inv.Prefix = strings.Join(prefix, ":")
	inv.Segments = c.segments(m, m.options.own, rest, afterTheCall)
	return inv
}

func isContext(t types.Type) bool { return isNamed(t, "context", "Context") }

func isError(t types.Type) bool { return types.Identical(t, types.Universe.Lookup("error").Type()) }

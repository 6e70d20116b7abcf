package check

import (
	"go/types"
	"slices"

	"github.com/cachegen/cachegen/annotations"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/fingerprint"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/paths"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/rule"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/shape"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/typewalk"
)

var ruleIdleTenant = rule.New("idle-tenant",
	"this tenant= has no effect: each line of %s with patterns has its own; remove it")

// method is one annotated method while it is being checked.
type method struct {
	decl       *model.TypeDecl
	at         model.MethodDecl
	sig        *types.Signature
	ctx        int // the place of the context among the parameters, or -1
	options    options
	batch      *model.Batch // of a read that has one
	ignored    []ignoredParam
	values     []*types.Var // what a read keeps: its results, or one item of a batch
	declaredAt *declaration // of a method that comes with an embedded interface
	embeddedAt Span         // of such a one: the type that embeds it

	invalidations, puts []pattern   // in the order of those of the model
	guess               paths.Path  // of a read that has been refused: what is known of its keys
	json                *jsonTypes  // of a read: what travels by its JSON, by its options
	view                *shape.View // of a read: as which its result is written
	keyless             *keyless    // of a read with parameters that have no key
}

func (m *method) name() string { return m.at.Name }

// method decides whether a method reads or writes, and fills in what that takes.
func (c *checker) method(decl *model.TypeDecl, at *model.MethodDecl, defaults *block, out *model.Method) {
	if at.Imports != nil {
		defer func(of map[string]*types.Package) { c.imports = of }(c.imports)
		c.imports = at.Imports
	}
	before := c.reported
	c.decl = decl
	m := &method{decl: decl, at: *at, sig: out.Signature, ctx: contextIndex(out.Signature), options: options{own: c.parse(at.Directives), defaults: defaults}}
	c.decide(m, out, before)
}

// decide fills in a method. Unless a rule refuses it, decide keeps it for the rules about several
// methods; so it does if nothing is wrong but that handles are not ignored, because the rest of the
// key is known, and may be that of another read.
func (c *checker) decide(m *method, out *model.Method, before int) {
	c.fill(m, out)
	if c.reported > before && (c.reported > before+1 || !m.keyless.onlyHandles()) {
		if read, write := m.options.own.sides(); read != nil || write == nil {
			c.refusedReads = append(c.refusedReads, m)
		}
		return
	}
	if out.Read != nil {
		c.reads = append(c.reads, &Site{method: m, Model: out})
	}
	if out.Write != nil {
		c.writes = append(c.writes, &Site{method: m, Model: out})
	}
}

func (c *checker) fill(m *method, out *model.Method) {
	read, write := m.options.own.sides()
	switch {
	case m.options.own.flag(annotations.Tx):
		c.tx(m, out)
	case m.options.own.invalid(annotations.Tx): // which has been reported
	case read != nil && write != nil:
		later := *write
		if read.Span.Line > write.Span.Line || read.Span.Line == write.Span.Line && read.Span.Start > write.Span.Start {
			later = *read
		}
		c.report(m.options.own.at(later.Span), ruleBothKinds, string(read.Name), string(write.Name))
	case m.options.own.flag(annotations.Harmless): // delegated untouched
	case write != nil:
		c.write(m, out)
	case len(m.options.own.Options) > 0:
		c.read(m, out)
	}
}

func (c *checker) read(m *method, out *model.Method) {
	r, before := &model.Read{Tenant: model.FromContext{}}, c.reported
	m.json, m.view = c.jsonTypesOf(m)
	c.tiers(m, r)
	ok := c.readSignature(m, r)
	c.required(m)
	c.readOptions(m, r)
	if !ok {
		m.json.unsure()
		return
	}
	r.View = c.jsonView(m, r)
	r.Key = c.key(m)
	c.identity(m, r)
	r.Tags = c.tags(m, r)
	r.Version = c.version(m, r)
	r.Clone = c.clone(m, r)
	c.inProcess(m, r)
	if m.keyless != nil {
		c.proposal(m, r)
	}
	if c.reported == before {
		r.Own = c.own(m, r)
	}
	out.Read = r
}

// readOptions fills in what options say of an entry, whatever its key and its value are.
func (c *checker) readOptions(m *method, r *model.Read) {
	if o, ok := m.options.find(annotations.Prefix); ok {
		r.Prefix = o.Value.String()
		if path, ok := o.Value.(annotations.Path); ok && o.in == m.options.own {
			for _, s := range path.Segments {
				c.braces(m, o.in, []annotations.Segment{{Parts: []annotations.Part{s}, Span: s.Span}})
			}
		}
	}
	r.TTL = c.duration(m, annotations.TTL)
	r.NotFound = c.duration(m, annotations.NotFound)
	r.Strong = m.options.flag(annotations.Strong)
	if o, ok := m.options.find(annotations.Jitter); ok {
		if p, ok := o.Value.(annotations.Percent); ok {
			r.Jitter = p.P
		}
	}
	r.NoLock = m.options.off(annotations.Lock)
	r.Local, r.NoLocal = c.duration(m, annotations.Local), m.options.off(annotations.Local)
	if o, ok := m.options.find(annotations.Tenant); ok {
		if _, all := o.Value.(annotations.TenantAll); all {
			c.report(o.at(), ruleAllTenants, m.name())
		} else {
			r.Tenant = c.tenant(m, o)
		}
	}
}

// version is the fingerprint of the entries of a read. Two packages may choose one prefix, and are
// generated one without the other. Unless the results name a type of the package, its path tells
// their entries apart.
func (c *checker) version(m *method, r *model.Read) string {
	types := append(keyTypes(r.Key), c.versionTypes(m)...)
	v := fingerprint.Tagged(fingerprint.Of(m.view, shapeOf(r), c.versionText(m), types...), resultTags(r))
	if r.InProcess {
		v = fingerprint.InProcess(v, shapeOf(r))
	}
	if c.namesOwn(shapeOf(r)) {
		return v
	}
	return fingerprint.In(c.pkg.Types.Path(), v)
}

// namesOwn reports a type that is written with a type of the package.
func (c *checker) namesOwn(t types.Type) bool {
	return typewalk.AnyPart(t, func(t types.Type) (found, further bool) {
		n, ok := types.Unalias(t).(*types.Named)
		return ok && n.Obj().Pkg() == c.pkg.Types, true
	})
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

// shapeOf is the type that the version of a read stands for. The name of a struct that we generate
// is no part of it.
func shapeOf(r *model.Read) types.Type {
	if r.Fields != nil {
		return r.Value.Underlying()
	}
	return r.Value
}

func (c *checker) write(m *method, out *model.Method) {
	if m.ctx < 0 && c.ownContext(m) {
		return
	}
	m.invalidations, m.puts = m.patterns(annotations.Invalidate), m.patterns(annotations.Put)
	w := &model.Write{
		OnSuccess: m.options.flag(annotations.OnSuccess),
		Fence:     m.options.flag(annotations.Fence),
		Settle:    c.duration(m, annotations.Settle),
	}
	tenants := make(map[Span]model.Tenant)
	for _, p := range m.invalidations {
		w.Invalidations = append(w.Invalidations, c.pattern(m, p.Pattern, c.tenantFor(m, p.of, tenants)))
	}
	for _, p := range m.puts {
		w.Puts = append(w.Puts, model.Put{Invalidation: c.pattern(m, p.Pattern, c.tenantFor(m, p.of, tenants))})
	}
	for _, o := range m.options.own.All(annotations.Tenant) {
		if at := m.options.own.at(o.Span); tenants[at] == nil && len(w.Invalidations)+len(w.Puts) > 0 {
			c.report(at, ruleIdleTenant, m.name())
		}
	}
	_, invalidate := m.options.own.Find(annotations.Invalidate)
	if _, put := m.options.own.Find(annotations.Put); !invalidate && !put {
		c.report(m.options.own.first(), ruleNoTarget, m.name())
	}
	if w.OnSuccess || len(w.Puts) > 0 {
		c.failure(m, "a failed write counts as done")
	}
	if w.Fence {
		c.fence(m, w)
	}
	out.Write = w
}

// tenantFor returns the tenant that the patterns of an option are about. Several lines may have one
// in common, which is resolved once.
func (c *checker) tenantFor(m *method, target *annotations.Option, known map[Span]model.Tenant) model.Tenant {
	o, ok := m.options.tenant(*target)
	if !ok {
		return model.FromContext{}
	}
	if known[o.at()] == nil {
		known[o.at()] = c.tenant(m, o)
	}
	return known[o.at()]
}

// pattern is one of those that a method invalidates or puts.
type pattern struct {
	*annotations.Pattern
	of *annotations.Option // that it stands in
}

// patterns lists those of an option, in order.
func (m *method) patterns(name annotations.Name) []pattern {
	var list []pattern
	for i := range m.options.own.Options {
		o := &m.options.own.Options[i]
		if o.Name != name {
			continue
		}
		patterns, _ := o.Value.(annotations.Patterns)
		list = slices.Grow(list, len(patterns.List))
		for j := range patterns.List {
			list = append(list, pattern{&patterns.List[j], o})
		}
	}
	return list
}

// pattern returns what one pattern of invalidate= stands for.
func (c *checker) pattern(m *method, p *annotations.Pattern, tenant model.Tenant) model.Invalidation {
	c.braces(m, m.options.own, p.Segments)
	prefix, rest := paths.Leading(p.Segments)
	inv := model.Invalidation{Text: p.String(), Tenant: tenant, All: p.All, Prefix: prefix}
	inv.Segments = c.segmentsOf(m.options.own, rest, func(p annotations.Placeholder) *model.Value {
		return c.element(m, p, &inv.Loops, false)
	})
	return inv
}

package check

import (
	"iter"
	"slices"
	"strings"

	"github.com/cachegen/cachegen/annotations"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/rule"
)

var (
	ruleSyntax    = rule.New("syntax", "%s")
	ruleNotYet    = rule.New("not-yet", "%q is not supported yet")
	ruleBothKinds = rule.New("read-and-write",
		"%q is for reads and %q for writes; a method that is both is not supported yet")
	ruleMissingTTL = rule.New("missing-ttl",
		"%s has no ttl; add how long an answer may be served, for example ttl=10m")
	ruleMissingPrefix = rule.New("missing-prefix",
		"%s has no prefix; add what its keys begin with, for example prefix=%s")
	ruleNoTarget = rule.New("no-target",
		"%s invalidates nothing; add what it makes stale, for example invalidate=contact:{id}")
	ruleNoDefault = rule.New("no-default",
		"%q cannot be a default of %s; put it on the methods that need it")
	ruleIdleDefault = rule.New("idle-default",
		"no method of %s has a directive, so these defaults have no effect; annotate a method, "+
			"or remove them")
	ruleAllTenants = rule.New("read-all-tenants",
		"%s reads for one tenant at a time; tenant=* is for methods that invalidate")
)

// notYet are options that are not implemented. They are refused, because an option that is silently
// ignored is a broken promise.
var notYet = []annotations.Name{
	annotations.Stale, annotations.Refresh,
}

// perMethod are options about one method's parameters, which cannot be defaults.
var perMethod = []annotations.Name{annotations.Key, annotations.Batch, annotations.By, annotations.Tags, annotations.Invalidate, annotations.Put, annotations.Tx, annotations.Harmless}

// block is the parsed directives of one declaration, with their positions.
type block struct {
	*annotations.Block
	lines []model.Directive
}

// parse reads directives and reports what is wrong with them as text.
func (c *checker) parse(lines []model.Directive) *block {
	c.texts = c.texts[:0]
	for i := range lines {
		c.texts = append(c.texts, lines[i].Text)
	}
	parsed, errs := annotations.Parse(c.texts)
	b := &block{parsed, lines}
	for _, e := range errs {
		if at := b.at(e.Span); e.Meant != "" && c.decl != nil && !c.adopting {
			c.reported++
			c.reportedAt[finding{at.Pos, ruleSyntax.ID}] = true
			c.stars = append(c.stars, star{at, c.decl, b.text(e.Span), e})
			continue
		}
		c.fix(b.at(e.Span), e.Fix, ruleSyntax, e.Message)
	}
	for _, o := range b.Options {
		if slices.Contains(notYet, o.Name) {
			c.report(b.at(o.NameSpan), ruleNotYet, string(o.Name))
		}
	}
	return b
}

func (b *block) at(s annotations.Span) Span { return within(b.lines[s.Line], s) }

func (b *block) text(s annotations.Span) string { return b.lines[s.Line].Text[s.Start:s.End] }

// first is the first directive, for what concerns all of them.
func (b *block) first() Span {
	first := b.lines[0]
	return Span{first.Pos, first.Pos.Column + len(first.Text)}
}

// option is an option with the block it stands in: a method's own, or that of its type.
type option struct {
	annotations.Option
	in *block
}

func (o option) at() Span { return o.in.at(o.Span) }

func (o option) valueAt() Span { return o.in.at(o.ValueSpan) }

// options are those of one method: its own, and those of its type that it does not repeat.
type options struct {
	own, defaults *block
	outer         *block // the defaults of a type that embeds the method's own
}

// find looks for an option that has a value. ok is false too if the value could not be read, which
// has been reported.
func (o *options) find(name annotations.Name) (opt option, ok bool) {
	found, in := o.lookup(name)
	if found == nil {
		return option{}, false
	}
	_, invalid := found.Value.(annotations.Invalid)
	return option{*found, in}, !invalid
}

// has reports whether an option is there, readable or not.
func (o *options) has(name annotations.Name) bool {
	found, _ := o.lookup(name)
	return found != nil
}

// lookup returns an option and where it stands; nil if there is none.
func (o *options) lookup(name annotations.Name) (*annotations.Option, *block) {
	if found := o.own.option(name); found != nil {
		return found, o.own
	}
	for _, b := range [...]*block{o.defaults, o.outer} {
		if b != nil {
			if found := b.option(name); found != nil && !o.excludes(name) {
				return found, b
			}
		}
	}
	return nil, nil
}

// option is Find without the copy.
func (b *block) option(name annotations.Name) *annotations.Option {
	for i := range b.Options {
		if b.Options[i].Name == name {
			return &b.Options[i]
		}
	}
	return nil
}

// excludes reports whether an option of the method's own rules out a default of that name, as
// strong does local=5s.
func (o *options) excludes(name annotations.Name) bool {
	spec, _ := annotations.Lookup(name)
	return slices.ContainsFunc(o.own.Options, func(opt annotations.Option) bool {
		_, off := opt.Value.(annotations.Off)
		return !off && slices.Contains(spec.Conflicts, opt.Name)
	})
}

// tenant returns the tenant option that the patterns of another option of the method are about.
func (o *options) tenant(target annotations.Option) (option, bool) {
	if opt, ok := o.own.TenantOf(target); ok {
		_, invalid := opt.Value.(annotations.Invalid)
		return option{opt, o.own}, !invalid
	}
	for _, b := range [...]*block{o.defaults, o.outer} {
		if b != nil {
			if opt, ok := b.Find(annotations.Tenant); ok {
				_, invalid := opt.Value.(annotations.Invalid)
				return option{opt, b}, !invalid
			}
		}
	}
	return option{}, false
}

// flag reports whether a flag is set and not switched off.
func (o *options) flag(name annotations.Name) bool {
	found, _ := o.lookup(name)
	return isSet(found)
}

// off reports whether an option is there to switch something off.
func (o *options) off(name annotations.Name) bool {
	found, _ := o.find(name)
	_, off := found.Value.(annotations.Off)
	return off
}

// number returns the value of an option that takes one; 0 if it is absent or wrong.
func (o *options) number(name annotations.Name) int {
	found, _ := o.find(name)
	n, _ := found.Value.(annotations.Int)
	return n.N
}

func isSet(o *annotations.Option) bool {
	if o == nil {
		return false
	}
	_, set := o.Value.(annotations.Flag)
	return set
}

// ignored yields the parameters that a block leaves out of keys. The block may be nil.
func (b *block) ignored() iter.Seq[annotations.Placeholder] {
	return func(yield func(annotations.Placeholder) bool) {
		if b == nil {
			return
		}
		for _, o := range b.All(annotations.Ignore) {
			params, _ := o.Value.(annotations.Params)
			for _, p := range params.List {
				if !yield(p) {
					return
				}
			}
		}
	}
}

// flag reports whether the block itself sets a flag.
func (b *block) flag(name annotations.Name) bool { return isSet(b.option(name)) }

// invalid reports whether the block has an option whose value could not be read.
func (b *block) invalid(name annotations.Name) bool {
	o := b.option(name)
	if o == nil {
		return false
	}
	_, invalid := o.Value.(annotations.Invalid)
	return invalid
}

// defaults parses the directives of a type, and reports what cannot be a default.
func (c *checker) defaults(decl *model.TypeDecl) *block {
	if len(decl.Directives) == 0 {
		return nil
	}
	b := c.parse(decl.Directives)
	for _, o := range b.Options {
		if slices.Contains(perMethod, o.Name) && !slices.Contains(notYet, o.Name) {
			c.report(b.at(o.NameSpan), ruleNoDefault, string(o.Name), decl.Name)
		}
	}
	if o := b.option(annotations.JSONTypes); o != nil {
		c.choose(option{*o, b}, decl.Name)
	}
	if !slices.ContainsFunc(decl.Methods, func(m model.MethodDecl) bool { return len(m.Directives) > 0 }) && !c.inherits(decl) {
		c.report(b.first(), ruleIdleDefault, decl.Name)
	}
	return b
}

// sides returns the first option that only a read can have, and the first that only a write can.
func (b *block) sides() (read, write *annotations.Option) {
	for i, o := range b.Options {
		spec, ok := annotations.Lookup(o.Name)
		switch {
		case !ok:
		case spec.On == annotations.Reads && read == nil:
			read = &b.Options[i]
		case spec.On == annotations.Writes && write == nil:
			write = &b.Options[i]
		}
	}
	return read, write
}

// required reports a read without ttl or without prefix.
func (c *checker) required(m *method) {
	if !m.options.has(annotations.TTL) {
		c.report(m.options.own.first(), ruleMissingTTL, m.name())
	}
	if !m.options.has(annotations.Prefix) {
		c.report(m.options.own.first(), ruleMissingPrefix, m.name(), suggestPrefix(m))
	}
}

// suggestPrefix guesses a prefix from the name of the repository: contact for ContactRepository.
func suggestPrefix(m *method) string {
	name := m.decl.Name
	for _, suffix := range []string{"Repository", "Repo", "Store", "Storage", "Service", "Querier", "Reader"} {
		if base, ok := strings.CutSuffix(name, suffix); ok && base != "" {
			name = base
			break
		}
	}
	return strings.ToLower(name)
}

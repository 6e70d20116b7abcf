package annotations

import "slices"

// Parse reads the directive lines of one declaration, each the full text of its comment:
// "//cache:ttl=600 prefix=contact // remark". It returns everything it could understand, and every
// mistake, sorted by position. It keeps a wrong value as Invalid, so that one mistake gives one
// message.
func Parse(lines []string) (*Block, []*Error) {
	p := &parser{lines: lines, block: &Block{}}
	var few [4]word // the most that one method has, as a rule
	words := few[:0]
	for i, line := range lines {
		if IsDirective(line) {
			words = scanLine(words, line, i, &p.errs)
			continue
		}
		miss := NearMiss(line)
		if miss == nil {
			miss = newError(Span{End: len(line)}, "", "%s is not a directive; one begins with %s and an option", quote(line), marker)
		}
		miss.Span.Line = i
		p.errs = append(p.errs, miss)
	}
	p.block.Options = make([]Option, 0, len(words))
	for i := 0; i < len(words); {
		if n := prose(words[i:]); n > 1 {
			at := words[i].span
			at.End = words[i+n-1].span.End
			p.errs.addf(at, "%s are not options; a remark begins with \" // \"", p.quote(at))
			i += n
			continue
		}
		p.option(&words[i], words)
		i++
	}
	p.conflicts()
	p.errs.sort()
	if len(p.block.Options) == 0 {
		p.block.Options = nil
	}
	return p.block, p.errs
}

// parser turns words into the options of one block.
type parser struct {
	lines []string
	block *Block
	errs  errorList
	seen  []member // what may not be repeated

	reader reader // of the current value
}

// member is a pattern or a parameter in a list.
type member struct {
	of     Name
	tenant string // on the same line, of what writes invalidate and put
	text   string
}

// quote is %q for what stands in a line.
func (p *parser) quote(at Span) string { return quote(p.lines[at.Line][at.Start:at.End]) }

// prose counts the words that cannot have been meant as options, from the first on and all on one
// line.
func prose(words []word) int {
	n := 0
	for n < len(words) && words[n].span.Line == words[0].span.Line && !words[n].equals {
		if spec := words[n].spec; spec != nil && (spec.parse == nil || words[n].known()) {
			break
		}
		n++
	}
	return n
}

// option judges one word of all and adds it to the block.
func (p *parser) option(w *word, all []word) {
	spec, known := w.spec, w.known()
	if !known {
		p.unknown(w)
		if spec == nil {
			return
		}
		w.bad = w.bad || !w.equals && spec.parse != nil // one mistake is enough
	}
	if first, ok := p.earlier(spec, w, all); ok {
		if known {
			p.errs.addf(w.span, "option %q is repeated; it is %s already", spec.Name, p.quote(first.Span))
		}
		return
	}
	if !known && !spec.Repeatable && slices.ContainsFunc(all, func(w word) bool { return w.name == string(spec.Name) }) {
		return // what is written wins over a guess
	}
	p.block.Options = append(p.block.Options, Option{
		Name: spec.Name, Span: w.span, NameSpan: w.nameSpan, ValueSpan: w.valueSpan,
		Value: p.value(w, spec, all),
	})
}

// earlier returns the option that a word repeats, if it may not.
func (p *parser) earlier(spec *Spec, w *word, all []word) (Option, bool) {
	for _, o := range p.block.Options {
		if o.Name == spec.Name && !spec.Repeatable && (spec.Name != Tenant || p.own(o.Span.Line, all) == p.own(w.span.Line, all)) {
			return o, true
		}
	}
	return Option{}, false
}

// own is the line itself if it may have a tenant of its own: it has patterns of a write. All other
// lines share one tenant, and are -1.
func (p *parser) own(line int, all []word) int {
	for _, w := range all {
		if w.span.Line == line && w.spec != nil && w.spec.aims() {
			return line
		}
	}
	return -1
}

// unknown reports a name that is none.
func (p *parser) unknown(w *word) {
	if w.spec != nil {
		p.errs.fixf(w.nameSpan, string(w.spec.Name), "unknown option %s; did you mean %q?", quote(w.name), w.spec.Name)
		return
	}
	if found := candidates(w.name); len(found) > 0 {
		p.errs.addf(w.nameSpan, "unknown option %s; did you mean %s?", quote(w.name), names(found, "%q", " or "))
		return
	}
	p.errs.addf(w.nameSpan, "unknown option %s; options are %s", quote(w.name), names(specs, "%s", ", "))
}

// value judges the value of a word.
func (p *parser) value(w *word, spec *Spec, all []word) Value {
	r := &p.reader
	*r = reader{source: w.value, spec: spec, errs: &p.errs, seen: &p.seen, tenant: tenantOn(w.span.Line, all)}
	switch {
	case w.bad:
		return Invalid{}
	case !w.equals && spec.parse == nil:
		return Flag{}
	case !w.equals || r.text == "":
		p.errs.addf(w.span, "option %q needs a value, as in %s", spec.Name, spec.Examples[0])
		return Invalid{}
	case !r.checkText():
		return Invalid{}
	case spec.Off && r.text == "off":
		return Off{}
	case spec.parse == nil:
		fix := string(spec.Name)
		if slices.Contains([]string{"false", "no", "0"}, r.text) {
			fix += "=off"
		}
		p.errs.fixf(w.span, fix, "option %q takes no value but \"off\"; write %s", spec.Name, fix)
		return Invalid{}
	}
	return spec.parse(r)
}

// tenantOn is what a line says about tenants. One pattern may be there for several.
func tenantOn(line int, all []word) string {
	for _, w := range all {
		if w.span.Line == line && w.name == string(Tenant) {
			return w.value.text
		}
	}
	return ""
}

// conflicts reports options that exclude each other, at the later one.
func (p *parser) conflicts() {
	for i, o := range p.block.Options {
		spec := find(string(o.Name))
		for _, other := range p.block.Options[:i] {
			if slices.Contains(spec.Conflicts, other.Name) && p.binding(o) && p.binding(other) {
				p.errs.addf(o.Span, "%s conflicts with %s; leave one of them out", p.quote(o.Span), p.quote(other.Span))
			}
		}
	}
	for _, tenant := range p.block.All(Tenant) {
		if _, all := tenant.Value.(TenantAll); all && p.binding(tenant) {
			p.everyTenant(tenant)
		}
	}
}

// everyTenant reports tenant=* where it concerns one tenant's entry.
func (p *parser) everyTenant(tenant Option) {
	for _, o := range p.block.Options {
		if find(string(o.Name)).On != Reads && o.Name != Put {
			continue
		}
		if of, ok := p.block.TenantOf(o); ok && of.Span == tenant.Span {
			p.errs.addf(tenant.Span, "tenant=* is for writes that invalidate; %q is about one tenant's entry", o.Name)
			return
		}
	}
}

// binding reports whether an option can conflict with another. One that is off, or wrong, or our
// guess of what was meant cannot.
func (p *parser) binding(o Option) bool {
	if p.lines[o.Span.Line][o.NameSpan.Start:o.NameSpan.End] != string(o.Name) {
		return false
	}
	switch o.Value.(type) {
	case Off, Invalid:
		return false
	}
	return true
}

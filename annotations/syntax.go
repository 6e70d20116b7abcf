package annotations

import "time"

// Span is a half-open range of bytes within one directive line. Offset 0 is the first '/' of
// "//cache:"; Line indexes the lines given to Parse.
type Span struct{ Line, Start, End int }

// Block is what the directive lines of one declaration say.
type Block struct {
	Options []Option // in source order, over all lines
}

// Option is one option as written: ttl=600.
type Option struct {
	Name      Name
	Span      Span // all of it
	NameSpan  Span
	ValueSpan Span // with its quotes; of a flag, the empty span after its name
	Value     Value
}

// Value is what an option says. Sealed: one type for each shape of value.
type Value interface {
	// String prints the value as it may stand in a directive, without quotes around it.
	String() string
	value()
}

// The shapes of values.
type (
	// Flag is the value of an option that is there or not: strong.
	Flag struct{}

	// Off switches something off, a default of the type included: local=off, strong=off.
	Off struct{}

	// Duration is positive: 600 is 600 seconds, 10m ten minutes.
	Duration struct{ D time.Duration }

	// Const names a constant of the package, or of an imported one, that holds the value, a
	// duration or a version: ContactTTL, crm.ContactTTL.
	Const struct{ Name string }

	// Percent is from 1 to 99.
	Percent struct{ P int }

	// Int is at least 1.
	Int struct{ N int }

	// Path is literal segments: contact:list.
	Path struct{ Segments []Text }

	// Template is segments that together make the argument part of a key: {f.Stage}:{page}.
	Template struct{ Segments []Segment }

	// Patterns says which entries are meant: contact:{c.ID},contact:list:*.
	Patterns struct{ List []Pattern }

	// Params names parameters: {db},{tx}. Each placeholder has one selector. Of batch, there is
	// exactly one, which may be a field of a parameter: {arg.IDs}.
	Params struct{ List []Placeholder }

	// Types names types of the package, or of imported ones: Price,api.Union.
	Types struct{ List []TypeName }

	// TenantContext takes the tenant from the context, which is the default unless the type says
	// otherwise: tenant=context.
	TenantContext struct{}

	// TenantGlobal is the scope that all tenants share: tenant=global.
	TenantGlobal struct{}

	// TenantAll is every tenant, for writes only: tenant=*.
	TenantAll struct{}

	// TenantParam takes the tenant from an argument: tenant={orgID}.
	TenantParam struct{ Placeholder Placeholder }

	// ByPosition promises that a batch answers in the order of its items: by=position.
	ByPosition struct{}

	// ByIdentity says what of an element names the item that it is about: by={result.ID}.
	ByIdentity struct{ Placeholder Placeholder }

	// TierList is where entries live: local,redis. Each is there once.
	TierList struct{ List []Tier }

	// Invalid stands for a value that is wrong. Parse has reported why, so whoever looks for the
	// option finds it and need not call it missing.
	Invalid struct{}
)

func (Flag) value()          {}
func (Off) value()           {}
func (Duration) value()      {}
func (Const) value()         {}
func (Percent) value()       {}
func (Int) value()           {}
func (Path) value()          {}
func (Template) value()      {}
func (Patterns) value()      {}
func (Params) value()        {}
func (Types) value()         {}
func (TenantContext) value() {}
func (TenantGlobal) value()  {}
func (TenantAll) value()     {}
func (TenantParam) value()   {}
func (ByPosition) value()    {}
func (ByIdentity) value()    {}
func (TierList) value()      {}
func (Invalid) value()       {}

// Pattern is one entry, contact:{c.ID}, or everything under a path, contact:*. Its first segment is
// literal, as prefixes are; the pattern "*" has none.
type Pattern struct {
	Segments []Segment // without the *
	All      bool      // it ends in *
	Span     Span
}

// TypeName is the name of a type, with that of an imported package before it if there is one, and
// without type arguments: api.Union.
type TypeName struct {
	Name string
	Span Span
}

// Segment is what stands between two colons: literal text, a placeholder, or a placeholder with
// text before it, after it or around it. It is never empty, and never holds two placeholders:
// v{a}{b} would be the same key for 1, 23 and for 12, 3.
type Segment struct {
	Parts []Part
	Span  Span
}

// Part is a Text or a Placeholder.
type Part interface {
	String() string
	part()
}

// Text is literal text: printable, without any of : , * { }. It may hold spaces.
type Text struct {
	Text string
	Span Span
}

// Placeholder stands for a value that is known when the method is called, or after:
// {c.Address.City}, {f.Stage()}, {result.ID}, {Fold(q)}.
type Placeholder struct {
	Selectors []Selector // at least one; the first is a parameter or "result", and no call
	Span      Span       // with its braces
}

// Selector is one name of a placeholder: the parameter, a field, a method without parameters, or a
// function of what comes before it: {Fold(c.Name)} is c, Name and Fold.
type Selector struct {
	Name string
	Call bool
	Func bool
	Span Span // with its ()
}

func (Text) part()        {}
func (Placeholder) part() {}

// Find returns the first option of that name.
func (b *Block) Find(name Name) (Option, bool) {
	for _, o := range b.Options {
		if o.Name == name {
			return o, true
		}
	}
	return Option{}, false
}

// All returns every option of that name. Only repeatable ones can be there twice, and tenants, for
// which see TenantOf.
func (b *Block) All(name Name) []Option {
	var all []Option
	for _, o := range b.Options {
		if o.Name == name {
			all = append(all, o)
		}
	}
	return all
}

// TenantOf returns the tenant that an option of the block is about, if the block says so: for the
// patterns of a write the one on their line, and else the one that stands on a line without such
// patterns.
func (b *Block) TenantOf(o Option) (Option, bool) {
	common, found := Option{}, false
	for _, t := range b.Options {
		switch own := t.Name == Tenant && b.aimsOn(t.Span.Line); {
		case t.Name != Tenant:
		case own && t.Span.Line == o.Span.Line && find(string(o.Name)).aims():
			return t, true
		case !own:
			common, found = t, true
		}
	}
	return common, found
}

// aimsOn reports whether a line has patterns of a write.
func (b *Block) aimsOn(line int) bool {
	for _, o := range b.Options {
		if o.Span.Line == line && find(string(o.Name)).aims() {
			return true
		}
	}
	return false
}

// Has reports whether the flag of that name is set: it is there, and not as in strong=off.
func (b *Block) Has(name Name) bool {
	o, _ := b.Find(name)
	_, set := o.Value.(Flag)
	return set
}

// Split takes a segment apart: v{id}x is "v", {id}, "x". Of literal text, all is before, and the
// placeholder nil.
func (s Segment) Split() (before string, p *Placeholder, after string) {
	for _, part := range s.Parts {
		switch part := part.(type) {
		case Placeholder:
			p = &part
		case Text:
			if p == nil {
				before += part.Text
			} else {
				after += part.Text
			}
		}
	}
	return before, p, after
}

// Literal returns the text of a segment that has no placeholder.
func (s Segment) Literal() (string, bool) {
	for _, part := range s.Parts {
		if _, placeholder := part.(Placeholder); placeholder {
			return "", false
		}
	}
	if len(s.Parts) == 1 {
		return s.Parts[0].String(), true
	}
	text, _, _ := s.Split()
	return text, true
}

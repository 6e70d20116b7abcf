package annotations

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// parse parses lines that have no mistake.
func parse(t *testing.T, lines ...string) *Block {
	t.Helper()
	b, errs := Parse(lines)
	require.Empty(t, errs, "%q", lines)
	return b
}

// TestSpans shows where each part of a block stands: the line, then each part with its own text
// under it.
func TestSpans(t *testing.T) {
	for _, c := range []struct{ line, parts string }{
		{`//cache:ttl=600 strong // remark`, `
ttl=600: name ttl, value 600
strong: name strong, value
`},
		{`//cache:key=v{c.Addr.City}x:{f.Stage()}:list`, `
key=v{c.Addr.City}x:{f.Stage()}:list: name key, value v{c.Addr.City}x:{f.Stage()}:list
  segment v{c.Addr.City}x
    text v
    placeholder {c.Addr.City}
      selector c
      selector Addr
      selector City
    text x
  segment {f.Stage()}
    placeholder {f.Stage()}
      selector f
      selector Stage()
  segment list
    text list
`},
		{`//cache:invalidate=a:{x}:*,*,b prefix=a:b`, `
invalidate=a:{x}:*,*,b: name invalidate, value a:{x}:*,*,b
  pattern a:{x}:*
    segment a
      text a
    segment {x}
      placeholder {x}
        selector x
  pattern *
  pattern b
    segment b
      text b
prefix=a:b: name prefix, value a:b
  text a
  text b
`},
		{`//cache:key="\u00e9\x7bid\x7d\072\"b c"`, `
key="\u00e9\x7bid\x7d\072\"b c": name key, value "\u00e9\x7bid\x7d\072\"b c"
  segment \u00e9\x7bid\x7d
    text \u00e9
    placeholder \x7bid\x7d
      selector id
  segment \"b c
    text \"b c
`},
		{"//cache:ignore=`{a},{b}` tenant={o.ID}", "\n" +
			"ignore=`{a},{b}`: name ignore, value `{a},{b}`\n" + `  placeholder {a}
    selector a
  placeholder {b}
    selector b
tenant={o.ID}: name tenant, value {o.ID}
  placeholder {o.ID}
    selector o
    selector ID
`},
	} {
		b := parse(t, c.line)
		assert.Equal(t, strings.TrimPrefix(c.parts, "\n"), outline(b, []string{c.line}), c.line)
		checkSpans(t, b, []string{c.line})
	}
}

// outline prints the source text of every part.
func outline(b *Block, lines []string) string {
	var out strings.Builder
	text := func(s Span) string { return lines[s.Line][s.Start:s.End] }
	for _, o := range b.Options {
		fmt.Fprintln(&out, strings.TrimRight(fmt.Sprintf("%s: name %s, value %s", text(o.Span), text(o.NameSpan), text(o.ValueSpan)), " "))
		walk(o, func(depth int, kind string, s, _ Span) {
			fmt.Fprintf(&out, "%s%s %s\n", strings.Repeat("  ", depth), kind, text(s))
		})
	}
	return out.String()
}

// walk visits the parts of an option's value with the span they must lie in.
func walk(o Option, visit func(depth int, kind string, s, outer Span)) {
	placeholder := func(depth int, p Placeholder, outer Span) {
		visit(depth, "placeholder", p.Span, outer)
		for _, s := range p.Selectors {
			visit(depth+1, "selector", s.Span, p.Span)
		}
	}
	segments := func(depth int, list []Segment, outer Span) {
		for _, s := range list {
			visit(depth, "segment", s.Span, outer)
			for _, p := range s.Parts {
				switch p := p.(type) {
				case Text:
					visit(depth+1, "text", p.Span, s.Span)
				case Placeholder:
					placeholder(depth+1, p, s.Span)
				}
			}
		}
	}
	switch v := o.Value.(type) {
	case Path:
		for _, s := range v.Segments {
			visit(1, "text", s.Span, o.ValueSpan)
		}
	case Template:
		segments(1, v.Segments, o.ValueSpan)
	case Patterns:
		for _, p := range v.List {
			visit(1, "pattern", p.Span, o.ValueSpan)
			segments(2, p.Segments, p.Span)
		}
	case Params:
		for _, p := range v.List {
			placeholder(1, p, o.ValueSpan)
		}
	case TenantParam:
		placeholder(1, v.Placeholder, o.ValueSpan)
	case ByIdentity:
		placeholder(1, v.Placeholder, o.ValueSpan)
	}
}

// checkSpans checks that all spans lie inside the lines, in order, and nest.
func checkSpans(t *testing.T, b *Block, lines []string) {
	t.Helper()
	about := fmt.Sprintf("%q", lines)
	last := Span{}
	for _, o := range b.Options {
		require.Less(t, o.Span.Line, len(lines), about)
		checkSpan(t, Span{o.Span.Line, 0, len(lines[o.Span.Line])}, o.Span, about)
		checkSpan(t, o.Span, o.NameSpan, about)
		checkSpan(t, o.Span, o.ValueSpan, about)
		assert.LessOrEqual(t, o.NameSpan.End, o.ValueSpan.Start, about)
		assert.True(t, last.Line < o.Span.Line || last.End <= o.Span.Start, "%v comes after %v: %s", o.Span, last, about)
		last = o.Span
		walk(o, func(_ int, _ string, s, outer Span) { checkSpan(t, outer, s, about) })
	}
}

func TestValues(t *testing.T) {
	for _, c := range []struct {
		option string
		want   Value
		prints string // if not as it is written
	}{
		{"ttl=600", Duration{600 * time.Second}, "ttl=10m"},
		{"ttl=1", Duration{time.Second}, "ttl=1s"},
		{"ttl=007", Duration{7 * time.Second}, "ttl=7s"},
		{"ttl=1h30m", Duration{90 * time.Minute}, ""},
		{"ttl=1.5s", Duration{1500 * time.Millisecond}, ""},
		{"ttl=.5h", Duration{30 * time.Minute}, "ttl=30m"},
		{"ttl=5us", Duration{5 * time.Microsecond}, "ttl=5µs"},
		{"ttl=24h", Duration{24 * time.Hour}, ""},
		{"ttl=1h1s", Duration{time.Hour + time.Second}, "ttl=1h0m1s"},
		{"ttl=3153600000", Duration{Longest}, "ttl=876000h"},
		{"ttl=ContactTTL", Const{"ContactTTL"}, ""},
		{"ttl=crm.ContactTTL", Const{"crm.ContactTTL"}, ""},
		{"ttl=süß", Const{"süß"}, ""},
		{"notfound=off", Off{}, ""},
		{"local=off", Off{}, ""},
		{"lock=off", Off{}, ""},
		{"lock", Flag{}, ""},
		{"strong", Flag{}, ""},
		{"strong=off", Off{}, ""},
		{`strong="off"`, Off{}, "strong=off"},
		{"refresh=80%", Percent{80}, ""},
		{"refresh=2m", Duration{2 * time.Minute}, ""},
		{"refresh=80", Duration{80 * time.Second}, "refresh=1m20s"},
		{"refresh=Early", Const{"Early"}, ""},
		{"jitter=99%", Percent{99}, ""},
		{"version=2", Int{2}, ""},
		{"chunk=2147483647", Int{math.MaxInt32}, ""},
		{"tenant=context", TenantContext{}, ""},
		{"tenant=global", TenantGlobal{}, ""},
		{"tenant=*", TenantAll{}, ""},
		{"tenant={orgID}", TenantParam{param("orgID")}, ""},
		{"tenant={org.ID()}", TenantParam{Placeholder{Selectors: []Selector{{Name: "org"}, {Name: "ID", Call: true}}}}, ""},
		{"by=position", ByPosition{}, ""},
		{"by={result.ID}", ByIdentity{Placeholder{Selectors: []Selector{{Name: "result"}, {Name: "ID"}}}}, ""},
		{"by={result.Key()}", ByIdentity{Placeholder{Selectors: []Selector{{Name: "result"}, {Name: "Key", Call: true}}}}, ""},
		{"prefix=contact:list", Path{[]Text{{Text: "contact"}, {Text: "list"}}}, ""},
		{"prefix=off", Path{[]Text{{Text: "off"}}}, ""},
		{`prefix="a b"`, Path{[]Text{{Text: "a b"}}}, ""},
		{`prefix="ab"`, Path{[]Text{{Text: "ab"}}}, "prefix=ab"},
		{`prefix="a\"b"`, Path{[]Text{{Text: `a"b`}}}, ""},
		{`prefix=\/:~%`, Path{[]Text{{Text: `\/`}, {Text: "~%"}}}, ""},
		{`prefix="it's"`, Path{[]Text{{Text: "it's"}}}, ""},
		{"prefix=a=b", Path{[]Text{{Text: "a=b"}}}, `prefix="a=b"`},
		{"prefix=größe", Path{[]Text{{Text: "größe"}}}, ""},
		{"key=all", Template{[]Segment{{Parts: []Part{Text{Text: "all"}}}}}, ""},
		{"key=v{id}x:{p}", Template{[]Segment{{Parts: []Part{Text{Text: "v"}, param("id"), Text{Text: "x"}}}, {Parts: []Part{param("p")}}}}, ""},
		{"batch={ids}", Params{[]Placeholder{param("ids")}}, ""},
		{"ignore={db},{tx}", Params{[]Placeholder{param("db"), param("tx")}}, ""},
		{"invalidate=*", Patterns{[]Pattern{{All: true}}}, ""},
		{"invalidate=user:*", Patterns{[]Pattern{{Segments: []Segment{literal("user")}, All: true}}}, ""},
		{"tags=settings", Patterns{[]Pattern{{Segments: []Segment{literal("settings")}}}}, ""},
		{"put=c:{result.ID}", Patterns{[]Pattern{{Segments: []Segment{literal("c"), {Parts: []Part{
			Placeholder{Selectors: []Selector{{Name: "result"}, {Name: "ID"}}},
		}}}}}}, ""},
	} {
		t.Run(c.option, func(t *testing.T) {
			b := parse(t, "//cache:"+c.option)
			require.Len(t, b.Options, 1)
			assert.Equal(t, c.want, bare(b).Options[0].Value)
			if c.prints == "" {
				c.prints = c.option
			}
			assert.Equal(t, c.prints, b.Options[0].String())
		})
	}
}

func param(name string) Placeholder { return Placeholder{Selectors: []Selector{{Name: name}}} }

func literal(text string) Segment { return Segment{Parts: []Part{Text{Text: text}}} }

// bare is a copy of a block without its spans.
func bare(b *Block) *Block {
	placeholder := func(p Placeholder) Placeholder {
		bare := Placeholder{}
		for _, s := range p.Selectors {
			bare.Selectors = append(bare.Selectors, Selector{Name: s.Name, Call: s.Call})
		}
		return bare
	}
	segments := func(list []Segment) (bare []Segment) {
		for _, s := range list {
			var parts []Part
			for _, p := range s.Parts {
				switch p := p.(type) {
				case Text:
					parts = append(parts, Text{Text: p.Text})
				case Placeholder:
					parts = append(parts, placeholder(p))
				}
			}
			bare = append(bare, Segment{Parts: parts})
		}
		return bare
	}
	result := &Block{}
	for _, o := range b.Options {
		switch v := o.Value.(type) {
		case Path:
			var path Path
			for _, s := range v.Segments {
				path.Segments = append(path.Segments, Text{Text: s.Text})
			}
			o.Value = path
		case Template:
			o.Value = Template{segments(v.Segments)}
		case Patterns:
			var patterns Patterns
			for _, p := range v.List {
				patterns.List = append(patterns.List, Pattern{Segments: segments(p.Segments), All: p.All})
			}
			o.Value = patterns
		case Params:
			var params Params
			for _, p := range v.List {
				params.List = append(params.List, placeholder(p))
			}
			o.Value = params
		case TenantParam:
			o.Value = TenantParam{placeholder(v.Placeholder)}
		case ByIdentity:
			o.Value = ByIdentity{placeholder(v.Placeholder)}
		}
		result.Options = append(result.Options, Option{Name: o.Name, Value: o.Value})
	}
	return result
}

func TestBlock(t *testing.T) {
	b := parse(t,
		"//cache:invalidate=contact:{c.ID} onsuccess // the entry itself",
		"//cache:invalidate=contact:list:* \t fence=off //and the lists",
	)
	assert.Len(t, b.All(Invalidate), 2)
	assert.Empty(t, b.All(Put))
	o, ok := b.Find(Invalidate)
	assert.True(t, ok)
	assert.Equal(t, "invalidate=contact:{c.ID}", o.String())
	_, ok = b.Find(TTL)
	assert.False(t, ok)
	assert.True(t, b.Has(OnSuccess))
	assert.Empty(t, b.Options[1].Value.String(), "a flag")
	assert.False(t, b.Has(Fence), "it is off")
	assert.False(t, b.Has(Invalidate), "it is no flag")
	assert.False(t, b.Has(Strong))
	assert.Equal(t, "//cache:invalidate=contact:{c.ID} onsuccess\n//cache:invalidate=contact:list:* fence=off", b.String())

	empty, errs := Parse(nil)
	assert.Empty(t, errs)
	assert.Empty(t, empty.String())
}

// A wrong value is there, so that nobody calls it missing, and is not printed; what is right beside
// it stays.
func TestInvalidStays(t *testing.T) {
	b, errs := Parse([]string{"//cache:ttl=10min prefix=contact", "//cache:invalidate=a::b,c:*"})
	assert.Len(t, errs, 2)
	o, ok := b.Find(TTL)
	assert.True(t, ok)
	assert.Equal(t, Invalid{}, o.Value)
	assert.Equal(t, "ttl=", o.String())
	assert.Equal(t, "//cache:prefix=contact\n//cache:invalidate=c:*", b.String())
}

func TestSegment(t *testing.T) {
	segments := parse(t, "//cache:key=v{id}x:{id}:list").Options[0].Value.(Template).Segments
	before, p, after := segments[0].Split()
	assert.Equal(t, []string{"v", "{id}", "x"}, []string{before, p.String(), after})
	_, p, _ = segments[1].Split()
	assert.Equal(t, "{id}", p.String())
	_, ok := segments[1].Literal()
	assert.False(t, ok)
	text, ok := segments[2].Literal()
	assert.True(t, ok)
	assert.Equal(t, "list", text)
}

package annotations

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// String prints directive lines that parse back to an equal block, spans aside: one line for each
// line it came from. Wrong values are left out.
func (b *Block) String() string {
	var lines strings.Builder
	last := -1
	for _, o := range b.Options {
		if _, wrong := o.Value.(Invalid); wrong {
			continue
		}
		switch {
		case last == o.Span.Line:
			lines.WriteString(" ")
		case last >= 0:
			lines.WriteString("\n" + marker)
		default:
			lines.WriteString(marker)
		}
		last = o.Span.Line
		lines.WriteString(o.String())
	}
	return lines.String()
}

// String prints the option with its value, quoted where it must be.
func (o Option) String() string {
	if _, flag := o.Value.(Flag); flag {
		return string(o.Name)
	}
	value := o.Value.String()
	if quotable(value) {
		value = strconv.Quote(value)
	}
	return string(o.Name) + "=" + value
}

// quotable reports whether a value would mean something else without quotes around it.
func quotable(value string) bool {
	return strings.ContainsFunc(value, unicode.IsSpace) || strings.ContainsAny(value, "\"'`=")
}

// String returns "": a flag has no value.
func (Flag) String() string { return "" }

// String returns "off".
func (Off) String() string { return "off" }

// String prints 10m where time.Duration prints 10m0s.
func (d Duration) String() string {
	s := d.D.String()
	if d.D%time.Minute == 0 {
		s = strings.TrimSuffix(s, "0s")
	}
	if d.D%time.Hour == 0 {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// String returns the name of the constant.
func (c Const) String() string { return c.Name }

// String prints 10%.
func (p Percent) String() string { return fmt.Sprintf("%d%%", p.P) }

// String prints the number.
func (n Int) String() string { return strconv.Itoa(n.N) }

// String prints contact:list.
func (p Path) String() string { return join(p.Segments, ":") }

// String prints {f.Stage}:{page}.
func (t Template) String() string { return join(t.Segments, ":") }

// String prints contact:{c.ID},contact:list:*.
func (p Patterns) String() string { return join(p.List, ",") }

// String prints {db},{tx}.
func (p Params) String() string { return join(p.List, ",") }

// String prints Price,api.Union.
func (t Types) String() string {
	names := make([]string, len(t.List))
	for i, n := range t.List {
		names[i] = n.Name
	}
	return strings.Join(names, ",")
}

// String returns "context".
func (TenantContext) String() string { return "context" }

// String returns "global".
func (TenantGlobal) String() string { return "global" }

// String returns "*".
func (TenantAll) String() string { return "*" }

// String prints {orgID}.
func (t TenantParam) String() string { return t.Placeholder.String() }

// String returns "position".
func (ByPosition) String() string { return "position" }

// String prints {result.ID}.
func (b ByIdentity) String() string { return b.Placeholder.String() }

// String prints local,redis.
func (t TierList) String() string { return join(t.List, ",") }

// String returns the name.
func (t Tier) String() string { return string(t) }

// String returns "".
func (Invalid) String() string { return "" }

// String prints the pattern as it stands in a directive.
func (p Pattern) String() string {
	switch {
	case !p.All:
		return join(p.Segments, ":")
	case len(p.Segments) == 0:
		return "*"
	default:
		return join(p.Segments, ":") + ":*"
	}
}

// String prints the segment as it stands in a directive.
func (s Segment) String() string { return join(s.Parts, "") }

// String returns the text.
func (t Text) String() string { return t.Text }

// String prints the placeholder with its braces.
func (p Placeholder) String() string { return "{" + Expression("", p.Selectors) + "}" }

// Expression prints selectors of a value: c.Owner.ID, Fold(c.Name). The value is called root, or
// with root "" as the first of the selectors.
func Expression(root string, selectors []Selector) string {
	for i, s := range selectors {
		switch {
		case s.Func:
			root = s.Name + "(" + root + ")"
		case root == "" && i == 0:
			root = s.String()
		default:
			root += "." + s.String()
		}
	}
	return root
}

// String prints the name, with () if it is a call.
func (s Selector) String() string {
	if s.Call {
		return s.Name + "()"
	}
	return s.Name
}

func join[T fmt.Stringer](list []T, sep string) string {
	if len(list) == 1 {
		return list[0].String()
	}
	parts := make([]string, 0, 8) // as a rule that is enough, and costs nothing
	for _, item := range list {
		parts = append(parts, item.String())
	}
	return strings.Join(parts, sep)
}

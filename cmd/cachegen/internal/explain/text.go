package explain

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
)

const width = 100 // of a terminal

// text prints one paragraph for each method:
//
//	ContactRepository  example.com/crm  contacts.go:28
//
//	  Get  reads contact:{id}
//	       10m, not found 30s; for the tenant of the context; each caller gets a copy
//	       made stale by Create, Update (contact:{c.ID}); Delete (contact:{id})
func (v *view) text() string {
	var b strings.Builder
	if v.Pattern != "" {
		first := v.Pattern + " drops entries of " + plural(v.count(model.KindRead), "read")
		if v.Prefixes != "" {
			first += "; prefixes are " + v.Prefixes
		}
		wrap(&b, "", "  ", first)
		if len(v.Repositories) > 0 {
			b.WriteString("\n")
		}
	}
	for i, r := range v.Repositories {
		if i > 0 {
			b.WriteString("\n")
		}
		wrap(&b, "", "    ", fmt.Sprintf("%s  %s  %s:%d", r.Name, r.Package, r.File, r.Line))
		longest := 0
		for _, m := range r.Methods {
			longest = max(longest, min(24, utf8.RuneCountInString(m.Name)))
		}
		indent := strings.Repeat(" ", longest+4)
		var delegated, refused []string
		for _, m := range r.Methods {
			name := fmt.Sprintf("  %-*s  ", longest, m.Name)
			switch m.Kind {
			case model.KindRead:
				b.WriteString("\n")
				wrap(&b, name, indent+"  ", "reads "+m.Read.Key)
				if drops := v.drops(m.Read); drops != "" {
					wrap(&b, indent, indent+"  ", v.Pattern+" "+drops)
				}
				wrap(&b, indent, indent+"  ", life(m.Read)+"; for "+tenant(m.Read.Tenant)+"; "+clone(m.Read)+staleWith(m.Read))
				wrap(&b, indent, indent+"  ", v.staleBy(m.Read, &v.Repositories[i]))
			case model.KindWrite:
				b.WriteString("\n")
				first := name
				for _, t := range m.Change.Puts {
					stored, tagged := v.puts(t, &v.Repositories[i])
					text := "puts " + t.Pattern + whose(t) + " (" + stored + ")"
					if tagged != "" {
						text += " and invalidates what goes stale with it (" + tagged + ")"
					}
					wrap(&b, first, indent+"  ", text)
					first = indent
				}
				for _, t := range m.Change.Invalidates {
					wrap(&b, first, indent+"  ", "invalidates "+t.Pattern+whose(t)+" ("+v.targets(t, &v.Repositories[i])+")")
					first = indent
				}
				if manner := manner(m.Change); manner != "" {
					wrap(&b, first, indent+"  ", manner)
				}
			case model.KindDelegated:
				delegated = append(delegated, m.Name)
			case model.KindRefused:
				refused = append(refused, m.Name)
			}
		}
		if len(delegated) > 0 {
			b.WriteString("\n")
			wrap(&b, "  ", "    ", "neither: "+strings.Join(delegated, ", "))
		}
		if len(refused) > 0 {
			b.WriteString("\n")
			wrap(&b, "  ", "    ", "with findings: "+strings.Join(refused, ", "))
		}
	}
	if len(v.Repositories) == 0 && v.Pattern == "" {
		return "no interface has directives\n"
	}
	return b.String()
}

func plural(n int, noun string) string {
	switch n {
	case 0:
		return "no " + noun
	case 1:
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// wrap prints text after first, and further lines of it after rest. A word that does not fit on a
// line is cut.
func wrap(b *strings.Builder, first, rest, text string) {
	line := first
	empty := true
	flush := func() {
		b.WriteString(strings.TrimRight(line, " ") + "\n")
		line, empty = rest, true
	}
	for i, word := range strings.Split(text, " ") {
		if i > 0 && !empty {
			if utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width {
				flush()
			} else {
				line += " "
			}
		}
		for room := width - utf8.RuneCountInString(line); utf8.RuneCountInString(word) > room; room = width - utf8.RuneCountInString(line) {
			runes := []rune(word)
			line += string(runes[:max(room, 1)])
			word = string(runes[max(room, 1):])
			flush()
		}
		line += word
		empty = false
	}
	flush()
}

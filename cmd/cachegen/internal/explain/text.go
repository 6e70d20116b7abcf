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
	if len(v.Repositories) == 0 && v.Pattern == "" {
		return "no interface has directives\n"
	}
	var b strings.Builder
	if v.Pattern != "" {
		v.writePattern(&b)
	}
	for i := range v.Repositories {
		if i > 0 {
			b.WriteString("\n")
		}
		v.writeRepository(&b, &v.Repositories[i])
	}
	return b.String()
}

// writePattern says what the pattern of the graph drops.
func (v *view) writePattern(b *strings.Builder) {
	first := v.Pattern + " drops entries of " + plural(v.count(model.KindRead), "read")
	if v.Prefixes != "" {
		first += "; prefixes are " + v.Prefixes
	}
	wrap(b, "", "  ", first)
	if len(v.Repositories) > 0 {
		b.WriteString("\n")
	}
}

func (v *view) writeRepository(b *strings.Builder, r *model.Repository) {
	wrap(b, "", "    ", fmt.Sprintf("%s  %s  %s:%d", r.Name, r.Package, r.File, r.Line))
	longest := 0
	for _, m := range r.Methods {
		longest = max(longest, min(24, utf8.RuneCountInString(m.Name)))
	}
	var delegated, refused, handsOut []string
	for _, m := range r.Methods {
		p := paragraph{b, fmt.Sprintf("  %-*s  ", longest, m.Name), strings.Repeat(" ", longest+4)}
		switch m.Kind {
		case model.KindRead:
			b.WriteString("\n")
			v.writeRead(&p, r, m.Read)
		case model.KindWrite:
			b.WriteString("\n")
			v.writeWrite(&p, r, m.Change)
		case model.KindTx:
			handsOut = append(handsOut, m.Name)
		case model.KindDelegated:
			delegated = append(delegated, m.Name)
		case model.KindRefused:
			refused = append(refused, m.Name)
		}
	}
	writeOthers(b, "inside transactions: ", handsOut)
	writeOthers(b, "neither: ", delegated)
	writeOthers(b, "with findings: ", refused)
}

// writeOthers lists methods that have no paragraph.
func writeOthers(b *strings.Builder, what string, names []string) {
	if len(names) > 0 {
		b.WriteString("\n")
		wrap(b, "  ", "    ", what+strings.Join(names, ", "))
	}
}

func (v *view) writeRead(p *paragraph, r *model.Repository, c *model.Cached) {
	p.line("reads " + c.Key)
	if drops := v.drops(c); drops != "" {
		p.line(v.Pattern + " " + drops)
	}
	p.line(life(c) + "; for " + tenant(c.Tenant) + "; " + clone(c) + staleWith(c))
	p.line(v.staleBy(c, r))
}

func (v *view) writeWrite(p *paragraph, r *model.Repository, c *model.Change) {
	for _, t := range c.Puts {
		stored, tagged := v.puts(t, r)
		text := "puts " + t.Pattern + whose(t) + " (" + stored + ")"
		if tagged != "" {
			text += " and invalidates what goes stale with it (" + tagged + ")"
		}
		p.line(text)
	}
	for _, t := range c.Invalidates {
		p.line("invalidates " + t.Pattern + whose(t) + " (" + v.targets(t, r) + ")")
	}
	if manner := manner(c); manner != "" {
		p.line(manner)
	}
}

// paragraph is what is said of one method. Its first line begins with the name, the others are
// indented below that.
type paragraph struct {
	to            *strings.Builder
	begin, indent string
}

func (p *paragraph) line(text string) {
	wrap(p.to, p.begin, p.indent+"  ", text)
	p.begin = p.indent
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

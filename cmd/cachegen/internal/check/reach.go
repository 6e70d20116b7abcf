package check

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
)

// lookalikes are reads whose keys look alike: what a pattern is to one of them, it is to all. Packages of one program tend to have many, and every
// pattern is held against every read that it may meet.
type lookalikes struct {
	reads []*reading
	exact int // so many segments are alike in all; those of later ones may be of different types
}

// group adds a read to those like it.
func (p *program) group(r *reading, known map[string]*lookalikes) {
	look, exact := r.look()
	if g := known[look]; g != nil {
		g.reads = append(g.reads, r)
		return
	}
	g := &lookalikes{[]*reading{r}, exact}
	known[look] = g
	p.alike = append(p.alike, g)
	p.alikeByFirst[first(r.path)] = append(p.alikeByFirst[first(r.path)], g)
}

// look is all that reach asks of a read, up to the first composite; whether those are alike is for their types to say, and not for a text.
func (r *reading) look() (look string, exact int) {
	exact = len(r.slots)
	_, global := r.model.Read.Tenant.(model.Global)
	b := strconv.AppendBool(nil, global)
	for i, s := range r.slots {
		b = strconv.AppendQuote(append(b, ';'), s.Before)
		b = strconv.AppendQuote(b, s.After)
		switch {
		case s.Value == nil:
		case s.class == composite:
			b = append(b, s.class...)
			exact = min(exact, i)
		default:
			b = strconv.AppendQuote(append(b, s.class...), s.Value.Type.String())
		}
		for _, e := range s.path {
			b = strconv.AppendQuote(append(b, ',', '0'+byte(e.kind)), e.before)
			b = strconv.AppendQuote(b, e.after)
		}
	}
	return string(b), exact
}

// reach returns the reads that a pattern makes stale, in the order of all reads.
func (p *program) reach(a *aim) []*reading {
	var list []*reading
	met := 0
	for _, g := range p.meantAlike(a.path) {
		reads := g.reads
		switch r := reads[0]; {
		case !tenantsMeet(a.inv.Tenant, r.model.Read.Tenant):
			continue
		case len(a.slots) > g.exact:
			reads = slices.DeleteFunc(slices.Clone(reads), func(r *reading) bool { return !p.compare(a, r).fits() })
		case !p.compare(a, r).fits():
			continue
		}
		list = append(list, reads...)
		met++
	}
	return ordered(list, met)
}

// meant returns the reads whose keys a path meets. It may meet some by chance, as contact:list:* meets the contact whose id is "list", and
// contact:{c.ID} of that contact meets contact:list; if there are others, those are meant.
func (p *program) meant(path []element) []*reading {
	var list []*reading
	groups := p.meantAlike(path)
	for _, g := range groups {
		list = append(list, g.reads...)
	}
	return ordered(list, len(groups))
}

func (p *program) meantAlike(path []element) []*lookalikes {
	candidates := p.alikeByFirst[first(path)]
	if len(path) > 0 && path[0].kind == many {
		candidates = p.alike
	}
	var list, lucky []*lookalikes
	for _, g := range candidates {
		switch r := g.reads[0]; {
		case !canEqual(path, r.path):
		case byChance(path, r):
			lucky = append(lucky, g)
		default:
			list = append(list, g)
		}
	}
	if len(list) == 0 {
		return lucky
	}
	return list
}

// ordered sorts the reads of several groups.
func ordered(list []*reading, groups int) []*reading {
	if groups > 1 {
		slices.SortFunc(list, func(a, b *reading) int { return cmp.Compare(a.index, b.index) })
	}
	return list
}

// byChance reports whether a path is spelled out where the key of a read has a value, or has a value where the key is spelled out.
func byChance(path []element, r *reading) bool {
	for i, e := range path[:min(len(path), len(r.slots))] {
		if e.kind != many && (e.kind == literal) != (r.slots[i].Value == nil) {
			return true
		}
	}
	return false
}

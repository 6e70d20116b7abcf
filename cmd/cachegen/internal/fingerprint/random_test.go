package fingerprint

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/codec"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/shape"
)

// TestRandom changes random programs a little: a version changes if, and only if, the plan does.
func TestRandom(t *testing.T) {
	seed := uint64(1)
	if os.Getenv("CACHEGEN_SEED") != "" {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("seed %d", seed)
	g := gen{rand.New(rand.NewPCG(seed, 0))}
	count := map[bool]int{}
	for range 250 {
		before := g.source()
		after := before.clone()
		for range 1 + g.IntN(2) {
			g.change(after)
		}
		a, b := before.results(t), after.results(t)
		for i := range a {
			p, refusal := codec.Of(a[i].typ, a[i].view)
			q, refusal2 := codec.Of(b[i].typ, b[i].view)
			if refusal != nil || refusal2 != nil {
				continue
			}
			same := comparison{}.plans(a[i].typ, b[i].typ, p, q)
			count[same]++
			if a[i].version(0) == b[i].version(0) != same {
				t.Fatalf("plans of %v are the same: %t, but\n%s\n%s\nin\n%s\n%s", a[i].typ, same, a[i].text(), b[i].text(), before, after)
			}
		}
	}
	if count[true] < 100 || count[false] < 100 {
		t.Errorf("%d pairs of plans are the same, %d are not", count[true], count[false])
	}
}

// TestOrder: what has been asked for before makes no difference to a plan.
func TestOrder(t *testing.T) {
	g := gen{rand.New(rand.NewPCG(1, 1))}
	refused := 0
	for range 200 {
		s := g.source()
		results := s.results(t)
		for _, i := range g.Perm(len(results)) {
			r := results[i]
			alone := result{shape.NewView(r.view.From()), r.typ}
			_, refusal := codec.Of(r.typ, r.view)
			_, fresh := codec.Of(r.typ, alone.view)
			if (refusal == nil) != (fresh == nil) {
				t.Fatalf("%v is refused in company: %v, and alone: %v, in\n%s", r.typ, refusal, fresh, s)
			}
			if refusal != nil {
				refused++
			} else if r.text() != alone.text() {
				t.Fatalf("%v is in company\n%s\nand alone\n%s\nin\n%s", r.typ, r.text(), alone.text(), s)
			}
		}
	}
	if refused < 50 || refused > 900 {
		t.Errorf("%d of 1000 types are refused", refused)
	}
}

// source is a program of two packages, of which p uses what q has.
type source map[string][]*decl

// decl is type T0 struct{ F0 int }, with methods.
type decl struct {
	index   int
	fields  []field
	methods []string
}

type field struct{ name, typ, tag string }

func (s source) clone() source {
	c := source{}
	for pkg, decls := range s {
		for _, d := range decls {
			c[pkg] = append(c[pkg], &decl{d.index, slices.Clone(d.fields), slices.Clone(d.methods)})
		}
	}
	return c
}

func (s source) String() string { return "// q\n" + s.text("q") + "// p\n" + s.text("p") }

func (s source) text(pkg string) string {
	var b strings.Builder
	for _, d := range s[pkg] {
		name := fmt.Sprint(map[string]string{"p": "S", "q": "T"}[pkg], d.index)
		fmt.Fprintf(&b, "type %s struct {\n", name)
		for _, f := range d.fields {
			typ := f.typ
			if pkg == "q" {
				typ = strings.ReplaceAll(typ, "q.", "")
			}
			fmt.Fprintf(&b, "\t%s %s", f.name, typ)
			if f.tag != "" {
				fmt.Fprintf(&b, " `%s`", f.tag)
			}
			b.WriteByte('\n')
		}
		b.WriteString("}\n")
		for _, m := range d.methods {
			b.WriteString(strings.ReplaceAll(methods(name, m), "; ", "\n") + "\n")
		}
		if pkg == "p" {
			fmt.Fprintf(&b, "var V%s %s%s\n", name, []string{"", "*", "[]", "map[string]"}[d.index%4], name)
		}
	}
	return b.String()
}

// results are the variables of p, in the order of their names.
func (s source) results(t *testing.T) []result {
	p := program{}
	p.check(t, "example.com/q", s.text("q"))
	p.check(t, "example.com/p", s.text("p"))
	pkg := p["example.com/p"]
	var list []result
	view := shape.NewView(pkg)
	for _, name := range pkg.Scope().Names() {
		if strings.HasPrefix(name, "V") {
			list = append(list, result{view, pkg.Scope().Lookup(name).Type()})
		}
	}
	return list
}

// gen makes random sources.
type gen struct{ *rand.Rand }

func (g gen) source() source {
	s := source{}
	for i := range 5 {
		d := &decl{index: i}
		for f := range g.IntN(4) {
			d.fields = append(d.fields, field{name: g.name(f), typ: g.typ("q", i)})
		}
		for _, pair := range []string{"Text", "Gob", "Msg", "Binary"} {
			if g.IntN(3) == 0 {
				d.methods = append(d.methods, pair)
			}
		}
		s["q"] = append(s["q"], d)
	}
	for i := range 5 {
		d := &decl{index: i}
		for f := range 1 + g.IntN(4) {
			d.fields = append(d.fields, field{name: g.name(f), typ: g.typ("p", i)})
		}
		s["p"] = append(s["p"], d)
	}
	return s
}

func (g gen) name(i int) string {
	if g.IntN(6) == 0 {
		return "_"
	}
	return []string{"F", "F", "f"}[g.IntN(3)] + fmt.Sprint(i)
}

// typ may hold the first known types of its package by value, and all of them by reference.
func (g gen) typ(pkg string, known int) string {
	of := func(n int) string {
		if pkg == "p" && g.IntN(2) == 0 && n > 0 {
			return fmt.Sprint("S", g.IntN(n))
		}
		if pkg == "q" && n < 5 {
			if n == 0 {
				return "int"
			}
			return fmt.Sprint("q.T", g.IntN(n))
		}
		return fmt.Sprint("q.T", g.IntN(5))
	}
	switch g.IntN(8) {
	case 0:
		return "*" + of(5)
	case 1:
		return "[]" + of(5)
	case 2:
		return "map[string]" + of(5)
	case 3, 4:
		return of(known)
	case 5:
		return fmt.Sprintf("[%d]%s", 1+g.IntN(2), of(known))
	}
	return []string{"int", "uint8", "string", "float64", "[]byte", "[2]byte", "any", "time.Time", "*int", "func()"}[g.IntN(10)]
}

// change changes something of a program, which may matter or not.
func (g gen) change(s source) {
	pkg := []string{"p", "q", "q"}[g.IntN(3)]
	d := s[pkg][g.IntN(len(s[pkg]))]
	switch g.IntN(7) {
	case 0:
		d.fields = append(d.fields, field{name: g.name(len(d.fields) + 10), typ: g.typ(pkg, d.index)})
	case 1, 2, 3:
		m := []string{"Text", "Gob", "Msg", "Binary", "String"}[g.IntN(5)]
		if at := slices.Index(d.methods, m); at >= 0 {
			d.methods = slices.Delete(d.methods, at, at+1)
		} else {
			d.methods = append(d.methods, m)
		}
	case 4:
		g.Shuffle(len(s[pkg]), func(i, j int) { s[pkg][i], s[pkg][j] = s[pkg][j], s[pkg][i] })
	default:
		if len(d.fields) == 0 {
			return
		}
		f := &d.fields[g.IntN(len(d.fields))]
		switch g.IntN(4) {
		case 0:
			f.typ = g.typ(pkg, d.index)
		case 1:
			f.tag = `json:"x"`
		case 2:
			f.name = strings.Replace(f.name, "F", "G", 1)
		case 3:
			other := &d.fields[g.IntN(len(d.fields))]
			*f, *other = *other, *f
		}
	}
}

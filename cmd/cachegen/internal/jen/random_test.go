package jen

import (
	"bytes"
	"fmt"
	"go/format"
	"math/rand/v2"
	"strings"
	"testing"
)

// TestRandom prints random trees. gofmt must find nothing to change in them.
func TestRandom(t *testing.T) {
	n := uint64(5000)
	if testing.Short() {
		n = 300
	}
	for seed := range n {
		random(t, seed)
	}
}

func FuzzRandom(f *testing.F) {
	f.Add(uint64(0))
	f.Fuzz(random)
}

func random(t *testing.T, seed uint64) {
	t.Helper()
	g := gen{rand.New(rand.NewPCG(seed, 0))}
	f := NewFilePathName("example.com/home", "home")
	f.HeaderComment("Code generated. DO NOT EDIT.")
	f.ImportName("example.com/lib/v2", "lib")
	for range 1 + g.IntN(6) {
		g.decl(f)
	}
	got, err := f.Source()
	if err != nil {
		t.Fatalf("seed %d: %v", seed, err)
	}
	unchanged(t, fmt.Sprint("seed ", seed), got)
	if again, err := f.Source(); err != nil || !bytes.Equal(got, again) {
		t.Fatalf("seed %d: printed twice, it differs: %v", seed, err)
	}
}

// unchanged compares source with what gofmt makes of it.
func unchanged(t *testing.T, name string, got []byte) {
	t.Helper()
	want, err := format.Source(got)
	if err != nil {
		t.Fatalf("%s: %v in\n%s", name, err, got)
	}
	if bytes.Equal(got, want) {
		return
	}
	g, w := strings.Split(string(got), "\n"), strings.Split(string(want), "\n")
	for i := range g {
		if i >= len(w) || g[i] != w[i] {
			t.Fatalf("%s: line %d is\n%q\ngofmt has\n%q\nin\n%s", name, i+1, g[i], w[min(i, len(w)-1)], got)
		}
	}
	t.Fatalf("%s: gofmt has more:\n%s", name, want[len(got):])
}

// gen makes random code. It need not compile, but it parses.
type gen struct{ *rand.Rand }

func (g gen) one(in ...string) string { return in[g.IntN(len(in))] }

func (g gen) name() string {
	return g.one("a", "b", "count", "ctx", "err", "key", "longerName", "Übung", "veryVeryLongNameOfSomethingThatIsSelected", "x")
}

func (g gen) names(n int) *Statement {
	list := make([]Code, n)
	for i := range list {
		list[i] = Id(g.name())
	}
	return List(list...)
}

func times(n int, f func() *Statement) []Code {
	l := make([]Code, n)
	for i := range l {
		l[i] = f()
	}
	return l
}

func (g gen) decl(f *File) {
	if g.IntN(3) > 0 {
		f.Commentf("%s is %s.", g.name(), g.name())
	}
	switch g.IntN(9) {
	case 0:
		f.Var().Id(g.name()).Add(g.typ(3))
	case 1:
		f.Var().Add(g.names(1 + g.IntN(2))).Op("=").Add(g.exprs(1, 3))
	case 2:
		f.Const().Defs(g.specs()...)
	case 3:
		f.Var().Defs(g.specs()...)
	case 4:
		f.Type().Id(g.name()).Add(g.typeParams()).Add(g.typ(4))
	case 5:
		f.Type().Id(g.name()).Op("=").Add(g.typ(2))
	case 6:
		f.Func().Id(g.name()).Add(g.typeParams()).Add(g.signature(2)).Block(g.block(4)...)
	case 7:
		f.Func().Params(Id(g.one("r", "")).Op("*").Id("T")).Id(g.name()).Add(g.signature(2)).Block(g.block(4)...)
	case 8:
		for range g.IntN(3) { // those of one line may stand together
			f.Func().Params(Id("T")).Id(g.name()).Params().Block()
		}
	}
	if g.IntN(2) == 0 {
		f.Line()
	}
}

func (g gen) typeParams() *Statement {
	var list []Code
	for range g.IntN(3) {
		constraint := Any()
		if g.IntN(2) == 0 {
			constraint = Union(Op("~").Int(), String(), Id("T"))
		}
		list = append(list, Id(g.name()).Add(constraint))
	}
	return Types(list...)
}

func (g gen) specs() []Code {
	var list []Code
	for range g.IntN(6) {
		s := Add(g.names(1 + g.IntN(2)))
		if g.IntN(2) == 0 {
			s.Add(g.typ(2))
		}
		if g.IntN(3) > 0 {
			s.Op("=").Add(g.exprs(1, 2))
		}
		if len(s.items) == 1 {
			s.Int()
		}
		if g.IntN(4) == 0 {
			s.Comment(g.name())
		}
		list = append(list, s)
		switch g.IntN(10) {
		case 0:
			list = append(list, Line())
		case 1:
			list = append(list, Comment("What follows."))
			list = append(list, Id("z").Op("=").Lit(1))
		}
	}
	return list
}

func (g gen) signature(depth int) *Statement {
	named := g.IntN(2) == 0
	param := func() *Statement {
		if named {
			return g.names(1 + g.IntN(2)).Add(g.typ(depth))
		}
		return g.typ(depth)
	}
	s := Params(times(g.IntN(4), param)...)
	switch g.IntN(4) {
	case 0:
		s.Add(g.typ(depth))
	case 1:
		named = g.IntN(2) == 0
		s.Params(times(g.IntN(3), param)...)
	}
	return s
}

func (g gen) typ(depth int) *Statement {
	if depth > 0 {
		switch depth--; g.IntN(15) {
		case 0:
			return Op("*").Add(g.typ(depth))
		case 1, 2:
			return Index().Add(g.typ(depth))
		case 3:
			return Index(Lit(2).Op(operators[g.IntN(9)]).Id("n")).Add(g.typ(depth))
		case 4:
			return Map(g.typ(0)).Add(g.typ(depth))
		case 5:
			return Chan().Op(g.one("", "<-")).Parens(g.typ(depth))
		case 6:
			return Op("<-").Chan().Add(g.typ(depth))
		case 7:
			return Func().Add(g.signature(depth))
		case 8:
			return Struct(g.fields(depth)...)
		case 9:
			return Interface(times(g.IntN(3), func() *Statement {
				if g.IntN(3) == 0 {
					return Qual("io", "Closer")
				}
				return Id(g.name()).Add(g.signature(depth))
			})...)
		case 10:
			return Qual("example.com/lib/v2", "Box").Types(times(1+g.IntN(2), func() *Statement { return g.typ(depth) })...)
		}
	}
	switch g.IntN(4) {
	case 0:
		return Qual("time", "Duration")
	case 1:
		return Qual("example.com/home", "Local")
	case 2:
		return String()
	}
	return Int()
}

func (g gen) fields(depth int) []Code {
	var fields []Code
	for range g.IntN(5) {
		f := g.names(1 + g.IntN(2)).Add(g.typ(depth))
		if g.IntN(5) == 0 {
			f = Op(g.one("", "*")).Qual("time", "Time")
		}
		switch g.IntN(4) {
		case 0:
			f.Tag(map[string]string{"json": g.name(), "xml": "x"})
		case 1:
			f.Op("`x:\"y\"`")
		}
		if g.IntN(4) == 0 {
			f.Comment(g.name())
		}
		if g.IntN(8) == 0 {
			fields = append(fields, Comment(g.name()))
		}
		fields = append(fields, f)
		if g.IntN(8) == 0 {
			fields = append(fields, Line())
		}
	}
	return fields
}

func (g gen) exprs(n, depth int) *Statement {
	return List(times(n, func() *Statement { return g.expr(depth) })...)
}

var operators = []string{"+", "-", "*", "/", "%", "&", "|", "^", "&^", "<<", ">>", "==", "!=", "<", "<=", ">", ">=", "&&", "||"}

func (g gen) expr(depth int) *Statement {
	if depth <= 0 {
		switch g.IntN(8) {
		case 0:
			return Lit(g.IntN(2000) - 1000)
		case 1:
			return Lit(g.one("", "text", "a\"b\n", "Ünï"))
		case 2:
			return Qual("time", "Second")
		case 3:
			return Lit(1.5)
		case 4:
			return Nil()
		}
		return Id(g.name())
	}
	depth--
	switch g.IntN(19) {
	case 0, 1, 2:
		s := g.expr(depth)
		for range 1 + g.IntN(3) {
			s.Op(operators[g.IntN(len(operators))]).Add(g.expr(depth))
		}
		return s
	case 3:
		return Op(g.one("-", "+", "!", "^", "*", "&", "<-")).Add(g.primary(depth))
	case 4:
		return Parens(g.expr(depth))
	case 5:
		s := g.primary(depth).Types(g.typ(1)).Call(times(g.IntN(3), func() *Statement { return g.expr(depth) })...)
		return s
	case 6:
		return Func().Add(g.signature(1)).Block(g.block(depth)...)
	case 7:
		return g.literal(depth)
	case 8:
		return Index().Add(g.typ(1)).Values(times(g.IntN(4), func() *Statement { return g.element(depth) })...)
	case 9:
		return Parens(Op("*").Id("T")).Call(g.expr(depth))
	case 10:
		return Index().Byte().Call(g.expr(depth))
	case 11:
		return Make(Map(String()).Int(), Len(g.expr(depth)))
	}
	return g.primary(depth)
}

// element is an element of a slice.
func (g gen) element(depth int) *Statement { return g.expr(depth) }

// literal is a composite literal with keys.
func (g gen) literal(depth int) *Statement {
	pair := func() *Statement {
		if g.IntN(4) == 0 {
			return Id(strings.Repeat("x", 1+g.IntN(60))).Op(":").Add(g.expr(depth))
		}
		return Id(g.name()).Op(":").Add(g.expr(depth))
	}
	if g.IntN(5) == 0 {
		pair = func() *Statement { return g.expr(depth) }
	}
	elems := times(g.IntN(7), pair)
	s := Id("T")
	if g.IntN(3) == 0 {
		s.Types(g.typ(1))
	}
	if g.IntN(3) > 0 {
		return s.Custom(Options{Open: "{", Close: "}", Separator: ",", Multi: true}, elems...)
	}
	return s.Values(elems...)
}

func (g gen) primary(depth int) *Statement {
	s := Id(g.name())
	arg := func() *Statement { return g.expr(depth) }
	for range g.IntN(4) {
		switch g.IntN(9) {
		case 0, 1, 2:
			s.Dot(g.name())
		case 3, 4:
			s.Call(times(g.IntN(4), arg)...)
		case 5:
			s.Index(g.expr(depth))
		case 6:
			switch g.IntN(4) {
			case 0:
				s.Index(g.expr(depth), g.expr(depth))
			case 1:
				s.Index(Empty(), g.expr(depth))
			case 2:
				s.Index(g.expr(depth), Empty())
			case 3:
				s.Index(g.expr(depth).Op(":").Add(g.expr(depth)))
			}
		case 7:
			s.Assert(g.typ(1))
		case 8:
			s.Call(g.expr(depth), Id("rest").Op("..."))
		}
	}
	return s
}

func (g gen) block(depth int) []Code {
	if depth <= 0 {
		return []Code{Return()}
	}
	var list []Code
	for range g.IntN(5) {
		s := g.stmt(depth - 1)
		if g.IntN(6) == 0 {
			s.Comment("because of " + g.name())
		}
		list = append(list, s)
		switch g.IntN(12) {
		case 0:
			list = append(list, Line())
		case 1:
			list = append(list, Comment("What "+g.name()+" is."))
		case 2:
			list = append(list, nil, Null())
		}
	}
	return list
}

// cond is an expression without composite literals, whose braces a header would take for its own.
func (g gen) cond() *Statement {
	return Id(g.name()).Op(operators[g.IntN(len(operators))]).Id(g.name()).Call(times(g.IntN(3), func() *Statement { return g.expr(1) })...)
}

func (g gen) stmt(depth int) *Statement {
	if depth < 0 {
		return Id("f").Call()
	}
	switch g.IntN(22) {
	case 0:
		return g.names(1 + g.IntN(2)).Op(":=").Add(g.expr(depth))
	case 1:
		return g.primary(1).Op(g.one("=", "+=", "&^=", "<<=")).Add(g.expr(depth))
	case 2:
		return g.places().Op("=").Add(g.exprs(2, depth))
	case 3:
		return Return(times(g.IntN(4), func() *Statement { return g.expr(depth) })...)
	case 4:
		return If(g.cond()).Block(g.block(depth)...)
	case 5:
		return If(Id("x").Op(":=").Add(g.primary(1)), g.cond()).Block(g.block(depth)...).Else().Block(g.block(depth)...)
	case 6:
		return If(g.cond()).Block(g.block(depth)...).Else().If(Parens(g.primary(0).Op("==").Add(g.one2()))).Block(g.block(depth)...)
	case 7:
		return For(Id("i").Op(":=").Range().Id(g.name())).Block(g.block(depth)...)
	case 8:
		return For(List(Id("_"), Id("v")).Op(":=").Range().Add(g.primary(0))).Block(g.block(depth)...)
	case 9:
		clauses := []Code{Id("i").Op(":=").Lit(0), g.cond(), Id("i").Op("++")}
		for i := range clauses {
			if g.IntN(3) == 0 {
				clauses[i] = Empty()
			}
		}
		return For(clauses...).Block(g.block(depth)...)
	case 10:
		return For().Block(g.block(depth)...)
	case 11:
		return Switch(Id("x").Op(":=").Add(g.primary(0)).Assert(Type())).Block(g.cases(depth, func() *Statement { return g.typ(1) })...)
	case 12:
		return Switch(times(g.IntN(2), g.cond)...).Block(g.cases(depth, func() *Statement { return g.expr(1) })...)
	case 13:
		return Select().Block(Case(Id("x").Op(":=").Op("<-").Id("c")).Block(g.block(depth)...), Case(Id("c").Op("<-").Lit(1)).Block(), Default().Block(g.block(depth)...))
	case 14:
		return Defer().Func().Params().Block(g.block(depth)...).Call()
	case 15:
		return Go().Add(g.primary(depth)).Call(g.expr(depth))
	case 16:
		return Var().Id(g.name()).Add(g.typ(2))
	case 17:
		return Var().Add(g.names(2)).Op("=").Add(g.exprs(2, depth))
	case 18:
		return Block(g.block(depth)...)
	case 19:
		return g.primary(1).Index(g.expr(1)).Op("++")
	case 20:
		return Id("loop").Op(":").For().Block(Break().Id("loop"), Continue())
	}
	return g.primary(depth).Call(g.expr(depth), g.expr(depth))
}

func (g gen) places() *Statement { return List(g.primary(1), g.primary(1)) }

func (g gen) one2() *Statement {
	if g.IntN(2) == 0 {
		return Id("T").Values()
	}
	return Index().Id("T").Values()
}

func (g gen) cases(depth int, label func() *Statement) []Code {
	var l []Code
	for range g.IntN(4) {
		l = append(l, Case(times(1+g.IntN(2), label)...).Block(g.block(depth)...))
	}
	if g.IntN(2) == 0 {
		l = append(l, Default().Block(g.block(depth)...))
	}
	return l
}

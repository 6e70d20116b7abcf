package emit

import (
	"fmt"
	"go/format"
	"go/types"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/dave/jennifer/jen"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/visible"
)

const vocabulary = `package pub

import "io"

type (
	Thing     struct{ A int }
	Text      string
	Box[T any] struct{ V T }
	Pair[K comparable, V any] map[K]V
	List[T any] = []T
	Alias     = Thing
	Contract  interface{ io.Closer; Do(...int) error }
	Ordered   interface{ ~int | ~string }
)
`

// TestTypeExprRoundTrip reads printed types back, and compares.
func TestTypeExprRoundTrip(t *testing.T) {
	p := program{}
	if _, _, err := p.check(t, "example.com/pub", vocabulary); err != nil {
		t.Fatal(err)
	}
	for seed := range uint64(60) {
		roundTrip(t, p, seed)
	}
}

func FuzzTypeExpr(f *testing.F) {
	p := program{}
	if _, _, err := p.check(f, "example.com/pub", vocabulary); err != nil {
		f.Fatal(err)
	}
	f.Add(uint64(0))
	f.Fuzz(func(t *testing.T, seed uint64) { roundTrip(t, p, seed) })
}

func roundTrip(t *testing.T, p program, seed uint64) {
	t.Helper()
	home := types.NewPackage("example.com/home", "home")
	g := typeGen{rand.New(rand.NewPCG(seed, 0)), p["example.com/pub"], home}
	printer := emptyPrinter(home)
	want := make([]types.Type, 20)
	for i := range want {
		want[i] = g.typ(4)
		printer.declare("", jen.Var().Id(fmt.Sprint("V", i)).Add(printer.typeExpr(want[i])))
	}
	src := render(t, printer)
	got, _, err := p.check(t, "example.com/home", src)
	if err != nil {
		t.Fatalf("seed %d: %v in\n%s", seed, err, src)
	}
	for i, w := range want {
		if g := got.Scope().Lookup(fmt.Sprint("V", i)).Type(); !types.Identical(g, w) {
			t.Errorf("seed %d: V%d is %v, want %v in\n%s", seed, i, g, w, src)
		}
	}
}

func render(t *testing.T, p *printer) string {
	t.Helper()
	src, err := p.render(nil)
	if err != nil {
		t.Fatal(err)
	}
	if formatted, err := format.Source(src); err != nil || string(formatted) != string(src) {
		t.Fatalf("gofmt makes (%v)\n%s\nof\n%s", err, formatted, src)
	}
	return string(src)
}

// typeGen makes random types.
type typeGen struct {
	*rand.Rand
	pub, home *types.Package
}

func (g typeGen) named(name string, args ...types.Type) types.Type {
	t := g.pub.Scope().Lookup(name).Type()
	if len(args) == 0 {
		return t
	}
	t, err := types.Instantiate(nil, t, args, true)
	if err != nil {
		panic(err)
	}
	return t
}

func (g typeGen) basic() types.Type {
	switch i := g.IntN(24); i {
	case 20:
		return types.Typ[types.UnsafePointer]
	case 21:
		return types.Universe.Lookup("byte").Type()
	case 22:
		return types.Universe.Lookup("error").Type()
	case 23:
		return types.Universe.Lookup("any").Type()
	case 18, 19:
		return g.named("Text")
	case 0:
		return types.Typ[types.Bool]
	default:
		return types.Typ[min(types.BasicKind(i), types.String)]
	}
}

func (g typeGen) typ(depth int) types.Type {
	if depth == 0 {
		return g.basic()
	}
	depth--
	switch g.IntN(16) {
	case 0:
		return types.NewPointer(g.typ(depth))
	case 1:
		return types.NewSlice(g.typ(depth))
	case 2:
		return types.NewArray(g.typ(depth), int64(g.IntN(9)))
	case 3:
		return types.NewMap(g.named("Text"), g.typ(depth))
	case 4, 5, 6:
		return types.NewChan(types.ChanDir(g.IntN(3)), g.typ(depth))
	case 7, 8:
		return g.signature(depth)
	case 9:
		return g.structure(depth)
	case 10:
		return g.contract(depth)
	case 11:
		return g.named("Box", g.typ(depth))
	case 12:
		return g.named("Pair", types.Typ[types.Int], g.typ(depth))
	case 13:
		return g.named("List", g.typ(depth))
	case 14:
		return g.named([]string{"Thing", "Alias", "Contract"}[g.IntN(3)])
	}
	return g.basic()
}

func (g typeGen) signature(depth int) *types.Signature {
	tuple := func() (vars []*types.Var) {
		for range g.IntN(3) {
			vars = append(vars, types.NewParam(0, g.home, "", g.typ(depth)))
		}
		return vars
	}
	params, variadic := tuple(), g.IntN(2) == 0
	if variadic {
		params = append(params, types.NewParam(0, g.home, "", types.NewSlice(g.typ(depth))))
	}
	return types.NewSignatureType(nil, nil, nil, types.NewTuple(params...), types.NewTuple(tuple()...), variadic)
}

func (g typeGen) structure(depth int) types.Type {
	var fields []*types.Var
	var tags []string
	for i := range g.IntN(4) {
		name := []string{"A%d", "b%d", "Ünï%d"}[g.IntN(3)]
		fields = append(fields, types.NewField(0, g.home, fmt.Sprintf(name, i), g.typ(depth), false))
		tags = append(tags, []string{"", `json:"x"`, "`", "\"\\", "\r\n", "a\tb\xff"}[g.IntN(6)])
	}
	if g.IntN(2) == 0 {
		e := g.named([]string{"Thing", "Text", "Alias", "Contract"}[g.IntN(4)])
		name := types.TypeString(e, func(*types.Package) string { return "" })
		fields = append(fields, types.NewField(0, g.home, name, e, true))
	}
	return types.NewStruct(fields, tags)
}

func (g typeGen) contract(depth int) types.Type {
	var methods []*types.Func
	for i := range g.IntN(3) {
		name := []string{"M%d", "m%d"}[g.IntN(2)]
		methods = append(methods, types.NewFunc(0, g.home, fmt.Sprintf(name, i), g.signature(depth)))
	}
	var embedded []types.Type
	if g.IntN(3) == 0 {
		embedded = append(embedded, g.named("Contract"))
	}
	return types.NewInterfaceType(methods, embedded).Complete()
}

// TestTypeExprAliases: an alias of an internal type is not resolved, an unexported one of another
// package is.
func TestTypeExprAliases(t *testing.T) {
	p := program{}
	for path, src := range map[string]string{"example.com/lib/internal/impl": `package impl; type Thing struct{}`} {
		if _, _, err := p.check(t, path, src); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := p.check(t, "example.com/lib", `package lib
import "example.com/lib/internal/impl"
type Thing = impl.Thing
type hidden = int
var V Thing
var W struct{ F []hidden }
var X map[hidden]impl.Thing
`); err != nil {
		t.Fatal(err)
	}
	lib := p["example.com/lib"].Scope()
	home := types.NewPackage("example.com/home", "home")
	printer := emptyPrinter(home)
	for name, want := range map[string]string{"V": "lib.Thing", "W": "struct {\n\tF []int\n}"} {
		var got strings.Builder
		if err := printer.typeExpr(lib.Lookup(name).Type()).RenderWithFile(&got, printer.file); err != nil {
			t.Fatal(err)
		}
		if got.String() != want {
			t.Errorf("%s is printed %s, want %s", name, got.String(), want)
		}
		if o := visible.From(home, lib.Lookup(name).Type()); o != nil {
			t.Errorf("%s: %v is said to be out of reach", name, o)
		}
	}
	if o := visible.From(home, lib.Lookup("X").Type()); o == nil || o.Name() != "Thing" {
		t.Errorf("the internal type in X is said to be in reach: %v", o)
	}
}

// TestTypeParamsRoundTrip reads printed type parameters back, and compares their constraints.
func TestTypeParamsRoundTrip(t *testing.T) {
	p := program{}
	if _, _, err := p.check(t, "example.com/pub", vocabulary); err != nil {
		t.Fatal(err)
	}
	for _, list := range []string{
		"K comparable, V any",
		"T int | ~string | pub.Thing",
		"T pub.Ordered",
		"T interface{ pub.Ordered; comparable }",
		"S ~[]E, E any",
		"M ~map[K]V, K comparable, V pub.Box[K]",
		"N interface{ Less(N) bool; *E }, E fmt.Stringer",
		"T interface{ Next() T }, C ~chan<- T, F ~func(...T) (T, error)",
		"B pub.Contract, L interface{ pub.List[B] | [4]B }",
		"A, Z interface{ ~struct{ F A } | pub.Pair[string, int] }",
	} {
		src := "package home\nimport (\"fmt\"; \"example.com/pub\")\nvar _ fmt.Stringer; var _ pub.Thing\ntype X[" + list + "] interface{}\n"
		pkg, _, err := p.check(t, "example.com/home", src)
		if err != nil {
			t.Fatalf("%s: %v", list, err)
		}
		want := pkg.Scope().Lookup("X").Type().(*types.Named).TypeParams()
		printer := emptyPrinter(pkg)
		printer.declare("", jen.Type().Id("X").Add(printer.typeParams(want)).Interface())
		printed := render(t, printer)
		again, _, err := p.check(t, "example.com/home", printed)
		if err != nil {
			t.Errorf("%s: %v in\n%s", list, err, printed)
			continue
		}
		got := again.Scope().Lookup("X").Type().(*types.Named).TypeParams()
		for i := range want.Len() {
			if g, w := got.At(i).Constraint().Underlying().String(), want.At(i).Constraint().Underlying().String(); g != w || got.At(i).Obj().Name() != want.At(i).Obj().Name() {
				t.Errorf("%s: parameter %d is constrained by %s, want %s", list, i, g, w)
			}
		}
	}
}

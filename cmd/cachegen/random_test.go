package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/check"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/diag"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/load"
)

// TestRandomPrograms makes interfaces and structs of random shapes with directives, generates, and runs the result against a fake that counts.
// Nothing of what it makes may be refused.
func TestRandomPrograms(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and runs a program")
	}
	seed := uint64(1)
	if os.Getenv("CACHEGEN_SEED") != "" {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("seed %d", seed)
	src := randomProgram(rand.New(rand.NewPCG(seed, 0)))
	dir := t.TempDir()
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		dir = real
	}
	if err := writeModule(dir, moduleRoot(t)); err != nil {
		t.Fatal(err)
	}
	driver, err := os.ReadFile(filepath.Join(testdata, "random", "driver_test.go.txt"))
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"random.go": []byte(src), "random_test.go": driver, "lib/lib.go": []byte(randomLib)} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	packages, err := load.Load(t.Context(), load.Config{Dir: dir}, []string{"."})
	if err != nil {
		t.Fatal(err)
	}
	var list diag.List
	outputs, err := printed(check.Package(packages[0], list.Report))
	if err != nil {
		t.Fatal(err)
	}
	if !list.Empty() {
		var text bytes.Buffer
		list.Text(&text, dir)
		t.Fatalf("findings:\n%s\n%s", text.Bytes(), src)
	}
	for _, o := range outputs {
		if err := os.WriteFile(o.path, o.data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), "go", "test", "./...")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("go test: %v\n%s\n%s", err, out, src)
	}
}

const randomLib = `package lib

type Thing struct {
	A int
	B []string
}

type Code uint16

type Wrap[T any] struct{ In T }
`

// programGen makes one program.
type programGen struct {
	*rand.Rand
	src, fakes, list strings.Builder
}

func randomProgram(r *rand.Rand) string {
	g := &programGen{Rand: r}
	g.src.WriteString(`package random

import (
	"context"
	"time"

	cached "github.com/cachegen/cachegen/runtime"

	"example.com/p/lib"
)

var _ time.Time
var _ lib.Code

type Item struct {
	ID   string
	Tags []string
	Next *lib.Thing
}

type Box[T any] struct{ In T }

type ID int

var runtime, key, v, buf = 1, 2, 3, 4

`)
	for i := range 12 {
		g.repository(i)
	}
	return g.src.String() + g.fakes.String() + "func repositories(cache *cached.Cache) [][2]any {\n\treturn [][2]any{\n" + g.list.String() + "\t}\n}\n"
}

// typeParams are those of a repository, what stands for them, and types that are made of them.
type typeParams struct {
	decl, args, use string
	values, keys    []string
}

var noParams = typeParams{}

func (g *programGen) repository(i int) {
	params := noParams
	if g.IntN(3) == 0 {
		params = typeParams{
			decl: "[" + g.of("V any", "V interface{ Item | string | []lib.Thing }") + ", K " + g.of("comparable", "~string | ~int") + "]",
			args: "[" + g.of("Item", "string", "[]lib.Thing") + ", " + g.of("string", "ID", "int") + "]",
			use:  "[V, K]", values: []string{"V", "[]V", "map[K]V", "*Box[V]", "lib.Wrap[V]"}, keys: []string{"K", "[]K", "Box[K]", "map[K]int"},
		}
	}
	name := fmt.Sprint("Repo", i)
	fake := fmt.Sprint("fake", i)
	concrete := g.IntN(4) == 0
	fmt.Fprintf(&g.fakes, "type %s%s struct{}\n\n", fake, params.decl)
	var methods strings.Builder
	count := 1 + g.IntN(4)
	for m := range count {
		g.method(&methods, fake, params, i, m, concrete)
	}
	if concrete {
		g.src.WriteString(methods.String())
		fmt.Fprintf(&g.list, "\t\t{NewCachedFake%d%s(&%s%s{}, cache), &%[3]s%[2]s{}},\n", i, params.args, fake, params.args)
		return
	}
	switch g.IntN(3) {
	case 0: // behind an interface that embeds it, and has a default of its own
		fmt.Fprintf(&g.src, "type base%s%s interface {\n%s}\n\n", name, params.decl, methods.String())
		fmt.Fprintf(&g.src, "//cache:local=5s\ntype %s interface {\n\tbase%[1]s%s\n}\n\n", name, params.args)
		fmt.Fprintf(&g.list, "\t\t{NewCached%s(&%s%s{}, cache), &%[2]s%[3]s{}},\n", name, fake, params.args)
	default:
		fmt.Fprintf(&g.src, "//cache:ttl=1h\ntype %s%s interface {\n%s}\n\n", name, params.decl, methods.String())
		fmt.Fprintf(&g.list, "\t\t{NewCached%s%s(&%s%[2]s{}, cache), &%[3]s%[2]s{}},\n", name, params.args, fake)
	}
}

func (g *programGen) of(list ...string) string { return list[g.IntN(len(list))] }

var clashes = []string{
	"ctx", "r", "c", "key", "k", "err", "runtime", "cache", "result", "ok", "v", "buf", "inv", "string", "time", "context", "next", "len", "int",
	"nil", "x", "e", "in", "out", "V", "K", "lib", "Item", "strconv", "slices", "_",
}

// variable is a parameter or a result.
type variable struct{ name, typ string }

func (v variable) String() string { return strings.TrimSpace(v.name + " " + v.typ) }

func listOf(list []variable) string {
	var texts []string
	for _, v := range list {
		texts = append(texts, v.String())
	}
	return "(" + strings.Join(texts, ", ") + ")"
}

// method makes a read Rn, the write Wn that makes it stale, and sometimes Dn, which is passed on.
func (g *programGen) method(out *strings.Builder, fake string, params typeParams, i, n int, concrete bool) {
	keys := append([]string{
		"string", "int", "ID", "lib.Code", "[]string", "*int", "map[string]int", "time.Time", "[2]int", "Item", "*lib.Thing", "struct{ A, B int }",
	}, params.keys...)
	var list []variable
	for range g.IntN(4) {
		list = append(list, variable{"", g.of(keys...)})
	}
	read := fmt.Sprintf("ttl=1m prefix=r%d:m%d", i, n)
	write := fmt.Sprintf("invalidate=r%d:m%d:*", i, n)
	if g.IntN(4) > 0 {
		list = slices.Insert(list, g.IntN(len(list)+1), variable{"", "context.Context"})
	} else if g.IntN(2) == 0 {
		read, write = read+" tenant=global", write+" tenant=global"
	} else {
		read += " tenant=context"
	}
	if concrete || g.IntN(3) > 0 {
		for i := range list {
			for named := false; !named; {
				list[i].name = g.of(clashes...)
				named = list[i].name == "_" || !slices.ContainsFunc(list[:i], func(v variable) bool { return v.name == list[i].name })
			}
		}
		if g.IntN(3) == 0 {
			list = append(list, variable{"handle", g.of("func(int) error", "chan<- int", "...func()")})
			read += " ignore={handle}"
		}
	}
	g.declare(out, fake, fmt.Sprint("R", n), read, list, g.results(params), params, concrete)
	g.declare(out, fake, fmt.Sprint("W", n), write, list, g.effects(), params, concrete)
	if g.IntN(2) == 0 {
		g.declare(out, fake, fmt.Sprint("D", n), "", list, g.effects(), params, concrete)
	}
}

func (g *programGen) results(params typeParams) []variable {
	values := append([]string{
		"string", "int", "[]string", "*Item", "Item", "map[string]int", "time.Time", "[2]int", "struct{ A int }", "lib.Thing", "Box[*Item]", "[]*lib.Thing",
	}, params.values...)
	a, b := g.of(values...), g.of(values...)
	shapes := [][]variable{
		{{"", a}}, {{"", a}, {"", "error"}}, {{"", a}, {"", "error"}}, {{"", a}, {"", "bool"}}, {{"", a}, {"", "bool"}, {"", "error"}},
		{{"", a}, {"", b}, {"", "error"}}, {{"", a}, {"", b}}, {{"answer", a}, {"failure", "error"}}, {{"items", a}, {"more", "bool"}, {"_", "error"}},
		{{"_", a}, {"R0", b}, {"failure", "error"}},
	}
	return shapes[g.IntN(len(shapes))]
}

func (g *programGen) effects() []variable {
	shapes := [][]variable{{}, {{"", "error"}}, {{"", "int"}, {"", "error"}}, {{"ok", "bool"}}}
	return shapes[g.IntN(len(shapes))]
}

// declare writes one method: of the interface and the fake, or of the fake alone.
func (g *programGen) declare(out *strings.Builder, fake, name, options string, list, results []variable, params typeParams, concrete bool) {
	directive := ""
	if options != "" {
		directive = "//cache:" + options + "\n"
	}
	if !concrete {
		fmt.Fprintf(out, "%s\t%s%s %s\n", directive, name, listOf(list), listOf(results))
		directive = ""
	}
	own := slices.Clone(list)
	var args, made []string
	for i := range own {
		if own[i].name != "handle" {
			own[i].name = fmt.Sprint("p", i)
		}
		args = append(args, own[i].name)
	}
	for i, r := range results {
		value := fmt.Sprintf("made[%s](seed + \"%d\")", r.typ, i)
		if r.typ == "error" {
			value = "nil"
		}
		made = append(made, value)
	}
	fmt.Fprintf(&g.fakes, "%sfunc (*%s%s) %s%s %s {\n\tseed := done(%s)\n\t_ = seed\n\treturn %s\n}\n\n",
		directive, fake, params.use, name, listOf(own), listOf(results), strings.Join(args, ", "), strings.Join(made, ", "))
}

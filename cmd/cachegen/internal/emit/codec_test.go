package emit

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/codec"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/shape"
)

// TestRandomCodecs generates reads of random types, which answer from bytes: each answer must be
// equal to what was loaded.
func TestRandomCodecs(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and runs a program")
	}
	seed := uint64(1)
	if os.Getenv("CACHEGEN_SEED") != "" {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("seed %d", seed)
	g := cloneGen{Rand: rand.New(rand.NewPCG(seed, 1)), structs: 10, bytes: true}
	src := g.source(25)
	dir := probeModule(t)
	generate(t, dir, &txtar.Archive{Files: []txtar.File{{Name: "random/random.go", Data: []byte(src)}}})
	write(t, filepath.Join(dir, "random", "random_test.go"), []byte(`package random

import (
	"testing"

	"example.com/probe"
	"github.com/cachegen/cachegen/runtime"
)

func TestCodecs(t *testing.T) {
	fill = probe.Fill
	if err := probe.CheckBytes(func(c *runtime.Cache) (any, any) { return NewCachedRepository(inner{}, c), inner{} }, 60); err != nil {
		t.Fatal(err)
	}
}
`))
	run(t, dir, "go", "vet", "./random")
	run(t, dir, "go", "test", "./random")
	if t.Failed() {
		t.Log(src)
	}
}

// TestLeftOutField leaves out one field after the other of what is generated for
// testdata/random/fields.go.txt, where it is written and where it is read. Each time the probe must
// notice.
func TestLeftOutField(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and runs a program")
	}
	defer func() { codecOf = codec.Of }()
	src, err := os.ReadFile("testdata/random/fields.go.txt")
	if err != nil {
		t.Fatal(err)
	}
	dir := probeModule(t)
	archive := &txtar.Archive{Files: []txtar.File{{Name: "fields/fields.go", Data: src}}}
	generate(t, dir, archive)

	var table strings.Builder
	skip, n, total := -1, 0, 1
	codecOf = func(typ types.Type, view *shape.View) (codec.Plan, *codec.Refusal) {
		p, refusal := codec.Of(typ, view)
		n = 0
		leaveOut(p, skip, &n, make(map[codec.Plan]bool))
		return p, refusal
	}
	f := program{}.plan(t, "example.com/fields", string(src))
	for ; skip < total; skip++ {
		code, err := emitFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if skip < 0 {
			total = n // none is left out yet
			continue
		}
		write(t, filepath.Join(dir, "fields", fmt.Sprintf("m%d.go", skip)), []byte(variant(string(code), skip)))
		fmt.Fprintf(&table, "\t\t{func(c *runtime.Cache) any { return NewCachedM%d(inner{}, c) }, true},\n", skip)
	}
	if total < 30 {
		t.Fatalf("only %d fields to leave out", total)
	}
	write(t, filepath.Join(dir, "fields", "fields_test.go"), []byte(`package fields

import (
	"testing"

	"example.com/probe"
	"github.com/cachegen/cachegen/runtime"
)

func TestFields(t *testing.T) {
	fill = probe.Fill
	for i, c := range []struct {
		cached func(*runtime.Cache) any
		bad    bool
	}{
`+table.String()+`		{func(c *runtime.Cache) any { return NewCachedRepository(inner{}, c) }, false},
	} {
		err := probe.CheckBytes(func(cache *runtime.Cache) (any, any) { return c.cached(cache), inner{} }, 30)
		if (err != nil) != c.bad {
			t.Errorf("with field %d left out: %v", i, err)
		}
	}
}
`))
	run(t, dir, "go", "test", "./fields")
}

// leaveOut takes one field out of a plan: the one of that number, in the order of the walk.
func leaveOut(p codec.Plan, skip int, n *int, seen map[codec.Plan]bool) {
	if seen[p] {
		return
	}
	seen[p] = true
	if s, ok := p.(*codec.Struct); ok {
		var kept []codec.Field
		for _, f := range s.Fields {
			if *n != skip {
				kept = append(kept, f)
			}
			*n++
		}
		s.Fields = kept
	}
	for _, part := range codec.Parts(p) {
		leaveOut(part, skip, n, seen)
	}
}

// TestCodecCases sends the values of the table by which the runtime's codec is tested through
// generated code: all that must come back does, and what that codec refuses, too, as far as it is
// data.
func TestCodecCases(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and runs a program")
	}
	t.Setenv("TZ", "America/New_York") // somewhere with summers
	const from = "../../../../runtime/internal/codectest/"
	cases, err := os.ReadFile(from + "cases.go")
	if err != nil {
		t.Fatal(err)
	}
	equal, err := os.ReadFile(from + "equal.go")
	if err != nil {
		t.Fatal(err)
	}
	var methods strings.Builder
	refused := map[string]bool{}
	pkg, list := resultTypes(t, string(cases))
	for i, typ := range list {
		name := types.TypeString(typ, types.RelativeTo(pkg))
		if _, refusal := codec.Of(typ, shape.NewView(pkg)); refusal != nil {
			refused[name] = true
			continue
		}
		fmt.Fprintf(&methods, "\t//cache:ttl=1h prefix=r%d encoded\n\tR%d(ctx context.Context, n int) (%s, error)\n", i, i, name)
	}
	if len(list) < 40 || len(refused) != 2 || !refused["Failure"] || !refused["Callback"] {
		t.Errorf("%d types, of which %v are refused, not Failure and Callback", len(list), refused)
	}
	src := strings.Replace(string(cases), "import (\n", "import (\n\t\"context\"\n", 1) + "\ntype Repository interface {\n" + methods.String() + "}\n"
	dir := userModule(t)
	write(t, filepath.Join(dir, "codectest", "equal.go"), equal)
	generate(t, dir, &txtar.Archive{Files: []txtar.File{{Name: "codectest/cases.go", Data: []byte(src)}}})
	var inner strings.Builder
	for i, typ := range list {
		name := types.TypeString(typ, types.RelativeTo(pkg))
		if !refused[name] {
			fmt.Fprintf(&inner, "func (s *store) R%d(context.Context, int) (%s, error) { return answer[%s](s) }\n", i, name, name)
		}
	}
	write(t, filepath.Join(dir, "codectest", "cases_test.go"), []byte(`package codectest

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/cachegen/cachegen/runtime"
)

var (
	_ json.Number
	_ time.Time
)

type store struct {
	value any
	loads int
}

func answer[T any](s *store) (T, error) {
	s.loads++
	return s.value.(T), nil
}

`+inner.String()+`
func TestCases(t *testing.T) {
	var log bytes.Buffer
	cache, err := runtime.New(runtime.Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	s := &store{}
	repo := reflect.ValueOf(NewCachedRepository(s, cache))
	ctx := reflect.ValueOf(runtime.WithTenant(context.Background(), "acme"))
	n := 0
	for _, c := range Cases() {
		for _, in := range c.Values {
			n++
			for m := range repo.Type().Methods() {
				call := repo.MethodByName(m.Name)
				if call.Type().NumOut() == 0 || call.Type().Out(0) != reflect.TypeOf(in) {
					continue
				}
				args := []reflect.Value{ctx, reflect.ValueOf(n)}
				s.value, s.loads = in, 0
				call.Call(args)
				log.Reset()
				out := call.Call(args)[0].Interface()
				if d := Diff(in, out); d != "" {
					t.Errorf("%s: %#v: %s", c.Name, in, d)
				}
				if v := reflect.ValueOf(in); v.Kind() == reflect.Pointer && v.IsNil() {
					continue // which nothing remembers
				}
				a, ok := in.(Anything)
				_, point := a.Data.(Point)
				if want := map[bool]int{true: 2, false: 1}[ok && point]; s.loads != want {
					t.Errorf("%s: %#v: %d loads, want %d; the log says %s", c.Name, in, s.loads, want, strings.TrimSpace(log.String()))
				}
			}
		}
	}
	if n < 100 {
		t.Errorf("only %d values", n)
	}
}
`))
	run(t, dir, "go", "test", "./codectest")
}

// resultTypes lists the types of the values in the table of cases.
func resultTypes(t *testing.T, source string) (*types.Package, []types.Type) {
	t.Helper()
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "cases.go", source, 0)
	if err != nil {
		t.Fatal(err)
	}
	info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}}
	pkg, err := (&types.Config{Importer: std()}).Check("example.com/codectest", fset, []*ast.File{file}, info)
	if err != nil {
		t.Fatal(err)
	}
	var list []types.Type
	add := func(typ types.Type) {
		for _, known := range list {
			if types.Identical(known, typ) {
				return
			}
		}
		list = append(list, typ)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		kv, ok := n.(*ast.KeyValueExpr)
		if !ok {
			return true
		}
		if key, ok := kv.Key.(*ast.Ident); !ok || key.Name != "Values" {
			return true
		}
		values, ok := kv.Value.(*ast.CompositeLit)
		if !ok {
			add(pkg.Scope().Lookup("Event").Type()) // made by the function events
			return false
		}
		for _, v := range values.Elts {
			tv := info.Types[v]
			add(types.Default(tv.Type))
		}
		return false
	})
	return pkg, list
}

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

	"golang.org/x/tools/txtar"
)

// TestReflectionWritesTheBytesOfGeneratedCode generates codecs for random types without unexported
// fields, and compares them with the codec by reflection: equal bytes, and each reads the other's.
func TestReflectionWritesTheBytesOfGeneratedCode(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and runs a program")
	}
	g := cloneGen{Rand: rand.New(rand.NewPCG(3, 1)), structs: 10, bytes: true}
	src := strings.NewReplacer(
		"\tf0", "\tF0", "\tf1", "\tF1", "\tf2", "\tF2", "\tf3", "\tF3", "rest ", "Rest ", "{ A, b string }", "{ A, B string }", "; x any }", "; X any }",
		"parts", "Parts", ".rest", ".Rest",
	).Replace(g.source(25))
	dir := probeModule(t)
	generate(t, dir, &txtar.Archive{Files: []txtar.File{{Name: "random/random.go", Data: []byte(src)}}})
	var calls strings.Builder
	results := resultsIn(t, filepath.Join(dir, "random", "random_cachegen.go"))
	for i, c := range results {
		fmt.Fprintf(&calls, "\tagree(t, %d, %s, inner{}.R%[1]d)\n", i, c)
	}
	if len(results) != 25 {
		t.Fatalf("found %d results", len(results))
	}
	write(t, filepath.Join(dir, "random", "random_test.go"), []byte(`package random

import (
	"bytes"
	"context"
	"reflect"
	"slices"
	"testing"

	"example.com/probe"
	"github.com/cachegen/cachegen/runtime"
)

func TestReflection(t *testing.T) {
`+calls.String()+`}

func agree[V any](t *testing.T, i int, result *runtime.Result, _ func(context.Context, int) (V, error)) {
	type field struct{ V V } // which has the bytes of V, also if that is an interface
	for n := range 40 {
		var in, out field
		probe.Fill(i, n, &in.V)
		generated, err := runtime.EncodeWith(result, nil, in.V)
		if err != nil {
			t.Fatalf("R%d, %d: %v", i, n, err)
		}
		reflected, err := runtime.DefaultCodec().Append(nil, in)
		if err != nil {
			t.Fatalf("R%d, %d: %v", i, n, err)
		}
		if !bytes.Equal(sorted(generated), sorted(reflected)) {
			t.Fatalf("R%d, %d: %x, by reflection %x, of %#v", i, n, generated, reflected, in)
		}
		if err := runtime.DefaultCodec().Decode(generated, &out); err != nil || !reflect.DeepEqual(in, out) {
			t.Fatalf("R%d, %d: reflection reads %#v, %v, of %#v", i, n, out, err, in)
		}
		if v, err := runtime.DecodeWith[V](result, reflected); err != nil || !reflect.DeepEqual(in.V, v) {
			t.Fatalf("R%d, %d: generated code reads %#v, %v, of %#v", i, n, v, err, in)
		}
	}
}

// sorted is what bytes have in common that differ in the order of maps only.
func sorted(b []byte) []byte {
	b = bytes.Clone(b)
	slices.Sort(b)
	return b
}
`))
	run(t, dir, "go", "test", "./random")
	if t.Failed() {
		t.Log(src)
	}
}

// resultsIn returns what a generated file has for the Result of its reads, in order.
func resultsIn(t *testing.T, path string) (list []string) {
	t.Helper()
	src, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	file, err := parser.ParseFile(token.NewFileSet(), path, src, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if kv, ok := n.(*ast.KeyValueExpr); ok {
			if key, ok := kv.Key.(*ast.Ident); ok && key.Name == "Result" {
				list = append(list, types.ExprString(kv.Value))
			}
		}
		return true
	})
	return list
}

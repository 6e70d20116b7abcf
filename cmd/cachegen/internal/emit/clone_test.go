package emit

import (
	"fmt"
	"go/types"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/clone"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/shape"
)

// cloning does for tests what check does.
func cloning(t types.Type, from *types.Package) model.Clone {
	plan, refusal := clone.Of(t, shape.NewView(from))
	switch {
	case refusal != nil:
		return model.Clone{Why: "it is " + refusal.Reason}
	case plan == (clone.Same{}):
		return model.Clone{How: model.Plain}
	}
	return model.Clone{How: model.Copied}
}

// TestRandomClones generates reads of random types, and runs what is generated:
// testdata/random/probe.go.txt changes all that it can reach in each answer, and nobody else may
// notice.
func TestRandomClones(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and runs a program")
	}
	seed := uint64(1)
	if os.Getenv("CACHEGEN_SEED") != "" {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("seed %d", seed)
	g := cloneGen{Rand: rand.New(rand.NewPCG(seed, 0)), structs: 10}
	src := g.source(25)
	dir := probeModule(t)
	generate(t, dir, &txtar.Archive{Files: []txtar.File{{Name: "random/random.go", Data: []byte(src)}}})
	write(t, filepath.Join(dir, "random", "random_test.go"), []byte(`package random

import (
	"testing"

	"example.com/probe"
	"github.com/cachegen/cachegen/runtime"
)

func TestClones(t *testing.T) {
	fill = probe.Fill
	if err := probe.Check(func(c *runtime.Cache) (any, any) { return NewCachedRepository(inner{}, c), inner{} }, 60); err != nil {
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

// probeModule is a user's module with the package probe in it.
func probeModule(t *testing.T) string {
	t.Helper()
	dir := userModule(t)
	probe, err := os.ReadFile("testdata/random/probe.go.txt")
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "probe", "probe.go"), probe)
	return dir
}

// cloneGen makes random result types, as source.
type cloneGen struct {
	*rand.Rand
	structs int
	bytes   bool // for tests of codecs: types that have bytes, and reads that answer from them
}

const cloneHead = `package random

import (
	"context"
	"encoding/json"
	"math/big"
	"net/netip"
	"net/url"
	"time"
)

var (
	_ time.Time
	_ netip.Addr
	_ big.Int
	_ url.Values
	_ json.RawMessage
)

type (
	List []List
	Tree map[string]Tree
	Chain *Chain
	Own struct{ parts []string }
	Ptr struct{ parts map[string][]int }
	Names []string
	Stamp time.Time
	Level uint8
	Box[T any] struct {
		V    T
		rest []T
	}
)

func (o Own) Clone() Own {
	if o.parts != nil {
		o.parts = append([]string{}, o.parts...)
	}
	return o
}

func (p *Ptr) DeepCopy() *Ptr {
	if p.parts == nil {
		return &Ptr{}
	}
	out := &Ptr{map[string][]int{}}
	for k, v := range p.parts {
		if out.parts[k] = v; v != nil {
			out.parts[k] = append([]int{}, v...)
		}
	}
	return out
}

func (n Names) Clone() Names { return append(Names{}, n...) }

type inner struct{}

var fill func(i, n int, p any)

`

func (g cloneGen) source(reads int) string {
	var s, methods strings.Builder
	s.WriteString(cloneHead)
	for i := range g.structs {
		fmt.Fprintf(&s, "type S%d struct {\n", i)
		for f := range 1 + g.IntN(4) {
			if f == 0 && i > 0 && g.IntN(3) == 0 {
				fmt.Fprintf(&s, "\t%sS%d\n", []string{"", "*"}[g.IntN(2)], g.IntN(i))
				continue
			}
			fmt.Fprintf(&s, "\t%s%d %s\n", []string{"F", "f"}[g.IntN(2)], f, g.typ(3, i))
		}
		s.WriteString("}\n\n")
	}
	s.WriteString("type Repository interface {\n")
	for i := range reads {
		typ, option := g.typ(4, g.structs), ""
		if g.bytes {
			option = " encoded"
		}
		fmt.Fprintf(&s, "\t//cache:ttl=1h prefix=r%d%s\n\tR%d(ctx context.Context, n int) (%s, error)\n", i, option, i, typ)
		fmt.Fprintf(&methods, "func (inner) R%d(ctx context.Context, n int) (v %s, err error) {\n\tfill(%d, n, &v)\n\treturn v, nil\n}\n\n", i, typ, i)
	}
	s.WriteString("}\n\n" + methods.String())
	return s.String()
}

// typ may hold the first known structs by value, and all of them behind something.
func (g cloneGen) typ(depth, known int) string {
	if depth > 0 {
		switch g.IntN(11) {
		case 0, 1:
			return "*" + g.typ(depth-1, g.structs)
		case 2, 3:
			return "[]" + g.typ(depth-1, g.structs)
		case 4:
			return fmt.Sprintf("[%d]%s", g.IntN(3), g.typ(depth-1, known))
		case 5, 6:
			return "map[" + []string{"string", "int", "[2]int", "netip.Addr", "struct{ A, b string }"}[g.IntN(5)] + "]" + g.typ(depth-1, g.structs)
		case 7:
			return "Box[" + g.typ(depth-1, known) + "]"
		case 8, 9:
			if known > 0 {
				return fmt.Sprint("S", g.IntN(known))
			}
		}
	}
	leaves := []string{"string", "bool", "int", "uint16", "float64", "complex128", "[]byte", "[4]byte", "json.RawMessage", "time.Time", "netip.Addr",
		"time.Duration", "List", "Tree", "Chain", "Own", "*Own", "Ptr", "*Ptr", "Names", "*Names", "big.Int", "*big.Int", "big.Rat", "*big.Float",
		"url.Values", "*url.URL", "struct{}", "rune", "struct{ x []rune }"}
	if g.bytes {
		leaves = []string{"string", "bool", "int", "int8", "int16", "int32", "int64", "uint", "uint8", "uint16", "uint32", "uint64", "uintptr", "float32",
			"float64", "complex64", "complex128", "[]byte", "[4]byte", "json.RawMessage", "json.Number", "time.Time", "Stamp", "netip.Addr", "time.Duration",
			"List", "Tree", "Chain", "Own", "*Ptr", "Names", "big.Int", "*big.Rat", "*big.Float", "url.Values", "struct{}", "[]struct{}", "map[string]struct{}",
			"Level", "[]Level", "[2]Level", "any", "any", "map[string]any", "struct{ _ int; x any }"}
	}
	return leaves[g.IntN(len(leaves))]
}

// variant gives what is generated for a Repository names of its own, so that it can stand beside
// the original.
func variant(code string, n int) string {
	code = strings.ReplaceAll(code, "CachedRepository", fmt.Sprint("CachedM", n))
	return helperName.ReplaceAllString(code, fmt.Sprintf("${1}%d", n))
}

var helperName = regexp.MustCompile(`\b((clone|encode|decode|write|read)Cached|cacheKey|cached[A-Z])`)

// TestSkippedLevel leaves out one copy after the other from what is generated for
// testdata/random/levels.go.txt. Each time the probe must notice.
func TestSkippedLevel(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and runs a program")
	}
	src, err := os.ReadFile("testdata/random/levels.go.txt")
	if err != nil {
		t.Fatal(err)
	}
	dir := probeModule(t)
	generate(t, dir, &txtar.Archive{Files: []txtar.File{{Name: "levels/levels.go", Data: src}}})
	data, err := os.ReadFile(filepath.Join(dir, "levels", "levels_cachegen.go"))
	if err != nil {
		t.Fatal(err)
	}
	whole := string(data)

	// All in one package, so that the runtime's generic code is compiled for its types once.
	var table strings.Builder
	list := skips(whole)
	if len(list) < 20 {
		t.Fatalf("only %d copies to leave out of\n%s", len(list), whole)
	}
	for i, m := range list {
		code := variant(m.code, i)
		write(t, filepath.Join(dir, "levels", fmt.Sprintf("m%d.go", i)), []byte(code+"\nvar _, _ = slices.Clone[[]int], maps.Clone[map[int]int]\n"))
		fmt.Fprintf(&table, "\t\t{func(c *runtime.Cache) any { return NewCachedM%d(inner{}, c) }, true, %q},\n", i, m.what)
	}
	write(t, filepath.Join(dir, "levels", "levels_test.go"), []byte(`package levels

import (
	"testing"

	"example.com/probe"
	"github.com/cachegen/cachegen/runtime"
)

func TestLevels(t *testing.T) {
	fill = probe.Fill
	for _, c := range []struct {
		cached func(*runtime.Cache) any
		bad    bool
		what   string
	}{
		{func(c *runtime.Cache) any { return NewCachedRepository(inner{}, c) }, false, "nothing"},
`+table.String()+`	} {
		err := probe.Check(func(cache *runtime.Cache) (any, any) { return c.cached(cache), inner{} }, 30)
		if (err != nil) != c.bad {
			t.Errorf("with %s left out: %v", c.what, err)
		}
	}
}
`))
	run(t, dir, "go", "test", "./levels")
	if t.Failed() {
		t.Log(whole)
	}
}

type skip struct{ what, code string }

// skipped are the ways in which generated code copies, and what is left of each when it does not.
var skipped = []struct {
	line *regexp.Regexp
	with string
}{
	{regexp.MustCompile(`(?m)^(\t+\S+) = (?:slices|maps)\.Clone\((\S+)\)$`), "$1 = $2"},
	{regexp.MustCompile(`(?m)^(\t+\S+) = clone\w+\((\S+)\)$`), "$1 = $2"},
	{regexp.MustCompile(`(?m)^(\t+out) := (?:slices\.Clone|clone\w+)\((\S+)\)$`), "$1 := $2"},
	{regexp.MustCompile(`(?m)^(\t+return) (?:(?:slices|maps)\.Clone|clone\w+)\((v\.\(.+\))\), err$`), "$1 $2, err"},
	{regexp.MustCompile(`(?m)^(\t+\S+) = \*?new\(\S+\)\.\w+\(&(\S+)\)$`), "$1 = $2"},
	{regexp.MustCompile(`(?m)^\treturn new\(\S+\)\.\w+\(in\)$`), "\treturn in"},
	{regexp.MustCompile(`(?m)^(\t+\S+) = (\S+)\.Clone\(\)$`), "$1 = $2"},
	{regexp.MustCompile(`(?m)^(\tout) := in\.Clone\(\)$`), "$1 := *in"},
	{regexp.MustCompile(`(?m)^\treturn &out$`), "\t_ = out\n\treturn in"},
	{regexp.MustCompile(`(?m)^\t(out := make.*(?:\n.*){3,6}\n\treturn) out$`), "\t$1 in"},
}

// skips returns the source without each of its copies.
func skips(source string) []skip {
	var list []skip
	for _, s := range skipped {
		for _, at := range s.line.FindAllStringSubmatchIndex(source, -1) {
			code := source[:at[0]] + string(s.line.ExpandString(nil, s.with, source, at)) + source[at[1]:]
			list = append(list, skip{fmt.Sprintf("line %d: %s", strings.Count(source[:at[0]], "\n")+1, strings.TrimSpace(source[at[0]:at[1]])), code})
		}
	}
	return list
}

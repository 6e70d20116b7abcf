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

// TestRandomPrograms makes interfaces and structs of random shapes with directives, generates, and
// runs the result against a fake that counts. Nothing of what it makes may be refused.
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
	files := check.Package(packages[0], list.Report)
	if !list.Empty() {
		var text bytes.Buffer
		list.Text(&text, dir)
		t.Fatalf("findings:\n%s\n%s", text.Bytes(), src)
	}
	outputs, err := render(files)
	if err != nil {
		t.Fatal(err)
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

type Row[K any] struct {
	Of   K
	Text string
}

func (r *Row[K]) Key() K { return r.Of }

type Held[K any] struct{ *Row[K] }

type ID int

var runtime, key, v, buf = 1, 2, 3, 4

func folded(text string) string { return text + "." }

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
	case 0: // of an interface that embeds it, and has a default of its own
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

// name gives each a name that could be in the way of ours.
func (g *programGen) name(list []variable, blanks bool) {
	for i := range list {
		for named := false; !named; {
			list[i].name = g.of(clashes...)
			named = list[i].name == "_" && blanks ||
				list[i].name != "_" && !slices.ContainsFunc(list[:i], func(v variable) bool { return v.name == list[i].name })
		}
	}
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

// method makes a read Rn, the write Wn that makes it stale, and sometimes Dn, which is passed on;
// Pn, which writes the answer of Rn through; Tn, which hangs on what Wn is about; Bn, which reads
// many of Rn; Mn, a batch of its own, which has to compile; and Ln, a batch of rows, beside Qn for
// one of them.
func (g *programGen) method(out *strings.Builder, fake string, params typeParams, i, n int, concrete bool) {
	keys := append([]string{
		"string", "int", "ID", "lib.Code", "[]string", "*int", "map[string]int", "time.Time", "[2]int", "Item", "*lib.Thing", "struct{ A, B int }",
	}, params.keys...)
	var list []variable
	for range g.IntN(4) {
		list = append(list, variable{"", g.of(keys...)})
	}
	path := fmt.Sprintf("r%d:m%d", i, n)
	read, write, tenant := "", "", ""
	if g.IntN(4) > 0 {
		list = slices.Insert(list, g.IntN(len(list)+1), variable{"", "context.Context"})
	} else if g.IntN(2) == 0 {
		read, write, tenant = " tenant=global", " tenant=global", " tenant=global"
	} else {
		read = " tenant=context"
	}
	if concrete || g.IntN(3) > 0 {
		g.name(list, true)
		if g.IntN(3) == 0 {
			list = append(list, variable{"handle", g.of("func(int) error", "chan<- int", "...func()")})
			read += " ignore={handle}"
		}
	}
	if concrete { // as declare calls them
		for i := range list {
			if list[i].name != "handle" {
				list[i].name = fmt.Sprint("p", i)
			}
		}
	}
	results := g.results(params)
	single := len(results) == 2 && results[1].typ == "error"
	segments, named := segmentsOf(list)
	pattern := path + ":*"
	if named {
		pattern = strings.Join(append([]string{path}, segments...), ":")
		if len(segments) > 0 && g.IntN(3) == 0 { // the same with text
			for _, v := range list {
				if at := slices.Index(segments, "{"+v.name+"}"); at >= 0 && v.typ == "string" && g.IntN(2) == 0 {
					segments[at] = "{folded(" + v.name + ")}"
				}
			}
			segments = slices.Insert(segments, g.IntN(len(segments)+1), "of")
			pattern = path + ":" + strings.Join(segments, ":")
			read += " key=" + strings.Join(segments, ":")
		}
	}
	others := read
	read += g.of("", "", " version=7")
	alone := g.of("", "", " strong", " local=off", " local=2s") + g.of("", "", " jitter=20%") + g.of("", "", " lock=off")
	if !named || !single { // nothing puts its entries, and no batch shares them
		alone = g.of(alone, " tiers=local share")
	}
	g.declare(out, fake, fmt.Sprint("R", n), "ttl=1m prefix="+path+read+alone, list, results, params, concrete)

	write += g.of("", "", " onsuccess", " fence")
	g.declare(out, fake, fmt.Sprint("W", n), "invalidate="+g.of(path+":*", pattern)+write, list, g.effects(list), params, concrete)
	if g.IntN(2) == 0 {
		g.declare(out, fake, fmt.Sprint("D", n), "", list, g.effects(list), params, concrete)
	}
	lists := slices.ContainsFunc(list, func(v variable) bool { return strings.HasPrefix(v.typ, "[") || strings.HasPrefix(v.typ, "map[") })
	if named && !lists && g.IntN(2) == 0 { // a tag stands for the elements of a list
		options := fmt.Sprintf("ttl=1m prefix=t%d:m%d tags=%s", i, n, pattern)
		g.declare(out, fake, fmt.Sprint("T", n), options+others, list, results, params, concrete)
	}
	if named && single && g.IntN(2) == 0 {
		g.declare(out, fake, fmt.Sprint("P", n), "put="+pattern+tenant, list, results, params, concrete)
	}
	if g.IntN(2) == 0 {
		g.many(out, fake, params, i, n, concrete)
	}
	if g.IntN(2) == 0 {
		g.rows(out, fake, params, i, n, concrete)
	}
	if named && single {
		g.batch(out, fake, n, "ttl=1m prefix="+path+read, list, results[0].typ, params, concrete)
	}
}

// many makes Mn, of items, results and further parameters of any kind.
func (g *programGen) many(out *strings.Builder, fake string, params typeParams, i, n int, concrete bool) {
	item := g.of(append([]string{"string", "int", "ID", "lib.Code", "*int", "time.Time", "[2]int", "struct{ A, B int }"}, params.keys[:min(1, len(params.keys))]...)...)
	value := g.of(append([]string{"string", "*Item", "Item", "[]string", "lib.Thing", "Box[*Item]"}, params.values...)...)
	result := g.of("[]"+value, "map["+item+"]"+value)
	list := []variable{{"", "[]" + item}}
	if g.IntN(2) == 0 {
		list = append(list, variable{"", g.of("string", "Item", "[]lib.Code")})
	}
	tenant := " tenant=context"
	if g.IntN(3) > 0 {
		tenant = ""
		list = slices.Insert(list, g.IntN(len(list)+1), variable{"", "context.Context"})
	}
	g.name(list, false)
	at := slices.IndexFunc(list, func(v variable) bool { return v.typ == "[]"+item })
	items := list[at].name
	if concrete { // as declare calls it
		items = fmt.Sprint("p", at)
	}
	options := fmt.Sprintf("ttl=1m prefix=b%d:m%d batch={%s}%s", i, n, items, tenant) + g.of("", " chunk=3", " notfound=1s", " strong")
	if strings.HasPrefix(result, "[]") {
		options += " by=" + g.identity(item, value)
	}
	g.declare(out, fake, fmt.Sprint("M", n), options, list, []variable{{"", result}, {"", "error"}}, params, concrete)
}

// identity is what follows by= of a batch that returns a slice.
func (g *programGen) identity(item, value string) string {
	switch {
	case item == value && g.IntN(2) == 0:
		return "{result}"
	case item == "string" && strings.HasSuffix(value, "Item") && g.IntN(2) == 0:
		return "{result.ID}"
	}
	return "position"
}

// rows makes Ln, which returns rows that say which items they are about, in another order than that
// of the items and with some of none, and Qn, which has the entry of one.
func (g *programGen) rows(out *strings.Builder, fake string, params typeParams, i, n int, concrete bool) {
	item := g.of(append([]string{"string", "int", "ID", "lib.Code", "[2]int"}, params.keys[:min(1, len(params.keys))]...)...)
	row, made := "Row["+item+"]", "Row[%s]{id, seedOf(id) + seedOf(more)}"
	by := g.of("{result.Of}", "{result.Key()}")
	switch g.IntN(3) {
	case 0:
		row, made = "*"+row, "&"+made
	case 1:
		row, made, by = "Held["+item+"]", "Held[%[1]s]{&Row[%[1]s]{id, seedOf(id) + seedOf(more)}}", g.of("{result.Of}", "{result.Row.Of}", "{result.Key()}")
	}
	made = fmt.Sprintf(made, item)
	more := g.of("string", "*int", "Item")
	options := fmt.Sprintf("ttl=1m prefix=l%d:m%d", i, n) + g.of(" tenant=global", "")
	many := options + " batch={ids} by=" + by + g.of("", " strong", " key=of:v{more}:{ids}")
	one := options
	if strings.Contains(many, "key=") {
		one += " key=of:v{more}:{id}"
	}
	stranger := ""
	if row[0] != 'R' { // the zero Row is that of the item 0
		stranger = g.of("", "\tvar none "+row+"\n\trows = append(rows, none)\n")
	}
	for _, m := range []struct{ options, signature, body string }{
		{one, fmt.Sprintf("Q%d(ctx context.Context, id %s, more %s) (%s, error)", n, item, more, row), "\treturn " + made + ", nil\n"},
		{many, fmt.Sprintf("L%d(ctx context.Context, ids []%s, more %s) ([]%s, error)", n, item, more, row),
			"\tvar rows []" + row + "\n\tfor i := range ids {\n\t\tid := ids[len(ids)-1-i]\n\t\trows = append(rows, " + made + ")\n\t}\n" + stranger + "\treturn rows, nil\n"},
	} {
		directive := "//cache:" + m.options + "\n"
		if !concrete {
			fmt.Fprintf(out, "%s\t%s\n", directive, m.signature)
			directive = ""
		}
		fmt.Fprintf(&g.fakes, "%sfunc (*%s%s) %s {\n\tdone()\n%s}\n\n", directive, fake, params.use, m.signature, m.body)
	}
}

// segmentsOf are the placeholders of a key, if each of its parameters has a name.
func segmentsOf(list []variable) (segments []string, named bool) {
	for _, v := range list {
		switch {
		case v.name == "handle" || v.typ == "context.Context":
		case v.name == "" || v.name == "_":
			return nil, false
		default:
			segments = append(segments, "{"+v.name+"}")
		}
	}
	return segments, true
}

// batch makes Bn of a read whose key is one value that can be that of a map.
func (g *programGen) batch(out *strings.Builder, fake string, n int, options string, list []variable, value string, params typeParams, concrete bool) {
	own := slices.Clone(list)
	item := -1
	for i, v := range own {
		switch {
		case v.name == "handle":
			return
		case v.typ == "context.Context":
			own[i].name = fmt.Sprint("p", i)
		case item >= 0:
			return
		default:
			item = i
		}
	}
	if item < 0 || !slices.Contains([]string{"string", "int", "ID", "lib.Code", "[2]int", "K"}, own[item].typ) {
		return
	}
	typ, name := own[item].typ, own[item].name
	options += " batch={" + name + "}"
	shown := slices.Clone(list)
	shown[item].typ = "[]" + typ
	own[item] = variable{"ids", "[]" + typ}
	signature := func(list []variable) string {
		return fmt.Sprintf("B%d%s (map[%s]%s, error)", n, listOf(list), typ, value)
	}
	directive := "//cache:" + options + "\n"
	if !concrete {
		fmt.Fprintf(out, "%s\t%s\n", directive, signature(shown))
		directive = ""
	} else {
		directive = strings.ReplaceAll(directive, "{"+name+"}", "{ids}")
	}
	fmt.Fprintf(&g.fakes, "%sfunc (*%s%s) %s {\n\tdone()\n\tm := make(map[%s]%s)\n\tfor _, id := range ids {\n\t\tm[id] = made[%[6]s](seedOf(id) + \"0\")\n\t}\n\treturn m, nil\n}\n\n",
		directive, fake, params.use, signature(own), typ, value)
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

func (g *programGen) effects(params []variable) []variable {
	shapes := [][]variable{{}, {{"", "error"}}, {{"", "int"}, {"", "error"}}}
	if !slices.ContainsFunc(params, func(v variable) bool { return v.name == "ok" }) {
		shapes = append(shapes, []variable{{"ok", "bool"}})
	}
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

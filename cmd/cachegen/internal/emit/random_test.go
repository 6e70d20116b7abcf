package emit

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"
)

// TestRandomKeys generates reads, and writes beside them, over random key types, and runs what is
// generated.
func TestRandomKeys(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and runs a program")
	}
	seed := uint64(1)
	if os.Getenv("CACHEGEN_SEED") != "" {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("seed %d", seed)
	src := randomKeys(rand.New(rand.NewPCG(seed, 0)))
	driver, err := os.ReadFile("testdata/random/random_test.go.txt")
	if err != nil {
		t.Fatal(err)
	}
	dir := userModule(t)
	generate(t, dir, &txtar.Archive{Files: []txtar.File{{Name: "random/random.go", Data: []byte(src)}}})
	write(t, filepath.Join(dir, "random", "random_test.go"), driver)
	run(t, dir, "go", "test", "./...")
	if t.Failed() {
		t.Log(src)
	}
}

func randomKeys(r *rand.Rand) string {
	var s, inner strings.Builder
	s.WriteString(`package random

import (
	"context"
	"time"
)

var _ time.Time

type Token struct{ S string }

func (t Token) MarshalText() ([]byte, error) { return []byte(t.S), nil }

type PToken struct{ S string }

func (t *PToken) MarshalText() ([]byte, error) { return []byte(t.S), nil }

type Stage string

func (s Stage) MarshalText() ([]byte, error) { return []byte("redacted"), nil }

type Empty struct{}

type List []List

type inner struct{}

`)
	const structs = 8
	g := keyGen{r, structs}
	for i := range structs {
		fmt.Fprintf(&s, "type S%d struct {\n", i)
		for f := range 1 + r.IntN(4) {
			if f == 0 && i > 0 && r.IntN(3) == 0 {
				fmt.Fprintf(&s, "\t%sS%d\n", []string{"", "*"}[r.IntN(2)], r.IntN(i))
				continue
			}
			fmt.Fprintf(&s, "\tF%d %s\n", f, g.typ(3, i))
		}
		s.WriteString("}\n\n")
	}
	s.WriteString("type Repository interface {\n")
	for i := range 25 {
		var params, key []string
		for p := range 1 + r.IntN(4) {
			typ := g.typ(3, structs)
			name := fmt.Sprint("p", p)
			placeholder := "{" + name + "}"
			if r.IntN(4) == 0 { // a struct or array, unlike any nil, behind a pointer
				typ = fmt.Sprintf("*struct{ V %sS%d }", []string{"", "[1]", "[2]"}[r.IntN(3)], r.IntN(structs))
				placeholder = "{" + name + ".V}"
			}
			params = append(params, name+" "+typ)
			if r.IntN(4) == 0 {
				placeholder = "v" + placeholder
			}
			key = append(key, placeholder)
		}
		list, template := strings.Join(params, ", "), strings.Join(key, ":")
		fmt.Fprintf(&s, "\t//cache:ttl=1h prefix=r%d key=%s\n\tR%d(ctx context.Context, %s) (int, error)\n", i, template, i, list)
		fmt.Fprintf(&s, "\t//cache:invalidate=r%d:%s\n\tW%d(ctx context.Context, %s) error\n", i, template, i, list)
		fmt.Fprintf(&inner, "func (inner) R%d(ctx context.Context, %s) (int, error) { return 0, nil }\n", i, list)
		fmt.Fprintf(&inner, "func (inner) W%d(ctx context.Context, %s) error { return nil }\n", i, list)
	}
	s.WriteString("}\n\n" + inner.String())
	return s.String()
}

// keyGen makes random key types, as source.
type keyGen struct {
	*rand.Rand
	structs int
}

// typ may hold the first known structs by value, and all of them behind something.
func (g keyGen) typ(depth, known int) string {
	if depth > 0 {
		switch g.IntN(9) {
		case 0, 1:
			return "*" + g.typ(depth-1, g.structs)
		case 2, 3:
			return "[]" + g.typ(depth-1, g.structs)
		case 4:
			return fmt.Sprintf("[%d]%s", g.IntN(3), g.typ(depth-1, known))
		case 5:
			return "map[" + []string{"string", "int", "Stage", "[2]int", "Token", "[2]byte"}[g.IntN(6)] + "]" + g.typ(depth-1, g.structs)
		case 6, 7:
			if known > 0 {
				return fmt.Sprint("S", g.IntN(known))
			}
		}
	}
	return []string{"string", "bool", "int", "int8", "uint16", "float32", "float64", "complex128", "[]byte", "[2]byte", "Stage", "Token", "PToken",
		"Empty", "time.Time", "time.Duration", "List", "uint"}[g.IntN(18)]
}

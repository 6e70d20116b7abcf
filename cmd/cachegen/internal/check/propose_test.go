package check_test

import (
	"fmt"
	"go/ast"
	"go/token"
	"math/rand/v2"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/check"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/diag"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/gentest"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/load"
)

// TestProposalsAreAccepted makes random reads of few prefixes, as their authors would, and follows
// all proposals at once: nothing is refused after that.
func TestProposalsAreAccepted(t *testing.T) {
	seed := uint64(1)
	if os.Getenv("CACHEGEN_SEED") != "" {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	proposed, printed, left := 0, 0, 0
	for range 300 {
		lines := randomReads(r)
		list := findings(t, lines)
		proposes := func(f diag.Finding) bool { return f.Rule == "overlap" || proposal.MatchString(f.Message) }
		for _, f := range list.Sorted() { // a batch may be refused for its types
			if !proposes(f) && !f.Warning {
				lines[f.Pos.Line-1], lines[f.Pos.Line] = "", ""
			}
		}
		list = findings(t, lines)
		followed := make(map[string]bool)
		for _, f := range list.Sorted() {
			if once := fmt.Sprint(f.Pos.Line, f.Rule); !f.Warning && !followed[once] { // two parameters have one proposal
				followed[once] = true
				proposed++
				switch m := proposal.FindStringSubmatch(f.Message); {
				case m != nil && m[3] != "":
					left++
				case f.Rule == "parameter-type":
					printed++
				}
				lines[f.Pos.Line-1] = follow(t, lines[f.Pos.Line-1], f)
			}
		}
		after := findings(t, lines)
		for _, f := range after.Sorted() {
			if !f.Warning {
				t.Fatalf("with all proposals: line %d: %s\n%s", f.Pos.Line, f.Message, strings.Join(lines, "\n"))
			}
		}
	}
	if proposed < 100 || printed < 50 || left < 50 {
		t.Errorf("only %d proposals, %d of them for what has no key and %d for handles", proposed, printed, left)
	}
}

// A proposal is a key or a prefix, a handle to ignore beside it, or such a handle alone.
var proposal = regexp.MustCompile(`(?:for example (key|prefix)=([^,]*?)(?: ignore=([^ ]*))?| with ignore=([^ ]*))(?: \(only if .*\))?$`)

// follow edits the line of a directive as the finding proposes. A fix of the finding does the same.
func follow(t *testing.T, line string, f diag.Finding) string {
	t.Helper()
	m := proposal.FindStringSubmatch(f.Message)
	if m == nil {
		t.Fatalf("%s proposes nothing", f.Message)
	}
	if m[4] != "" {
		return line + " ignore=" + m[4]
	}
	option := regexp.MustCompile(` ` + m[1] + `=\S+`)
	edited := option.ReplaceAllLiteralString(line, "") + " " + m[1] + "=" + m[2]
	if m[3] != "" {
		edited += " ignore=" + m[3]
	}
	if fixed := line[:f.Pos.Column-1] + f.Fix + line[f.End-1:]; f.Fix != "" && !sameOptions(fixed, edited) {
		t.Errorf("%s: the fix makes it %s", f.Message, fixed)
	}
	return edited
}

func sameOptions(a, b string) bool {
	count := make(map[string]int)
	for _, o := range strings.Fields(strings.Replace(a, ":", " ", 1)) {
		count[o]++
	}
	for _, o := range strings.Fields(strings.Replace(b, ":", " ", 1)) {
		count[o]--
	}
	for _, n := range count {
		if n != 0 {
			return false
		}
	}
	return true
}

func randomReads(r *rand.Rand) []string {
	of := func(list ...string) string { return list[r.IntN(len(list))] }
	lines := strings.Split("package p\n\nimport \"context\"\n\nvar _ context.Context\n\ntype User struct{ ID string }\n\ntype Row struct{ ID int }\n\n"+
		"type Tx struct{ run func() }\n\ntype SHA struct{ sum func() }\n\nfunc (SHA) String() string\n\ntype Ref struct { Repo string; SHA *SHA }\n", "\n")
	n := 0
	for i := range 1 + r.IntN(3) {
		lines = append(lines, fmt.Sprintf("type Repo%d interface {", i))
		for range 2 + r.IntN(6) {
			n++
			var params []string
			batch := false
			for j, name := range []string{of("id", "email"), of("name", "page"), "b"}[:r.IntN(4)] {
				typ := of("string", "int", "string", "[]string", "bool", "complex128", "struct{ A, B string }", "SHA", "*SHA", "Ref", "*Ref")
				if batch = j == 0 && typ == "[]string" && r.IntN(3) == 0; batch {
					params = append(params, name+" []string")
					break
				}
				params = append(params, name+" "+typ)
			}
			prefix := of("user", "user", "user", "row", "user:id", "user:first")
			result := of("*User", "[]User", "Row", "int")
			options := ""
			switch {
			case batch:
				options = " batch={" + strings.Fields(params[0])[0] + "}"
				result = "map[string]" + result
			case len(params) > 0 && r.IntN(4) == 0:
				var key []string
				for _, p := range params {
					key = append(key, "{"+strings.Fields(p)[0]+"}")
				}
				options = " key=" + of("", "of:", "id:") + strings.Join(key, ":")
			}
			options += of("", "", "", " tenant=global", " version=2")
			first := []string{"ctx context.Context", "tx *Tx"}[:1+r.IntN(4)/3]
			lines = append(lines, "//cache:ttl=1h prefix="+prefix+options,
				fmt.Sprintf("M%d(%s) (%s, error)", n, strings.Join(append(first, params...), ", "), result))
		}
		lines = append(lines, "}")
	}
	return lines
}

// findings checks one package of one file.
func findings(t *testing.T, lines []string) diag.List {
	t.Helper()
	src := strings.Join(lines, "\n")
	checked := gentest.Program{}
	checked.Check(t, "context", "package context\ntype Context interface{ Err() error }")
	fset := token.NewFileSet()
	f := gentest.Parse(t, fset, "p.go", src)
	p := checked.CheckFile(t, fset, "example.com/p", f)
	part := check.Examine(load.Checked(load.Unit{
		Fset: fset, Files: []*ast.File{f}, Types: p,
		ReadFile: func(string) ([]byte, error) { return []byte(src), nil },
	}))
	return part.Findings
}

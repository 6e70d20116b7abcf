package fingerprint

import (
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"os/exec"
	"strings"
	"testing"
)

// load type-checks a package, and returns the type of its variable V.
func load(t *testing.T, src string) types.Type {
	t.Helper()
	fset := token.NewFileSet()
	imports := ""
	for _, p := range []string{"time", "database/sql"} {
		if strings.Contains(src, p[strings.LastIndex(p, "/")+1:]+".") {
			imports += "import \"" + p + "\"\n"
		}
	}
	f, err := parser.ParseFile(fset, "p.go", "package p\n"+imports+src, 0)
	if err != nil {
		t.Fatal(err)
	}
	pkg, err := (&types.Config{Importer: importer.ForCompiler(fset, "source", nil)}).Check("example.com/p", fset, []*ast.File{f}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return pkg.Scope().Lookup("V").Type()
}

// TestDiffers: each pair of shapes could read each other's entries wrongly.
func TestDiffers(t *testing.T) {
	for name, pair := range map[string][2]string{
		"field name":  {"var V struct{ A int }", "var V struct{ B int }"},
		"field type":  {"var V struct{ A int }", "var V struct{ A int64 }"},
		"field order": {"var V struct{ A, B int }", "var V struct{ B, A int }"},
		"tag":         {"var V struct{ A int `json:\"a\"` }", "var V struct{ A int `json:\"b\"` }"},
		"embedded":    {"type A struct{}; var V struct{ A }", "type A struct{}; var V struct{ A A }"},
		"type name":   {"type A int; var V A", "type B int; var V B"},
		"underlying":  {"type A int; var V A", "type A string; var V A"},
		"deep":        {"type N struct{ Next *N; S []struct{ A int } }; var V []N", "type N struct{ Next *N; S []struct{ A uint } }; var V []N"},
		"pointer":     {"var V int", "var V *int"},
		"array":       {"var V [2]int", "var V [3]int"},
		"array slice": {"var V [2]int", "var V []int"},
		"map key":     {"var V map[int]int", "var V map[int8]int"},
		"argument":    {"type B[T any] struct{ V T }; var V B[int]", "type B[T any] struct{ V T }; var V B[string]"},
		"phantom":     {"type B[T any] struct{}; var V B[int]", "type B[T any] struct{}; var V B[string]"},
		"null":        {"var V sql.Null[int]", "var V sql.Null[string]"},
		"method":      {"var V interface{ A() }", "var V interface{ B() }"},
		"unexported":  {"type A struct{ a int }; var V A", "type A struct{ a string }; var V A"},
		"grouping":    {"var V struct{ A struct{ B int }; C int }", "var V struct{ A struct{ B int; C int } }"},
		"recursion":   {"type N struct{ A, B *N }; var V N", "type N struct{ A *N; B **N }; var V N"},
		"which":       {"type A struct{ B *B }; type B struct{ X *A }; var V A", "type A struct{ B *B }; type B struct{ X *B }; var V A"},
	} {
		a, b := load(t, pair[0]), load(t, pair[1])
		if Of(a, 0) == Of(b, 0) {
			t.Errorf("%s: one version for\n%s\n%s", name, pair[0], pair[1])
		}
	}
}

// TestSame: what changes nothing about a value changes no version.
func TestSame(t *testing.T) {
	for name, pair := range map[string][2]string{
		"alias":       {"type A struct{ X int }; var V A", "type A struct{ X int }; type B = A; var V B"},
		"byte":        {"var V []byte", "var V []uint8"},
		"any":         {"var V any", "var V interface{}"},
		"methods":     {"type A struct{ X int }; var V A", "type A struct{ X int }; func (A) String() string { return \"\" }; var V A"},
		"other types": {"type A struct{ X int }; var V A", "type Z struct{ A *A }; type A struct{ X int }; var W Z; var V A"},
		"order":       {"type A struct{ B B }; type B struct{ X int }; var V A", "type B struct{ X int }; type A struct{ B B }; var V A"},
		"constraint":  {"type A[T any] struct{ X T }; var V A[int]", "type A[T ~string | int] struct{ X T }; var V A[int]"},
		"interface":   {"var V interface{ A(); B() }", "type E interface{ B() }; var V interface{ E; A() }"},
		"generic":     {"type A[T any] struct{ X T }; var V A[int]", "type A[U any] struct{ X U }; type B[T any] = A[T]; var V B[int]"},
	} {
		a, b := load(t, pair[0]), load(t, pair[1])
		if got, want := canonical(a, 0, nil), canonical(b, 0, nil); got != want {
			t.Errorf("%s: two versions\n%s\n%s", name, got, want)
		}
	}
}

// TestStable pins versions: a change here makes every entry of every user unreadable, and needs a new format number and a line in the changelog.
func TestStable(t *testing.T) {
	contact := load(t, "type Contact struct { ID string `json:\"id\"`; At time.Time; Owner *Contact; Tags map[string][]byte }; var V *Contact")
	const text = `cachegen 2 version=0 *#0 example.com/p.Contact=struct{ID string "json:\"id\"";At #1 time.Time;Owner *#0;Tags map[string][]uint8;}`
	if got := canonical(contact, 0, nil); got != text {
		t.Errorf("the shape is\n%s\nwant\n%s", got, text)
	}
	if got := Of(contact, 0); got != "3e1cddc7" {
		t.Errorf("the version is %s, want 3e1cddc7", got)
	}
}

func TestVersionAndKeys(t *testing.T) {
	v := load(t, "var V int")
	filter := load(t, "type F struct{ A, B string }; var V F")
	swapped := load(t, "type F struct{ B, A string }; var V F")
	id := load(t, "type ID string; var V *ID")
	if Of(v, 0) == Of(v, 1) {
		t.Error("version=1 does not count")
	}
	if Of(v, 0, filter) == Of(v, 0) || Of(v, 0, filter) == Of(v, 0, swapped) {
		t.Error("the shape of a composite key does not count")
	}
	if Of(v, 0, id) != Of(v, 0) {
		t.Error("a key of one segment counts")
	}
}

// TestStandardPackages keeps the list complete for the toolchain that the tests run with.
func TestStandardPackages(t *testing.T) {
	out, err := exec.Command("go", "list", "std").Output()
	if err != nil {
		t.Skip(err)
	}
	for path := range strings.FieldsSeq(string(out)) {
		if !standard[path] && !strings.HasPrefix(path, "vendor/") && !strings.Contains("/"+path+"/", "/internal/") {
			t.Errorf("%s is missing", path)
		}
	}
}

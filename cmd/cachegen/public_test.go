package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var public = flag.String("public", "", "annotate the public interfaces whose target matches this expression, and generate, build and vet them")

// publicTargets are packages of public modules with interfaces that a program could cache.
var publicTargets = []struct{ module, pkg string }{
	{"github.com/authzed/spicedb@v1.56.2", "pkg/datastore"},
	{"github.com/zitadel/oidc/v3@v3.52.0", "pkg/op"},
	{"github.com/openfga/openfga@v1.22.1", "pkg/storage"},
	{"github.com/ory/hydra/v2@v2.3.0", "client"},
	{"github.com/ory/hydra/v2@v2.3.0", "consent"},
	{"github.com/ory/hydra/v2@v2.3.0", "jwk"},
	{"github.com/ory/hydra/v2@v2.3.0", "oauth2/trust"},
	{"github.com/lightningnetwork/lnd/sqldb@v1.0.3", "sqlc"},
	{"github.com/jaegertracing/jaeger@v1.76.0", "internal/storage/v1/api/spanstore"},
	{"github.com/jaegertracing/jaeger@v1.76.0", "internal/storage/v1/api/samplingstore"},
	{"github.com/jaegertracing/jaeger@v1.76.0", "internal/storage/v1/api/metricstore"},
	{"github.com/jaegertracing/jaeger@v1.76.0", "internal/storage/v2/api/tracestore"},
	{"github.com/jaegertracing/jaeger@v1.76.0", "internal/storage/elasticsearch"},
	{"go.temporal.io/server@v1.32.1", "common/persistence"},
	{"github.com/digitalocean/godo@v1.237.0", "."},
	{"github.com/ory/fosite@v0.49.0", "."},
	{"github.com/ethereum/go-ethereum@v1.17.10", "ethdb"},
	{"github.com/ethereum/go-ethereum@v1.17.10", "core/state"},
	{"github.com/google/trillian@v1.8.0", "storage"},
	{"github.com/cschleiden/go-workflows@v1.2.0", "backend"},
	{"github.com/rancher/wrangler/v3@v3.8.0", "pkg/generic"},
	{"k8s.io/client-go@v0.37.2", "kubernetes/typed/core/v1"},
	{"k8s.io/client-go@v0.37.2", "listers/core/v1"},
}

// TestPublicInterfaces annotates every interface of public packages, first as somebody in a hurry
// would: what changes things invalidates, the rest is cached. Then each method gets what else its
// signature allows. What cachegen refuses loses its directive, or the option that is wrong, or gets
// the ignore= that the message proposes; what is left has to generate, build and vet. It downloads
// modules, so it runs only with -public; what came of it is in PUBLIC.md.
func TestPublicInterfaces(all *testing.T) {
	if *public == "" {
		all.Skip("downloads public modules; run with -public=.")
	}
	pick := regexp.MustCompile(*public)
	dirs := make(map[string]string)
	for _, target := range publicTargets {
		if name := target.module + "/" + target.pkg; pick.MatchString(name) {
			all.Run(name, func(t *testing.T) {
				if dirs[target.module] == "" {
					dirs[target.module] = writable(all, target.module)
				}
				tryPublic(t, dirs[target.module], target.pkg)
			})
		}
	}
}

// writable makes a copy of a module that requires this one.
func writable(t *testing.T, module string) string {
	t.Helper()
	out, err := exec.Command("go", "mod", "download", "-json", module).Output()
	if err != nil {
		t.Fatalf("go mod download %s: %v\n%s", module, err, out)
	}
	var at struct{ Dir string }
	if err := json.Unmarshal(out, &at); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(at.Dir)); err != nil {
		t.Fatal(err)
	}
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.Type()&fs.ModeSymlink != 0 {
			return err
		}
		return os.Chmod(path, 0o755)
	})
	if err != nil {
		t.Fatal(err)
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	os.RemoveAll(filepath.Join(dir, "vendor"))
	dropMissing(t, dir)
	if out, err := exec.Command("go", "mod", "edit", "-C="+dir, "-require=github.com/cachegen/cachegen@v0.0.0", "-replace=github.com/cachegen/cachegen="+root).CombinedOutput(); err != nil {
		t.Fatalf("go mod edit: %v\n%s", err, out)
	}
	return dir
}

// dropMissing takes out what a go.mod replaces by directories that are not part of the module.
func dropMissing(t *testing.T, dir string) {
	t.Helper()
	out, err := exec.Command("go", "mod", "edit", "-C="+dir, "-json").Output()
	if err != nil {
		t.Fatal(err)
	}
	var mod struct {
		Replace []struct {
			Old, New struct{ Path, Version string }
		}
	}
	if err := json.Unmarshal(out, &mod); err != nil {
		t.Fatal(err)
	}
	for _, r := range mod.Replace {
		if _, err := os.Stat(filepath.Join(dir, r.New.Path)); r.New.Version != "" || err == nil {
			continue
		}
		drop := r.Old.Path
		if r.Old.Version != "" {
			drop += "@" + r.Old.Version
		}
		if out, err := exec.Command("go", "mod", "edit", "-C="+dir, "-dropreplace="+drop).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
}

// publicMethod is a method of an interface that is to be annotated.
type publicMethod struct {
	file      string
	line      int
	typeLine  int
	repo      string
	name      string
	writes    bool
	sig       *ast.FuncType
	directive string // "" once it has been refused
}

// tryPublic annotates the interfaces of a package, takes back what is refused, and says what came
// of the rest.
func tryPublic(t *testing.T, dir, pkg string) {
	t.Setenv("GOFLAGS", "-mod=mod")
	t.Setenv("GOWORK", "off")
	original, methods := readPublic(t, filepath.Join(dir, filepath.FromSlash(pkg)))

	refused := generatePublic(t, dir, pkg, original, methods)
	repos := make(map[string]bool)
	for _, m := range methods {
		repos[m.repo] = true
	}
	reads, writes := countPublic(methods)
	t.Logf("%d interfaces, %d methods: %d reads, %d writes; refused: %v", len(repos), len(methods), reads, writes, refused)

	enrich(methods)
	refused = generatePublic(t, dir, pkg, original, methods)
	reads, writes = countPublic(methods)
	t.Logf("with options: %d reads, %d writes; refused: %v; %v", reads, writes, refused, optionsIn(methods))
}

// readPublic reads the files of a package, and the methods of its interfaces. It removes the tests.
func readPublic(t *testing.T, at string) (original map[string][]byte, methods []*publicMethod) {
	t.Helper()
	original = make(map[string][]byte)
	files, err := filepath.Glob(filepath.Join(at, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range files {
		if strings.HasSuffix(path, "_cachegen.go") {
			continue
		}
		if strings.HasSuffix(path, "_test.go") { // what they import is not always to be had
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			continue
		}
		src, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		src = generatedHeader.ReplaceAll(src, []byte("// Once generated."))
		original[path] = src
		methods = append(methods, publicMethods(t, path, src)...)
	}
	return original, methods
}

// generatePublic generates until nothing is refused any more, builds and vets what has come of it,
// and returns how often which rule refused.
func generatePublic(t *testing.T, dir, pkg string, original map[string][]byte, methods []*publicMethod) map[string]int {
	t.Helper()
	refused := make(map[string]int)
	for round := 0; ; round++ {
		annotate(t, original, methods)
		var stdout, stderr bytes.Buffer
		code := run(t.Context(), env{dir: dir, stdout: &stdout, stderr: &stderr}, []string{"-json", "./" + pkg})
		if code == exitDone {
			break
		}
		if code == exitBroken || round == 20 {
			t.Fatalf("exit status %d\n%s%s", code, stdout.Bytes(), stderr.Bytes())
		}
		if mendPublic(t, stdout.Bytes(), methods, refused) == 0 {
			t.Fatalf("no finding is about a directive:\n%s", stdout.Bytes())
		}
	}
	for _, args := range [][]string{{"build", "./" + pkg}, {"vet", "./" + pkg}} {
		cmd := exec.Command("go", args...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("go %s: %v\n%.4000s", strings.Join(args, " "), err, out)
		}
	}
	return refused
}

func countPublic(methods []*publicMethod) (reads, writes int) {
	for _, m := range methods {
		switch {
		case m.directive == "" || m.sig == nil:
		case m.writes:
			writes++
		default:
			reads++
		}
	}
	return reads, writes
}

var generatedHeader = regexp.MustCompile(`(?m)^// Code generated .* DO NOT EDIT\.$`)

// writing names what looks like a write.
var writing = regexp.MustCompile(`^(Create|Update|Delete|Insert|Set|Add|Remove|Save|Upsert|Put|Mark|Revoke|Rotate|Append|Write|Clear|Flush|Cancel|Settle|Confirm|Patch|Apply|Bulk|Store|Register|Unregister|Terminate|Complete|Deny|Accept|Invalidate|Handle|Verify|Authenticate|Migrate|Grant|Prune|Next|On)`)

func publicMethods(t *testing.T, path string, src []byte) []*publicMethod {
	t.Helper()
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, path, src, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	var list []*publicMethod
	for _, decl := range f.Decls {
		gen, ok := decl.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, spec := range gen.Specs {
			spec, ok := spec.(*ast.TypeSpec)
			if !ok {
				continue
			}
			body, ok := spec.Type.(*ast.InterfaceType)
			if !ok {
				continue
			}
			for _, m := range body.Methods.List {
				sig, ok := m.Type.(*ast.FuncType)
				if !ok || fset.Position(m.Pos()).Line == fset.Position(body.Pos()).Line {
					continue
				}
				p := &publicMethod{file: path, line: fset.Position(m.Pos()).Line, typeLine: fset.Position(spec.Pos()).Line, repo: spec.Name.Name, name: m.Names[0].Name, sig: sig}
				p.writes = writing.MatchString(p.name) || onlyError(sig)
				if p.writes {
					p.directive = invalidateAll(p.repo)
				} else {
					p.directive = "//cache:ttl=60 prefix=" + strings.ToLower(p.repo+":"+p.name)
				}
				list = append(list, p)
			}
		}
	}
	return list
}

func invalidateAll(repo string) string { return "//cache:invalidate=" + strings.ToLower(repo) + ":*" }

func onlyError(sig *ast.FuncType) bool {
	if sig.Results == nil || len(sig.Results.List) == 0 {
		return true
	}
	id, ok := sig.Results.List[0].Type.(*ast.Ident)
	return ok && len(sig.Results.List) == 1 && id.Name == "error"
}

// annotate writes the files with the directives that are left.
func annotate(t *testing.T, original map[string][]byte, methods []*publicMethod) {
	t.Helper()
	for path, src := range original {
		lines := strings.SplitAfter(string(src), "\n")
		for _, m := range methods {
			if m.file == path && m.directive != "" {
				lines[m.line-1] = m.directive + "\n" + lines[m.line-1]
			}
		}
		if err := os.WriteFile(path, []byte(strings.Join(lines, "")), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

var proposed = regexp.MustCompile(`ignore=\{(\w+)\}`)

// mendPublic does what the findings ask for, and returns for how many it could.
func mendPublic(t *testing.T, findings []byte, methods []*publicMethod, refused map[string]int) (mended int) {
	t.Helper()
	// Stand are the directives as they were when the tool ran; cut are those that have changed
	// since, where columns are no longer right.
	stand := slices.DeleteFunc(slices.Clone(methods), func(m *publicMethod) bool { return m.directive == "" })
	cut := make(map[*publicMethod]bool)
	for line := range bytes.Lines(findings) {
		var f struct {
			File, Severity, Rule, Message string
			Line, Column                  int
		}
		if err := json.Unmarshal(line, &f); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		if f.Severity == "warning" {
			continue
		}
		m, above := methodAt(stand, filepath.Base(f.File), f.Line)
		if m == nil {
			t.Logf("not about a directive: %s", line)
			continue
		}
		mended++
		if m.directive == "" || cut[m] {
			continue
		}
		if ignore := proposed.FindString(f.Message); ignore != "" && !m.writes && !strings.Contains(m.directive, ignore) {
			if at := strings.Index(m.directive, " ignore="); at >= 0 {
				m.directive += "," + strings.TrimPrefix(ignore, "ignore=")
			} else {
				m.directive += " " + ignore
			}
			t.Logf("%s.%s: %s", m.repo, m.name, f.Message)
			continue
		}
		t.Logf("%s.%s refused: %s: %s", m.repo, m.name, f.Rule, f.Message)
		refused[f.Rule]++
		switch cut[m] = true; {
		case strings.HasPrefix(f.Rule, "put-"):
			m.directive = invalidateAll(m.repo)
		case above:
			m.directive = without(m.directive, f.Column)
		default:
			m.directive = ""
		}
	}
	return mended
}

// methodAt finds the method to which a line of an annotated file belongs, or the directive above
// it.
func methodAt(methods []*publicMethod, base string, line int) (m *publicMethod, above bool) {
	before := 0
	for _, m := range methods {
		if filepath.Base(m.file) != base {
			continue
		}
		if at := m.line + before; line == at || line == at+1 {
			return m, line == at
		}
		before++
	}
	return nil, false
}

package load

import (
	"context"
	"fmt"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/go/packages"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
)

// What the go command is asked for. Only the last compiles.
const (
	listMode = packages.NeedName | packages.NeedFiles | packages.NeedImports | packages.NeedDeps |
		packages.NeedModule | packages.NeedForTest
	cgoMode    = packages.NeedName | packages.NeedCompiledGoFiles
	exportMode = packages.NeedName | packages.NeedImports | packages.NeedDeps | packages.NeedExportFile
)

// overlay maps paths to what the go command reads in place of files.
type overlay map[string][]byte

// query asks the go command. Coverage is off whatever GOFLAGS says, because the files that are
// compiled for it are not the ones that a user edits.
func (l *loader) query(
	ctx context.Context, mode packages.LoadMode, o overlay, patterns []string,
) ([]*packages.Package, error) {
	list, err := packages.Load(&packages.Config{
		Mode:       mode,
		Context:    ctx,
		Dir:        l.cfg.Dir,
		Env:        l.cfg.Env,
		BuildFlags: []string{"-cover=false"},
		Tests:      l.tests && mode != exportMode,
		Overlay:    o,
	}, patterns...)
	if err != nil {
		return nil, listError(err)
	}
	return list, nil
}

// listError is an error of go/packages as the go command says it.
func listError(err error) error {
	if _, says, ok := strings.Cut(err.Error(), ": stderr: "); ok {
		return fmt.Errorf("go list: %s", strings.TrimPrefix(strings.TrimSpace(says), "go: "))
	}
	return err
}

// Complaint is what the go command says, in one line, when it is asked to list the packages of some
// patterns; "" if it says nothing.
func Complaint(ctx context.Context, cfg Config, patterns []string) string {
	var stderr strings.Builder
	cmd := exec.CommandContext(ctx, "go", append([]string{"list", "-e", "--"}, patterns...)...)
	cmd.Dir, cmd.Env, cmd.Stderr = cfg.Dir, cfg.Env, &stderr
	_ = cmd.Run() // what is wrong is on stderr
	return firstLine(strings.TrimPrefix(strings.TrimSpace(stderr.String()), "go: "))
}

// list returns the packages that match the patterns, with the graph of what they import. Earlier
// output can break that: it may be cut off, or import what is gone or what has come to import it.
// If anything is wrong, the go command is asked again, with stubs in the place of earlier output.
func (l *loader) list(ctx context.Context, patterns []string) ([]*packages.Package, error) {
	listed, err := l.query(ctx, listMode, nil, patterns)
	if err != nil {
		if strings.Contains(err.Error(), "go.mod file not found") {
			return nil, nil // so no package matches
		}
		return nil, err
	}
	dirs := make(map[string]bool)
	wrong := false
	packages.Visit(listed, nil, func(p *packages.Package) {
		wrong = wrong || slices.ContainsFunc(p.Errors, isFault)
		if dir := directory(p); dir != "" && isLocal(p) {
			dirs[dir] = true
		}
	})
	if !wrong {
		return listed, nil
	}
	stubs := outputStubs(dirs)
	if len(stubs) == 0 {
		return listed, nil
	}
	o, err := l.env.contents() // the overlay of GOFLAGS, which this one replaces
	if err != nil {
		return nil, err
	}
	maps.Copy(o, stubs)
	return l.query(ctx, listMode, o, patterns)
}

// isLocal reports whether a package may be worked on: one of a main module, or of a module that a
// replace directive finds on disk, or of none.
func isLocal(p *packages.Package) bool {
	m := p.Module
	return m == nil || m.Main || m.Replace != nil && m.Replace.Version == ""
}

// outputStubs reads the directories, and returns by path what stands for each file of earlier
// output: its build constraint and its package clause.
func outputStubs(dirs map[string]bool) overlay {
	stubs := make(overlay)
	for dir := range dirs {
		entries, err := os.ReadDir(dir)
		if err != nil {
			continue // the package has an error of its own then
		}
		for _, entry := range entries {
			path := filepath.Join(dir, entry.Name())
			if _, named := model.SourcePath(path); !named {
				continue
			}
			if src, err := os.ReadFile(path); err == nil && model.IsOutput(path, src) {
				stubs[path] = outputStub(path, src)
			}
		}
	}
	return stubs
}

func outputStub(path string, src []byte) []byte {
	own, at := packageClause(path, src)
	return slices.Concat(src[:at], []byte("package "+packageName(path, own)+"\n"))
}

// packageName is that of a file of earlier output: as its source says, in case that its own clause
// cannot be trusted.
func packageName(output, own string) string {
	source, _ := model.SourcePath(output)
	if name, _ := packageClause(source, nil); name != "" {
		return name
	}
	if own != "" {
		return own
	}
	siblings, _ := filepath.Glob(filepath.Join(filepath.Dir(output), "*.go"))
	for _, path := range siblings {
		if model.IsTest(path) { // may be of another package
			continue
		}
		if name, _ := packageClause(path, nil); name != "" {
			return name
		}
	}
	return filepath.Base(filepath.Dir(output))
}

// packageClause reads the name of a package and where its clause begins; "" and 0 if there is none.
func packageClause(path string, src []byte) (name string, at int) {
	var content any // a nil slice would be an empty file
	if src != nil {
		content = src
	}
	f, _ := parser.ParseFile(token.NewFileSet(), path, content, parser.PackageClauseOnly)
	if f == nil || !f.Package.IsValid() || f.Name.Name == "_" {
		return "", 0
	}
	return f.Name.Name, int(f.Package - f.FileStart)
}

// Package load reads Go packages and finds the directives in them. It is the only part that knows
// go/packages and go/ast.
//
// A run changes the packages it names, so compiling them for export data is wasted: the next build
// compiles them again. Load therefore has the go command list the packages without compiling any,
// and type-checks the named ones from source, against export data of what they import. Only
// declarations matter, so function bodies are not checked.
//
// Files that cachegen wrote earlier are left out, and each wrapper to come has a stub. So code that
// uses a wrapper type-checks before the wrapper is generated, and whatever state its file is in.
package load

import (
	"context"
	"go/ast"
	"go/token"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"
	"golang.org/x/tools/go/packages"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
)

// Config says where and how to load. The zero value loads from the current directory with the
// environment of the process.
type Config struct {
	Dir string
	Env []string
}

// Load loads the packages that match the patterns, in the order of their paths. Faults of a package
// are in the package; the error is for an environment in which nothing can be loaded.
func Load(ctx context.Context, cfg Config, patterns []string) ([]*model.Package, error) {
	env, err := readGoEnv(ctx, cfg)
	if err != nil {
		return nil, err
	}
	l := newLoader(cfg, env)
	list, err := l.packages(ctx, patterns)
	if err != nil {
		return nil, err
	}
	if len(l.tested) > 0 {
		t := newLoader(cfg, env)
		t.tests, t.named = true, l.named
		tests, err := t.packages(ctx, l.tested)
		if err != nil {
			return nil, err
		}
		list = append(list, tests...)
	}
	slices.SortStableFunc(list, func(a, b *model.Package) int { return strings.Compare(a.Path, b.Path) })
	return list, nil
}

// loader loads packages without their tests, or the tests of packages.
type loader struct {
	cfg     Config
	env     goEnv
	fset    *token.FileSet
	tests   bool            // load what is in test files, else what is in the others
	named   map[string]bool // paths of the packages that the patterns of Load match
	exports *exports

	mu     sync.Mutex
	tested []string // paths of packages with directives in test files
}

func newLoader(cfg Config, env goEnv) *loader {
	fset := token.NewFileSet()
	return &loader{cfg: cfg, env: env, fset: fset, named: make(map[string]bool), exports: newExports(fset)}
}

func (l *loader) packages(ctx context.Context, patterns []string) ([]*model.Package, error) {
	roots, err := l.list(ctx, patterns)
	if err != nil {
		return nil, err
	}
	if l.tests { // without the packages themselves, and the programs that run their tests
		roots = slices.DeleteFunc(roots, func(p *packages.Package) bool { return !isTestOf(p, p.ForTest) })
	} else {
		for _, root := range roots {
			l.named[root.PkgPath] = true
		}
	}
	if err := l.typeCheck(ctx, roots); err != nil {
		return nil, err
	}
	list := make([]*model.Package, len(roots))
	err = parallel(roots, func(i int, root *packages.Package) (err error) {
		list[i], err = l.convert(root)
		return err
	})
	return list, err
}

// isTestOf reports whether a package is made of the tests of another, or of that and its tests.
func isTestOf(root *packages.Package, path string) bool {
	return path != "" && (root.PkgPath == path || root.PkgPath == path+"_test")
}

// parallel calls do for each element, as many at a time as there are processors. It starts them in
// order, so do may wait for elements before its own.
func parallel[E any](list []E, do func(i int, e E) error) error {
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i, e := range list {
		g.Go(func() error { return do(i, e) })
	}
	return g.Wait()
}

// convert keeps what the stages after this one need.
func (l *loader) convert(root *packages.Package) (*model.Package, error) {
	p := &model.Package{
		Path:     root.PkgPath,
		Dir:      directory(root),
		Types:    root.Types,
		Declared: make(map[string]token.Position),
	}
	methods := concreteMethods(root.Syntax)
	for _, f := range root.Syntax {
		l.declared(p, f)
		if model.IsTest(l.fset.Position(f.Package).Filename) != l.tests {
			continue
		}
		if source, ok := l.source(root, f, methods); ok {
			p.Sources = append(p.Sources, source)
		}
	}
	l.embedded(p)
	if err := l.siblings(p, root); err != nil {
		return nil, err
	}
	l.faults(p, root)
	return p, nil
}

// directory is where the files of a package are; "" for a package that does not exist.
func directory(p *packages.Package) string {
	if p.Dir == "" && len(p.GoFiles) > 0 {
		return filepath.Dir(p.GoFiles[0])
	}
	return p.Dir
}

// declared records the package-level names of a file.
func (l *loader) declared(p *model.Package, f *ast.File) {
	record := func(name *ast.Ident) {
		if _, twice := p.Declared[name.Name]; !twice {
			p.Declared[name.Name] = l.fset.Position(name.Pos())
		}
	}
	for _, decl := range f.Decls {
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			if decl.Recv == nil {
				record(decl.Name)
			}
		case *ast.GenDecl:
			for _, spec := range decl.Specs {
				switch spec := spec.(type) {
				case *ast.TypeSpec:
					record(spec.Name)
				case *ast.ValueSpec:
					for _, name := range spec.Names {
						record(name)
					}
				}
			}
		}
	}
}

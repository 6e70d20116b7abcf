// Package load reads Go packages and finds the directives in them. It is the only part that knows go/packages and go/ast.
//
// Only what declarations say matters, so function bodies are emptied before they are type-checked: loading is cheaper, and a body that calls
// what is yet to be generated is no mistake. For declarations that name it, each wrapper to come has a stub. So has each that is there already: neither
// the type checker nor the compiler ever sees a file of ours.
package load

import (
	"bytes"
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"
	"golang.org/x/tools/go/packages"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
)

// Config says where and how to load. The zero value loads from the current directory with the environment of the process.
type Config struct {
	Dir string
	Env []string
}

func (cfg Config) getenv(name string) string {
	if cfg.Env == nil {
		return os.Getenv(name)
	}
	for _, entry := range slices.Backward(cfg.Env) {
		if value, ok := strings.CutPrefix(entry, name+"="); ok {
			return value
		}
	}
	return ""
}

// mode asks for source of the packages named and for export data of everything below.
const mode = packages.NeedName | packages.NeedFiles | packages.NeedCompiledGoFiles | packages.NeedImports | packages.NeedTypes |
	packages.NeedTypesSizes | packages.NeedSyntax | packages.NeedModule | packages.NeedForTest | packages.NeedExportFile

// Load loads the packages that match the patterns, in the order of their paths. What is wrong with a package is in the package; the error is for
// an environment in which nothing can be loaded.
func Load(ctx context.Context, cfg Config, patterns []string) ([]*model.Package, error) {
	l := newLoader(cfg, newFinder(), false)
	if err := l.find(cfg, patterns); err != nil {
		return nil, err
	}
	flags, remove, err := hide(l.stubs)
	if err != nil {
		return nil, fmt.Errorf("hide earlier output: %w", err)
	}
	defer remove()
	l.ahead.start(l, l.sources(cfg, patterns))
	list, err := l.packages(ctx, patterns, flags)
	l.ahead.done.Store(true)
	if err != nil {
		return nil, err
	}
	if len(l.tested) > 0 {
		tests, err := newLoader(cfg, l.finder, true).packages(ctx, l.tested, flags)
		if err != nil {
			return nil, err
		}
		list = append(list, tests...)
	}
	slices.SortStableFunc(list, func(a, b *model.Package) int { return strings.Compare(a.Path, b.Path) })
	return list, nil
}

type loader struct {
	*finder
	cfg   Config
	fset  *token.FileSet
	tests bool // what is in test files, else in the others
	ahead ahead

	mu      sync.Mutex
	tested  []string        // paths of packages with directives in test files
	stubbed map[string]bool // by directory and type: methods of one type may have directives in several files
}

func newLoader(cfg Config, f *finder, tests bool) *loader {
	return &loader{finder: f, cfg: cfg, fset: token.NewFileSet(), tests: tests, stubbed: make(map[string]bool)}
}

func (l *loader) packages(ctx context.Context, patterns, flags []string) ([]*model.Package, error) {
	roots, err := l.load(ctx, patterns, flags)
	if err != nil {
		return nil, err
	}
	if l.tests { // without the packages themselves, and the programs that run their tests
		roots = slices.DeleteFunc(roots, func(root *packages.Package) bool { return !isTestOf(root, root.ForTest) })
	}
	list := make([]*model.Package, len(roots))
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i, root := range roots {
		g.Go(func() (err error) {
			list[i], err = l.convert(root)
			return err
		})
	}
	return list, g.Wait()
}

// isTestOf reports whether a package is made of the tests of another, or of that and its tests.
func isTestOf(root *packages.Package, path string) bool {
	return path != "" && (root.PkgPath == path || root.PkgPath == path+"_test")
}

func (l *loader) load(ctx context.Context, patterns, flags []string) ([]*packages.Package, error) {
	return packages.Load(&packages.Config{
		Mode:       mode,
		Context:    ctx,
		Dir:        l.cfg.Dir,
		Env:        l.cfg.Env,
		BuildFlags: flags,
		Tests:      l.tests,
		Fset:       l.fset,
		ParseFile:  l.parse,
	}, patterns...)
}

// parse parses one file as the type checker is to see it.
func (l *loader) parse(_ *token.FileSet, path string, src []byte) (*ast.File, error) {
	if model.IsOutput(path, src) {
		return nil, nil
	}
	f, err := l.ahead.parse(l, path, src)
	if err != nil || f.Comments == nil {
		return f, err
	}
	if stubs := l.stubsFor(f, filepath.Dir(path)); stubs != "" {
		more, err := parser.ParseFile(l.fset, stubFile, "package "+f.Name.Name+stubs, parser.SkipObjectResolution)
		if err != nil {
			panic(fmt.Sprintf("the stubs for %s do not parse: %v", path, err))
		}
		f.Decls = append(f.Decls, more.Decls...)
	}
	return f, nil
}

// parseFile parses a file without what is in its functions, and with comments if a directive may be among them.
func (l *loader) parseFile(path string, src []byte) (*ast.File, error) {
	flags := parser.AllErrors | parser.SkipObjectResolution
	if mentions(src) {
		flags |= parser.ParseComments
	}
	f, err := parser.ParseFile(l.fset, path, src, flags)
	emptyBodies(f)
	return f, err
}

// stubFile is where what parse adds to files claims to be written.
const stubFile = "stubs of wrappers"

// isStub reports whether pos lies in what parse added to a file.
func (l *loader) isStub(pos token.Pos) bool {
	f := l.fset.File(pos)
	return f != nil && f.Name() == stubFile
}

// mentions is a cheap test for files that cannot hold a directive, however misspelt.
func mentions(src []byte) bool {
	for i := 0; i+5 <= len(src); i++ {
		if src[i]|0x20 == 'c' && bytes.EqualFold(src[i:i+5], []byte("cache")) {
			return true
		}
	}
	return false
}

// emptyBodies replaces the body of each function by for {}, which type-checks whatever the function returns.
func emptyBodies(f *ast.File) {
	if f == nil {
		return
	}
	for _, decl := range f.Decls {
		if fn, ok := decl.(*ast.FuncDecl); ok && fn.Body != nil {
			at := fn.Body.Lbrace
			fn.Body.List = []ast.Stmt{&ast.ForStmt{For: at, Body: &ast.BlockStmt{Lbrace: at, Rbrace: at}}}
		}
	}
}

// convert keeps what the stages behind this one need.
func (l *loader) convert(root *packages.Package) (*model.Package, error) {
	p := &model.Package{Path: root.PkgPath, Dir: root.Dir, Types: root.Types, Declared: make(map[string]token.Position)}
	if p.Dir == "" && len(root.GoFiles) > 0 {
		p.Dir = filepath.Dir(root.GoFiles[0])
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
	l.embedded(p, root)
	if err := l.siblings(p, root); err != nil {
		return nil, err
	}
	l.faults(p, root)
	return p, nil
}

// declared records the package-level names of a file.
func (l *loader) declared(p *model.Package, f *ast.File) {
	record := func(name *ast.Ident) {
		if _, twice := p.Declared[name.Name]; !twice && !l.isStub(name.Pos()) {
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

// siblings looks at the files of the directory that are not part of the package.
func (l *loader) siblings(p *model.Package, root *packages.Package) error {
	if p.Dir == "" {
		return nil
	}
	entries, listed := l.listed[p.Dir]
	if !listed {
		var err error
		if entries, err = os.ReadDir(p.Dir); err != nil {
			return nil // the package has an error of its own then
		}
	}
	var tests []string // with directives
	for _, entry := range entries {
		path := filepath.Join(p.Dir, entry.Name())
		_, output := model.SourcePath(path)
		test := model.IsTest(path)
		if slices.Contains(root.IgnoredFiles, path) && !output {
			p.Skipped = append(p.Skipped, path)
		}
		if !entry.Type().IsRegular() || !output && !test {
			continue
		}
		if _, ours := l.stubs[path]; ours {
			p.Outputs = append(p.Outputs, path)
			continue
		}
		src, err := os.ReadFile(path)
		switch {
		case err != nil:
			return err
		case output && model.IsOutput(path, src):
			p.Outputs = append(p.Outputs, path)
		case output:
			p.Foreign = append(p.Foreign, path)
		case annotatedTest(path, src):
			tests = append(tests, path)
		}
	}
	// An output is its source's package's. What has no source with directives any longer is left to the package itself.
	p.Outputs = slices.DeleteFunc(p.Outputs, func(path string) bool {
		source, _ := model.SourcePath(path)
		annotated := slices.Contains(tests, source)
		if l.tests {
			return !annotated || !slices.Contains(root.GoFiles, source)
		}
		return annotated
	})
	if len(tests) > 0 && root.PkgPath != "command-line-arguments" {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.tested = append(l.tested, root.PkgPath)
	}
	return nil
}

// annotatedTest reports whether there are directives in a test file, which is not part of the package as it is loaded.
func annotatedTest(path string, src []byte) bool {
	if !mentions(src) {
		return false
	}
	f, _ := parser.ParseFile(token.NewFileSet(), path, src, parser.ParseComments|parser.SkipObjectResolution)
	return f != nil && !isGenerated(f) && slices.ContainsFunc(f.Comments, hasDirective)
}

// faults sorts what went wrong into what is fatal and what matters only where a directive depends on it.
func (l *loader) faults(p *model.Package, root *packages.Package) {
	if root.PkgPath == "command-line-arguments" && len(root.GoFiles) > 0 {
		// The directory holds output of sources that were not named, which would look as if its annotations were gone.
		p.Broken = append(p.Broken, model.Fault{Message: "name packages, not files: " + filepath.Base(root.GoFiles[0])})
		return
	}
	for _, e := range root.Errors {
		if !isFault(e) {
			continue
		}
		fault := model.Fault{Pos: l.position(e.Pos), Message: firstLine(e.Msg)}
		if !slices.ContainsFunc(p.Broken, func(f model.Fault) bool { // after a syntax error, the parser stumbles over the rest of the line
			return f.Pos.Line == fault.Pos.Line && f.Pos.Filename == fault.Pos.Filename && fault.Pos.Line > 0
		}) {
			p.Broken = append(p.Broken, fault)
		}
	}
	fromSource := func(dep *packages.Package) bool { return len(dep.Syntax) > 0 || len(dep.Errors) > 0 }
	packages.Visit([]*packages.Package{root}, fromSource, func(dep *packages.Package) {
		for _, e := range dep.TypeErrors {
			if !l.isStub(e.Pos) && !ofOurMaking(e) && !strings.HasSuffix(e.Msg, `(invalid package name: "")`) { // that one has an error of its own
				p.Faults = append(p.Faults, model.Fault{Pos: l.fset.Position(e.Pos), Message: firstLine(e.Msg)})
			}
		}
		if dep == root {
			return
		}
		for _, e := range dep.Errors {
			if isFault(e) {
				p.Faults = append(p.Faults, model.Fault{Pos: l.position(e.Pos), Message: firstLine(e.Msg)})
			}
		}
	})
}

// isFault tells what keeps a package from being read from what need not.
func isFault(e packages.Error) bool {
	switch e.Kind {
	case packages.TypeError:
		return false // judged with their positions
	case packages.ListError:
		// The go command compiles for export data, and reports function bodies that we do not look at. And ./... matches directories with
		// nothing for this system in them.
		return !strings.HasPrefix(e.Msg, "# ") && !strings.Contains(e.Msg, "build constraints exclude all Go files") &&
			!strings.Contains(e.Msg, "no non-test Go files in")
	}
	return true
}

// ofOurMaking reports whether an error comes of emptied function bodies, or of a stub whose name is taken, which check says better.
func ofOurMaking(e types.Error) bool {
	name, redeclared := strings.CutSuffix(e.Msg, " redeclared in this block")
	return strings.Contains(e.Msg, "imported and not used") || strings.Contains(e.Msg, "declared and not used") ||
		strings.Contains(e.Msg, "other declaration of") ||
		redeclared && (strings.HasPrefix(name, model.WrapperName("")) || strings.HasPrefix(name, model.ConstructorName("")))
}

// position parses what go/packages made of one: file:line:col, file:line, - or nothing.
func (l *loader) position(s string) token.Position {
	var pos token.Position
	rest := s
	var numbers []int
	for range 2 {
		i := strings.LastIndexByte(rest, ':')
		if i < 0 {
			break
		}
		n, err := strconv.Atoi(rest[i+1:])
		if err != nil {
			break
		}
		numbers = append(numbers, n)
		rest = rest[:i]
	}
	switch len(numbers) {
	case 1:
		pos.Line = numbers[0]
	case 2:
		pos.Line, pos.Column = numbers[1], numbers[0]
	default:
		return pos
	}
	if !filepath.IsAbs(rest) {
		dir := l.cfg.Dir
		if dir == "" {
			dir, _ = os.Getwd()
		}
		rest = filepath.Join(dir, rest)
	}
	pos.Filename = rest
	return pos
}

// firstLine drops the advice that the go command puts below a message.
func firstLine(message string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(message), "\n")
	return strings.TrimSuffix(line, "; to add it:")
}

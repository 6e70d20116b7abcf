package load

import (
	"bytes"
	"context"
	"errors"
	"go/ast"
	"go/parser"
	"go/scanner"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strconv"

	"golang.org/x/tools/go/packages"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
)

// parseAll sets Syntax of packages. It has cgo translate those that need that.
func (l *loader) parseAll(ctx context.Context, list []*packages.Package) error {
	if err := parallel(list, l.parse); err != nil {
		return err
	}
	cgo := slices.DeleteFunc(slices.Clone(list), func(p *packages.Package) bool { return !needsCgo(p) })
	if len(cgo) == 0 {
		return nil
	}
	if err := l.translate(ctx, cgo); err != nil {
		return err
	}
	return parallel(cgo, l.parse)
}

// needsCgo reports whether files of a package are translated to Go before they are compiled.
func needsCgo(p *packages.Package) bool {
	return slices.ContainsFunc(p.Syntax, importsC) || slices.ContainsFunc(p.OtherFiles, func(path string) bool {
		ext := filepath.Ext(path)
		return ext == ".swig" || ext == ".swigcxx"
	})
}

func importsC(f *ast.File) bool {
	return slices.ContainsFunc(f.Imports, func(spec *ast.ImportSpec) bool { return spec.Path.Value == `"C"` })
}

// translate sets CompiledGoFiles of packages, and adds what cgo may import in them. Where cgo
// fails, the package stays as it is, and what depends on C does not type-check.
func (l *loader) translate(ctx context.Context, list []*packages.Package) error {
	byID := make(map[string]*packages.Package)
	paths := make(map[string]bool)
	for _, p := range list {
		byID[p.ID] = p
		if paths[p.PkgPath] = true; p.ForTest != "" {
			paths[p.ForTest] = true
		}
	}
	translated, err := l.query(ctx, cgoMode, nil, slices.Sorted(maps.Keys(paths)))
	for _, t := range translated {
		if p := byID[t.ID]; p != nil {
			p.CompiledGoFiles = t.CompiledGoFiles
			for _, path := range []string{"runtime/cgo", "syscall", "unsafe"} {
				if p.Imports[path] == nil {
					p.Imports[path] = &packages.Package{ID: path, PkgPath: path}
				}
			}
		}
	}
	return err
}

// parse parses the files of a package but for those of earlier output, and drops the imports that
// only these need.
func (l *loader) parse(_ int, p *packages.Package) error {
	paths := p.CompiledGoFiles
	if len(paths) == 0 {
		paths = p.GoFiles
	}
	p.Syntax = nil
	imported := make(map[string]bool)
	for _, path := range paths {
		f, err := l.parseFile(path)
		p.Errors = append(p.Errors, parseErrors(err)...)
		if f == nil {
			continue
		}
		p.Syntax = append(p.Syntax, f)
		for _, spec := range f.Imports {
			if path, err := strconv.Unquote(spec.Path.Value); err == nil {
				imported[path] = true
			}
		}
	}
	maps.DeleteFunc(p.Imports, func(path string, _ *packages.Package) bool { return !imported[path] })
	return nil
}

// parseFile parses a file, with comments if a directive may be among them. It returns nil for a
// file of earlier output, and for one that cannot be read.
func (l *loader) parseFile(path string) (*ast.File, error) {
	src, err := l.env.readFile(path)
	if err != nil || model.IsOutput(path, src) {
		return nil, err
	}
	mode := parser.AllErrors | parser.SkipObjectResolution
	if mentions(src) {
		mode |= parser.ParseComments
	}
	return parser.ParseFile(l.fset, path, src, mode)
}

// parseErrors turns an error of parseFile into what go/packages makes of it.
func parseErrors(err error) []packages.Error {
	if list, ok := errors.AsType[scanner.ErrorList](err); ok {
		var all []packages.Error
		for _, e := range list {
			all = append(all, packages.Error{Pos: e.Pos.String(), Msg: e.Msg, Kind: packages.ParseError})
		}
		return all
	}
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return []packages.Error{{Pos: e.Path + ":1", Msg: e.Err.Error(), Kind: packages.ParseError}}
	}
	return nil
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

package load

import (
	"context"
	"errors"
	"go/types"

	"golang.org/x/tools/go/packages"
)

// checkAll type-checks packages that have been parsed, each after those that it imports.
func (l *loader) checkAll(ctx context.Context, list []*packages.Package) error {
	done := make(map[*packages.Package]chan struct{}, len(list))
	for _, p := range list {
		done[p] = make(chan struct{})
	}
	if err := l.readExports(list, done); err != nil {
		return err
	}
	return parallel(list, func(_ int, p *packages.Package) error {
		defer close(done[p])
		for _, dep := range p.Imports {
			if checked := done[dep]; checked != nil {
				<-checked
			}
		}
		if ctx.Err() == nil {
			l.check(p)
		}
		return ctx.Err()
	})
}

// readExports reads what the packages import and is not in the list itself. It does so before the
// first of them is type-checked, because reading a package adds to those that it refers to.
func (l *loader) readExports(list []*packages.Package, done map[*packages.Package]chan struct{}) (err error) {
	for _, p := range list {
		for _, dep := range p.Imports {
			if dep.Types == nil && done[dep] == nil {
				if dep.Types, err = l.exports.read(dep.PkgPath); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// check type-checks the declarations of one package.
func (l *loader) check(p *packages.Package) {
	conf := types.Config{
		IgnoreFuncBodies: true,
		Sizes:            l.env.sizes,
		Importer: importerFunc(func(path string) (*types.Package, error) {
			if dep := p.Imports[path]; dep != nil {
				return dep.Types, nil
			}
			if path == "C" {
				return nil, errors.New("cgo is off, or failed")
			}
			return nil, errors.New("an import cycle, or an edit during this run")
		}),
		Error: func(err error) {
			if e, ok := errors.AsType[types.Error](err); ok && !l.isStub(e.Pos) {
				p.TypeErrors = append(p.TypeErrors, e)
			}
		},
	}
	if p.Module != nil && p.Module.GoVersion != "" {
		conf.GoVersion = "go" + p.Module.GoVersion
	}
	p.Types = types.NewPackage(p.PkgPath, p.Name)
	// The errors are those that it reports.
	_ = types.NewChecker(&conf, l.fset, p.Types, nil).Files(l.withStubs(p.Syntax))
}

type importerFunc func(path string) (*types.Package, error)

func (f importerFunc) Import(path string) (*types.Package, error) { return f(path) }

package load

import (
	"context"
	"fmt"
	"go/token"
	"go/types"
	"os"
	"sync"

	"golang.org/x/tools/go/gcexportdata"
	"golang.org/x/tools/go/packages"
)

// exports holds the packages that are known by their export data. All share one map of packages, so
// a type is the same whichever package leads to it.
type exports struct {
	fset  *token.FileSet
	files map[string]string // by path

	mu       sync.Mutex // reading a package adds to those that it refers to
	packages map[string]*types.Package
}

func newExports(fset *token.FileSet) *exports {
	return &exports{fset: fset, files: make(map[string]string), packages: make(map[string]*types.Package)}
}

// list has the go command compile the packages that its cache lacks, and those that they import.
func (e *exports) list(ctx context.Context, l *loader, paths []string) error {
	if len(paths) == 0 {
		return nil // to the go command, that would be the current directory
	}
	list, err := l.query(ctx, exportMode, nil, paths)
	packages.Visit(list, nil, func(p *packages.Package) {
		if p.ExportFile != "" {
			e.files[p.PkgPath] = p.ExportFile
		}
	})
	return err
}

// has reports whether there is export data of a package. A package that does not compile has none.
func (e *exports) has(path string) bool { return path == "unsafe" || e.files[path] != "" }

// read returns a package with all that it exports. Before that, a package has only what others
// refer to.
func (e *exports) read(path string) (*types.Package, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if path == "unsafe" {
		return types.Unsafe, nil
	}
	if p := e.packages[path]; p != nil && p.Complete() {
		return p, nil
	}
	f, err := os.Open(e.files[path])
	if err != nil {
		return nil, fmt.Errorf("export data of %s: %w", path, err)
	}
	defer f.Close()
	//lint:ignore SA1019 go list -export still names archives, and go/packages reads them like this
	r, err := gcexportdata.NewReader(f)
	if err != nil {
		return nil, fmt.Errorf("export data of %s: %w", path, err)
	}
	return gcexportdata.Read(r, e.fset, e.packages, path)
}

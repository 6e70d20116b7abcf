package load

import (
	"errors"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/tools/go/packages"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
)

// siblings looks at the files of the directory that are not part of the package.
func (l *loader) siblings(p *model.Package, root *packages.Package) error {
	entries, err := os.ReadDir(p.Dir)
	if err != nil {
		return nil // the package has an error of its own then
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
		src, err := l.env.readFile(path)
		switch {
		case errors.Is(err, fs.ErrNotExist): // in the overlay
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
	// An output is its source's package's. What has no source with directives any longer is left to
	// the package itself.
	p.Outputs = slices.DeleteFunc(p.Outputs, func(path string) bool {
		source, _ := model.SourcePath(path)
		annotated := slices.Contains(tests, source)
		if l.tests {
			return !annotated || !slices.Contains(root.GoFiles, source)
		}
		return annotated
	})
	if len(tests) > 0 && root.PkgPath != namedFiles {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.tested = append(l.tested, root.PkgPath)
	}
	return nil
}

// annotatedTest reports whether there are directives in a test file, which is not part of the
// package as it is loaded.
func annotatedTest(path string, src []byte) bool {
	if !mentions(src) {
		return false
	}
	f, _ := parser.ParseFile(token.NewFileSet(), path, src, parser.ParseComments|parser.SkipObjectResolution)
	return f != nil && !isGenerated(f) && slices.ContainsFunc(f.Comments, hasDirective)
}

package load

import (
	"bytes"
	"go/ast"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
)

// ahead parses files that the patterns are going to match while the go command lists them. That takes it about as long, and leaves processors idle.
type ahead struct {
	files map[string]*early // by path
	done  atomic.Bool       // nobody asks any more
}

// early is a file that has been parsed, or will be by the first who asks.
type early struct {
	once sync.Once
	src  []byte
	file *ast.File
	err  error
}

// start begins to parse. Files that the build leaves out are among them, so nothing may come of a file that nobody asks for.
func (a *ahead) start(l *loader, paths []string) {
	a.files = make(map[string]*early, len(paths))
	for _, path := range paths {
		a.files[path] = &early{}
	}
	var next atomic.Int64
	for range min(len(paths), runtime.GOMAXPROCS(0)) {
		go func() {
			for i := next.Add(1) - 1; i < int64(len(paths)) && !a.done.Load(); i = next.Add(1) - 1 {
				a.files[paths[i]].parse(l, paths[i])
			}
		}()
	}
}

func (e *early) parse(l *loader, path string) {
	e.once.Do(func() {
		if e.src, e.err = os.ReadFile(path); e.err == nil {
			e.file, e.err = l.parseFile(path, e.src)
		}
	})
}

// parse returns what has been parsed, if that is what the source is now.
func (a *ahead) parse(l *loader, path string, src []byte) (*ast.File, error) {
	if e, ok := a.files[path]; ok {
		if e.parse(l, path); bytes.Equal(e.src, src) {
			return e.file, e.err
		}
	}
	return l.parseFile(path, src)
}

// sources lists the files in directories that patterns match.
func (f *finder) sources(cfg Config, patterns []string) []string {
	dir, err := filepath.Abs(cfg.Dir)
	if err != nil {
		return nil
	}
	var list []string
	matched := matcher(dir, patterns)
	for dir, entries := range f.listed {
		if !matched(dir) {
			continue
		}
		for _, entry := range entries {
			if path := filepath.Join(dir, entry.Name()); filepath.Ext(path) == ".go" && !model.IsTest(path) && f.stubs[path] == nil {
				list = append(list, path)
			}
		}
	}
	return list
}

// matcher tells directories that patterns match. Those that are import paths it leaves to the go command.
func matcher(dir string, patterns []string) func(path string) bool {
	var exact, below []string
	for _, pattern := range patterns {
		path, _, wild := strings.Cut(pattern, "...")
		switch {
		case filepath.IsAbs(path):
		case path == "." || path == "" && wild || strings.HasPrefix(path, "./") || strings.HasPrefix(path, "../"):
			path = filepath.Join(dir, path)
		default:
			continue
		}
		if path = filepath.Clean(path); wild {
			below = append(below, path)
		} else {
			exact = append(exact, path)
		}
	}
	return func(path string) bool {
		for _, root := range below {
			if strings.HasPrefix(path, root) {
				return true
			}
		}
		for _, p := range exact {
			if path == p {
				return true
			}
		}
		return false
	}
}

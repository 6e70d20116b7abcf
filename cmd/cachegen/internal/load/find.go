package load

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
)

// finder looks through the modules that are worked on for output of earlier runs. What lies in others is compiled like any file, which happens once.
type finder struct {
	listed map[string][]os.DirEntry // the directories it has seen
	stubs  map[string][]byte        // by the path of each file of ours: what the go command is to read in its place
	src    bytes.Buffer
}

func newFinder() *finder {
	return &finder{listed: make(map[string][]os.DirEntry), stubs: make(map[string][]byte)}
}

func (f *finder) find(cfg Config, patterns []string) error {
	dir, err := filepath.Abs(cfg.Dir)
	if err != nil {
		return err
	}
	for _, module := range modules(dir, cfg.getenv("GOWORK")) {
		f.walk(module, true)
		for _, pattern := range patterns { // it may name a directory that a walk leaves out, such as testdata
			path, _, _ := strings.Cut(pattern, "...")
			if !filepath.IsAbs(path) {
				path = filepath.Join(dir, path)
			}
			if rel, err := filepath.Rel(module, path); err == nil && filepath.IsLocal(rel) {
				f.walk(filepath.Clean(path), true)
			}
		}
	}
	return nil
}

// walk looks at a directory and, like the go command, at those below it. It costs about a hundredth of what the go command takes for them.
func (f *finder) walk(dir string, named bool) {
	if _, twice := f.listed[dir]; twice {
		return
	}
	entries, err := os.ReadDir(dir)
	if err != nil || !named && slices.ContainsFunc(entries, isModuleFile) {
		return
	}
	f.listed[dir] = entries
	for _, entry := range entries {
		path := filepath.Join(dir, entry.Name())
		if !entry.IsDir() {
			f.visit(path)
		} else if !leftOut(entry.Name()) {
			f.walk(path, false)
		}
	}
}

func isModuleFile(entry os.DirEntry) bool { return entry.Name() == "go.mod" && !entry.IsDir() }

// leftOut reports whether wildcards do not match what lies in a directory of that name.
func leftOut(name string) bool {
	return name[0] == '.' || name[0] == '_' || name == "testdata" || name == "vendor" || name == "node_modules"
}

// visit keeps what is ours.
func (f *finder) visit(path string) {
	if _, ok := model.SourcePath(path); !ok {
		return
	}
	file, err := os.Open(path)
	if err != nil {
		return
	}
	defer file.Close()
	f.src.Reset()
	if _, err := f.src.ReadFrom(file); err == nil && model.IsOutput(path, f.src.Bytes()) {
		f.stubs[path] = stubOf(path, f.src.Bytes())
	}
}

// modules lists the directories of the main modules and, as these are worked on too, of modules that a replace directive finds on disk.
func modules(dir, gowork string) []string {
	var list []string
	add := func(base, path string) {
		if !filepath.IsAbs(path) {
			path = filepath.Join(base, path)
		}
		list = append(list, filepath.Clean(path))
	}
	replaced := func(base string, directives []*modfile.Replace) {
		for _, r := range directives {
			if r.New.Version == "" {
				add(base, r.New.Path)
			}
		}
	}
	if path, ok := above(dir, "go.mod"); ok {
		add(filepath.Dir(path), ".")
	}
	if gowork == "" || gowork == "auto" {
		gowork, _ = above(dir, "go.work")
	}
	if work, err := parseFile(gowork, modfile.ParseWork); err == nil {
		for _, use := range work.Use {
			add(filepath.Dir(gowork), use.Path)
		}
		replaced(filepath.Dir(gowork), work.Replace)
	}
	for _, module := range slices.Clone(list) {
		if mod, err := parseFile(filepath.Join(module, "go.mod"), modfile.Parse); err == nil {
			replaced(module, mod.Replace)
		}
	}
	return list
}

// above finds a file in a directory or in one that it lies in.
func above(dir, name string) (path string, ok bool) {
	for ; ; dir = filepath.Dir(dir) {
		path := filepath.Join(dir, name)
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			return path, true
		}
		if dir == filepath.Dir(dir) {
			return "", false
		}
	}
}

func parseFile[F any](path string, as func(string, []byte, modfile.VersionFixer) (*F, error)) (*F, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return as(path, data, nil)
}

package main

import (
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/cachegen/cachegen"

// mayImport says which packages of ours each of our packages may import, and which modules of
// others. What is not listed imports neither.
var mayImport = map[string]struct{ ours, others []string }{
	"annotations":                       {},
	"runtime":                           {ours: []string{"runtime/internal/key", "runtime/internal/path", "runtime/internal/chunk", "runtime/internal/work", "runtime/internal/entry", "runtime/internal/wire", "runtime/internal/reflectcodec", "runtime/internal/local", "runtime/internal/store"}, others: []string{"github.com/redis/go-redis/v9"}},
	"runtime/internal/stdlib":           {},
	"runtime/internal/key":              {ours: []string{"runtime/internal/stdlib"}},
	"runtime/internal/path":             {ours: []string{"runtime/internal/key"}},
	"runtime/internal/chunk":            {},
	"runtime/internal/work":             {},
	"runtime/internal/entry":            {},
	"runtime/internal/wire":             {},
	"runtime/internal/reflectcodec":     {ours: []string{"runtime/internal/wire", "runtime/internal/stdlib"}},
	"runtime/internal/local":            {ours: []string{"runtime/internal/key", "runtime/internal/path"}, others: []string{"github.com/maypok86/otter/v2", "github.com/cespare/xxhash/v2"}},
	"runtime/internal/store":            {ours: []string{"runtime/internal/key", "runtime/internal/path", "runtime/internal/chunk", "runtime/internal/work", "runtime/internal/entry", "runtime/internal/local"}, others: []string{"github.com/redis/go-redis/v9", "golang.org/x/sync"}},
	"runtime/internal/codectest":        {},
	"runtime/internal/orm":              {},
	"runtime/internal/redistest":        {others: []string{"github.com/redis/go-redis/v9", "github.com/alicebob/miniredis/v2"}},
	"runtime/internal/protocol":         {},
	"cmd/cachegen":                      {ours: []string{"cmd/cachegen/internal/...", "cmd/cachegen/analyzer"}, others: []string{"golang.org/x/tools", "golang.org/x/sync"}},
	"cmd/cachegen/analyzer":             {ours: []string{"cmd/cachegen/internal/load", "cmd/cachegen/internal/check", "cmd/cachegen/internal/program", "cmd/cachegen/internal/diag"}, others: []string{"golang.org/x/tools"}},
	"cmd/cachegen/internal/model":       {ours: []string{"cmd/cachegen/internal/shape"}},
	"cmd/cachegen/internal/diag":        {},
	"cmd/cachegen/internal/visible":     {ours: []string{"cmd/cachegen/internal/typewalk"}},
	"cmd/cachegen/internal/typewalk":    {},
	"cmd/cachegen/internal/gentest":     {},
	"cmd/cachegen/internal/stdlib":      {},
	"cmd/cachegen/internal/keytype":     {ours: []string{"cmd/cachegen/internal/shape"}},
	"cmd/cachegen/internal/shape":       {ours: []string{"cmd/cachegen/internal/visible", "cmd/cachegen/internal/typewalk", "cmd/cachegen/internal/stdlib"}, others: []string{"golang.org/x/tools"}},
	"cmd/cachegen/internal/clone":       {ours: []string{"cmd/cachegen/internal/shape"}},
	"cmd/cachegen/internal/codec":       {ours: []string{"cmd/cachegen/internal/shape"}},
	"cmd/cachegen/internal/fingerprint": {ours: []string{"cmd/cachegen/internal/codec", "cmd/cachegen/internal/keytype", "cmd/cachegen/internal/shape", "cmd/cachegen/internal/stdlib"}},
	"cmd/cachegen/internal/load":        {ours: []string{"annotations", "cmd/cachegen/internal/model"}, others: []string{"golang.org/x/tools", "golang.org/x/sync"}},
	"cmd/cachegen/internal/check":       {ours: []string{"annotations", "cmd/cachegen/internal/model", "cmd/cachegen/internal/diag", "cmd/cachegen/internal/rule", "cmd/cachegen/internal/paths", "cmd/cachegen/internal/keytype", "cmd/cachegen/internal/clone", "cmd/cachegen/internal/codec", "cmd/cachegen/internal/fingerprint", "cmd/cachegen/internal/shape", "cmd/cachegen/internal/visible", "cmd/cachegen/internal/typewalk", "cmd/cachegen/internal/stdlib"}},
	"cmd/cachegen/internal/paths":       {ours: []string{"annotations", "cmd/cachegen/internal/model", "cmd/cachegen/internal/keytype", "cmd/cachegen/internal/shape"}},
	"cmd/cachegen/internal/program":     {ours: []string{"annotations", "cmd/cachegen/internal/model", "cmd/cachegen/internal/diag", "cmd/cachegen/internal/rule", "cmd/cachegen/internal/paths", "cmd/cachegen/internal/check"}},
	"cmd/cachegen/internal/rule":        {},
	"cmd/cachegen/internal/explain":     {ours: []string{"cmd/cachegen/internal/model"}},
	"cmd/cachegen/internal/emit":        {ours: []string{"cmd/cachegen/internal/model", "cmd/cachegen/internal/keytype", "cmd/cachegen/internal/clone", "cmd/cachegen/internal/codec", "cmd/cachegen/internal/shape", "cmd/cachegen/internal/visible"}, others: []string{"github.com/dave/jennifer", "golang.org/x/tools/go/types/typeutil"}},
	"runtime/internal/wiretest":         {ours: []string{"runtime", "runtime/internal/codectest"}},
}

// TestImports holds the table against go list. Imports point one way, and only load knows
// go/packages.
func TestImports(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports,Standard", "./...")
	cmd.Dir = moduleRoot(t)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	dec := json.NewDecoder(strings.NewReader(string(out)))
	for dec.More() {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := dec.Decode(&p); err != nil {
			t.Fatal(err)
		}
		name := strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, module), "/")
		rule, known := mayImport[name]
		for pattern, r := range mayImport {
			if !known && matches(pattern, name) {
				rule, known = r, true
			}
		}
		if !known {
			t.Errorf("%s is not in the table of imports", name)
			continue
		}
		for _, path := range p.Imports {
			if path == "golang.org/x/tools/go/packages" && name != "cmd/cachegen/internal/load" {
				t.Errorf("%s imports go/packages; only load does", name)
			}
			ours, isOurs := strings.CutPrefix(path, module+"/")
			switch {
			case isOurs:
				if !slices.ContainsFunc(rule.ours, func(pattern string) bool { return matches(pattern, ours) }) {
					t.Errorf("%s imports %s", name, ours)
				}
			case strings.Contains(strings.Split(path, "/")[0], "."):
				if !slices.ContainsFunc(rule.others, func(m string) bool { return path == m || strings.HasPrefix(path, m+"/") }) {
					t.Errorf("%s imports %s", name, path)
				}
			}
		}
	}
}

// matches reports whether a pattern of the table names a package: runtime/... stands for everything
// below runtime.
func matches(pattern, name string) bool {
	if prefix, ok := strings.CutSuffix(pattern, "/..."); ok {
		return strings.HasPrefix(name, prefix+"/")
	}
	return pattern == name
}

package main

import (
	"bytes"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/check"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/diag"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/load"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
)

// TestSameEverywhere: output is byte for byte the same in another directory, with other flags of
// the build, with packages named one by one or loaded from what their importers see, with packages
// and files in any order, and beside the output of an earlier run.
func TestSameEverywhere(t *testing.T) {
	if testing.Short() {
		t.Skip("loads everything several times")
	}
	generated := func(g *goldens, env []string, patterns []string, shuffle bool) map[string][]byte {
		t.Helper()
		packages, err := load.Load(t.Context(), load.Config{Dir: g.root, Env: append(os.Environ(), env...)}, patterns)
		if err != nil {
			t.Fatal(err)
		}
		if shuffle {
			rand.Shuffle(len(packages), func(i, j int) { packages[i], packages[j] = packages[j], packages[i] })
			for _, p := range packages {
				rand.Shuffle(len(p.Sources), func(i, j int) { p.Sources[i], p.Sources[j] = p.Sources[j], p.Sources[i] })
			}
		}
		out := make(map[string][]byte)
		for _, p := range packages {
			outputs, err := render(check.Package(p, func(diag.Finding) {}))
			if err != nil {
				t.Fatal(err)
			}
			for _, o := range outputs {
				name, err := filepath.Rel(g.root, o.path)
				if err != nil {
					t.Fatal(err)
				}
				out[name] = o.data
			}
		}
		return out
	}
	input := func(name string) bool { _, output := model.SourcePath(name); return !output }
	here, there := unpack(t, "gen", input), unpack(t, "gen", input)
	want := generated(here, nil, []string{"./..."}, false)
	same := func(how string, got map[string][]byte) {
		t.Helper()
		for name, data := range got {
			if !bytes.Equal(data, want[name]) {
				t.Errorf("%s, %s is\n%s\nwant\n%s", how, name, data, want[name])
			}
		}
	}

	elsewhere := generated(there, []string{"GOFLAGS=-tags=whatever", "GOMAXPROCS=1"}, []string{"./..."}, true)
	if !slices.Equal(slices.Sorted(maps.Keys(elsewhere)), slices.Sorted(maps.Keys(want))) {
		t.Errorf("elsewhere there are %q, want %q", slices.Sorted(maps.Keys(elsewhere)), slices.Sorted(maps.Keys(want)))
	}
	same("elsewhere", elsewhere)
	same("alone, from nothing", generated(there, nil, []string{"./embedded"}, false))
	for name, data := range want {
		if err := os.WriteFile(filepath.Join(there.root, name), data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	same("in a second run", generated(there, nil, []string{"./..."}, true))
	for _, alone := range []string{"./embedded", "./generics", "./files/sub", "./concrete"} {
		same("alone", generated(there, nil, []string{alone}, false))
	}
}

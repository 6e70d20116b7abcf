package load

import (
	"go/token"
	"path/filepath"
	"slices"
	"testing"
)

// TestMatcher: what is parsed ahead is what the patterns match, as far as they are directories.
func TestMatcher(t *testing.T) {
	dir := filepath.FromSlash("/src/app")
	for _, c := range []struct {
		patterns []string
		yes, no  []string
	}{
		{[]string{"."}, []string{"/src/app"}, []string{"/src/app/sub", "/src"}},
		{[]string{"./..."}, []string{"/src/app", "/src/app/sub/deep"}, []string{"/src", "/src/other"}},
		{[]string{"..."}, []string{"/src/app", "/src/app/sub"}, []string{"/src"}},
		{[]string{"./sub/...", "../lib"}, []string{"/src/app/sub", "/src/app/sub/deep", "/src/lib"}, []string{"/src/app", "/src/lib/sub"}},
		{[]string{"/src/lib/..."}, []string{"/src/lib/x"}, []string{"/src/app"}},
		{[]string{"example.com/app/...", "all", "std"}, nil, []string{"/src/app", "/src/app/all"}},
	} {
		matched := matcher(dir, c.patterns)
		for _, path := range slices.Concat(c.yes, c.no) {
			if got, want := matched(filepath.FromSlash(path)), slices.Contains(c.yes, path); got != want {
				t.Errorf("%q match %s: %t, want %t", c.patterns, path, got, want)
			}
		}
	}
}

// TestAhead: a file is parsed once, whoever comes first, and again if it is another one by then.
func TestAhead(t *testing.T) {
	const before, after = "package a\n\ntype A int\n", "package a\n\ntype B int\n"
	dir := unpack(t, "-- a.go --\n"+before)
	path := filepath.Join(dir, "a.go")
	l := newLoader(Config{}, newFinder(), false)
	l.ahead.start(l, []string{path, filepath.Join(dir, "gone.go")})
	one, err := l.parse(l.fset, path, []byte(before))
	if err != nil {
		t.Fatal(err)
	}
	if two, err := l.parse(l.fset, path, []byte(before)); two != one || err != nil {
		t.Errorf("parsed twice: %v", err)
	}
	other, err := l.parse(l.fset, path, []byte(after))
	if err != nil || other == one || len(other.Decls) != 1 {
		t.Errorf("what has been written meanwhile is not parsed: %v", err)
	}
	if f, err := l.parse(token.NewFileSet(), filepath.Join(dir, "gone.go"), []byte(after)); err != nil || f == nil {
		t.Errorf("a file that could not be read ahead: %v", err)
	}
}

// TestAheadOfConstraints: files that the build leaves out are parsed ahead as well. They have no part in what the others declare.
func TestAheadOfConstraints(t *testing.T) {
	const method = "package a\n\nimport \"context\"\n\n//cache:ttl=1s prefix=a\nfunc (Store) Get(ctx context.Context, id string) (string, error) { return id, nil }\n"
	dir := unpack(t, "-- go.mod --\nmodule example.com/a\n\ngo 1.26\n-- a.go --\npackage a\n\ntype Store struct{}\n\nvar Cached *CachedStore\n"+
		"-- a_plan9.go --\n"+method+"-- b.go --\n"+method+"-- c_windows.go --\n"+method)
	for range 20 {
		list, err := Load(t.Context(), Config{Dir: dir}, []string{"."})
		if err != nil {
			t.Fatal(err)
		}
		if len(list) != 1 || len(list[0].Broken)+len(list[0].Faults) > 0 {
			t.Fatalf("%+v", list[0])
		}
	}
}

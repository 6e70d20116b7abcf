package main

import (
	"bufio"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

// maxColumns is how wide a comment may be. A tab counts as four.
const maxColumns = 100

// TestCommentsAreNarrow holds the comments of all modules to a width at which two files fit side by
// side. Generated files and cases in testdata are what they are.
func TestCommentsAreNarrow(t *testing.T) {
	for _, name := range sourceFiles(t) {
		file, err := os.Open(filepath.Join(moduleRoot(t), name))
		if err != nil {
			t.Fatal(err)
		}
		output := false // of an Example, which is as wide as what it prints
		lines := bufio.NewScanner(file)
		for n := 1; lines.Scan(); n++ {
			line := lines.Text()
			text := strings.TrimLeft(line, "\t")
			output = strings.HasPrefix(text, "// Output:") || output && line != "}"
			comment := strings.HasPrefix(text, "// ") && !output
			if width := utf8.RuneCountInString(strings.ReplaceAll(line, "\t", "    ")); comment && width > maxColumns {
				t.Errorf("%s:%d: a comment of %d columns", name, n, width)
			}
		}
		if err := lines.Err(); err != nil {
			t.Error(err)
		}
		file.Close()
	}
}

// sourceFiles lists the Go files that people write.
func sourceFiles(t *testing.T) (list []string) {
	t.Helper()
	cmd := exec.Command("git", "ls-files", "*.go")
	cmd.Dir = moduleRoot(t)
	out, err := cmd.Output()
	if err != nil {
		t.Skipf("this is not a checkout of git: %v", err)
	}
	for name := range strings.FieldsSeq(string(out)) {
		if strings.HasPrefix(name, "testdata/") || strings.Contains(name, "/testdata/") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(moduleRoot(t), name), nil, parser.PackageClauseOnly|parser.ParseComments)
		switch {
		case err != nil:
			t.Error(err)
		case !ast.IsGenerated(f):
			list = append(list, name)
		}
	}
	return list
}

// TestPackageDocs wants one package comment in each package, in one of its files.
func TestPackageDocs(t *testing.T) {
	docs := make(map[string][]string)
	for _, name := range sourceFiles(t) {
		dir := filepath.Dir(name)
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(moduleRoot(t), name), nil, parser.PackageClauseOnly|parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		found := docs[dir]
		if f.Doc != nil {
			found = append(found, filepath.Base(name))
		}
		docs[dir] = found
	}
	for dir, files := range docs {
		if len(files) != 1 {
			t.Errorf("%s has package comments in %q; one is wanted", dir, files)
		}
	}
}

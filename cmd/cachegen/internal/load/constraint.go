package load

import (
	"go/ast"
	"go/build"
	"go/build/constraint"
	"io"
	"path/filepath"
	"strings"
)

// buildConstraint is what the go command asks of a build that is to include a file, as a //go:build
// expression: its own, and the GOOS and GOARCH of its name. Output has another name, which asks for
// nothing, so it has to spell out both.
func buildConstraint(f *ast.File, path string) string {
	var all constraint.Expr
	for _, tag := range nameTags(path) {
		all = and(all, &constraint.TagExpr{Tag: tag})
	}
	for _, group := range f.Comments {
		if group.Pos() > f.Package {
			break
		}
		for _, c := range group.List {
			if constraint.IsGoBuild(c.Text) {
				if expr, err := constraint.Parse(c.Text); err == nil {
					all = and(all, expr)
				}
			}
		}
	}
	if all == nil {
		return ""
	}
	return all.String()
}

func and(x, y constraint.Expr) constraint.Expr {
	if x == nil {
		return y
	}
	return &constraint.AndExpr{X: x, Y: y}
}

// nameTags returns the system and the architecture at the end of a file name: files_linux_amd64.go.
// The first word of a name is neither.
func nameTags(path string) []string {
	words := strings.Split(strings.TrimSuffix(strings.TrimSuffix(filepath.Base(path), ".go"), "_test"), "_")[1:]
	n := len(words)
	switch {
	case n >= 2 && isSystem(words[n-2]) && isTag(words[n-1]) && !isSystem(words[n-1]):
		return words[n-2:]
	case n >= 1 && isTag(words[n-1]):
		return words[n-1:]
	}
	return nil
}

// isTag reports whether a word is a system or an architecture, isSystem whether it is a system.
// Only a system counts before the last word. Both ask go/build, which does not export its lists.
func isTag(word string) bool    { return word == "amd64" || !included("x_"+word+".go") }
func isSystem(word string) bool { return !included("x_" + word + "_amd64.go") }

// included reports whether a build for amd64 on a system that does not exist includes a file of
// that name.
func included(name string) bool {
	elsewhere := build.Context{
		GOOS: "nowhere", GOARCH: "amd64", Compiler: "gc",
		OpenFile: func(string) (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("package p\n")), nil },
	}
	match, err := elsewhere.MatchFile("", name)
	return err != nil || match
}

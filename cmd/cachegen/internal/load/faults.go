package load

import (
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/tools/go/packages"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
)

// namedFiles is the path that the go command gives to files that are named one by one.
const namedFiles = "command-line-arguments"

// faults sorts errors into those that are fatal and those that matter only where a directive
// depends on them.
func (l *loader) faults(p *model.Package, root *packages.Package) {
	if root.PkgPath == namedFiles && len(root.GoFiles) > 0 {
		// The directory holds output of sources that were not named, which would look as if its
		// annotations were gone.
		message := "name packages, not files: " + filepath.Base(root.GoFiles[0])
		p.Broken = append(p.Broken, model.Fault{Message: message})
		return
	}
	for _, e := range root.Errors {
		if !isFault(e) {
			continue
		}
		fault := model.Fault{Pos: l.position(e.Pos), Message: firstLine(e.Msg)}
		// After a syntax error, the parser stumbles over the rest of the line.
		if !slices.ContainsFunc(p.Broken, func(f model.Fault) bool {
			return f.Pos.Line == fault.Pos.Line && f.Pos.Filename == fault.Pos.Filename && fault.Pos.Line > 0
		}) {
			p.Broken = append(p.Broken, fault)
		}
	}
	fromSource := func(dep *packages.Package) bool { return len(dep.Syntax) > 0 || len(dep.Errors) > 0 }
	packages.Visit([]*packages.Package{root}, fromSource, func(dep *packages.Package) {
		for _, e := range dep.TypeErrors {
			if !repeats(e) {
				p.Faults = append(p.Faults, model.Fault{Pos: l.fset.Position(e.Pos), Message: firstLine(e.Msg)})
			}
		}
		if dep == root {
			return
		}
		for _, e := range dep.Errors {
			if isFault(e) {
				p.Faults = append(p.Faults, model.Fault{Pos: l.position(e.Pos), Message: firstLine(e.Msg)})
			}
		}
	})
}

// isFault reports whether an error of the go command keeps a package from being read.
func isFault(e packages.Error) bool {
	if e.Kind != packages.ListError {
		return true
	}
	// The go command also reports what the compiler or cgo says, which begins with # and is judged
	// by the type checker. And ./... matches directories with nothing for this system in them.
	return !strings.HasPrefix(e.Msg, "# ") &&
		!strings.Contains(e.Msg, "build constraints exclude all Go files") &&
		!strings.Contains(e.Msg, "no non-test Go files in")
}

// repeats reports whether an error of the type checker says what another one says: where else a
// name is declared, or that a package has no name, because it does not exist.
func repeats(e types.Error) bool {
	return strings.Contains(e.Msg, "other declaration of") ||
		strings.HasSuffix(e.Msg, `(invalid package name: "")`)
}

// position parses what go/packages made of one: file:line:col, file:line, - or nothing.
func (l *loader) position(s string) token.Position {
	var pos token.Position
	rest := s
	var numbers []int
	for range 2 {
		i := strings.LastIndexByte(rest, ':')
		if i < 0 {
			break
		}
		n, err := strconv.Atoi(rest[i+1:])
		if err != nil {
			break
		}
		numbers = append(numbers, n)
		rest = rest[:i]
	}
	switch len(numbers) {
	case 1:
		pos.Line = numbers[0]
	case 2:
		pos.Line, pos.Column = numbers[1], numbers[0]
	default:
		return pos
	}
	if !filepath.IsAbs(rest) {
		dir := l.cfg.Dir
		if dir == "" {
			dir, _ = os.Getwd()
		}
		rest = filepath.Join(dir, rest)
	}
	pos.Filename = rest
	return pos
}

// firstLine drops the advice that the go command puts below a message, unless it needs it to end a
// sentence.
func firstLine(message string) string {
	line, below, _ := strings.Cut(strings.TrimSpace(message), "\n")
	if strings.HasSuffix(line, " using:") {
		advice, _, _ := strings.Cut(strings.TrimSpace(below), "\n")
		return line + " " + advice
	}
	return strings.TrimSuffix(line, "; to add it:")
}

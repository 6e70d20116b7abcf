package main

import (
	"context"
	"fmt"
	"go/token"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/check"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/diag"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/emit"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/load"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
)

// The exit codes.
const (
	exitDone     = 0
	exitFindings = 1 // something is wrong with the program, or its generated files are not up to date
	exitBroken   = 2 // wrong usage, or a package that does not load, or a file that cannot be written
)

// surroundings are what the tool sees of the world.
type surroundings struct {
	dir            string
	stdout, stderr io.Writer
}

// request is what the command line asks for.
type request struct {
	patterns []string
	json     bool   // findings for machines
	strict   bool   // warnings are errors
	format   string // of explain
	pattern  string // of explain: what would that drop?
}

// generate brings the generated files of the packages up to date, or with dry only says which are not.
func generate(ctx context.Context, s surroundings, r request, dry bool) int {
	packages, parts, code := examine(ctx, s, r)
	if code == exitBroken {
		return code
	}
	var changes []change
	for i, plan := range planAll(packages, parts) {
		if plan.err != nil {
			fmt.Fprintf(s.stderr, "cachegen: %s: %v\n", packages[i].Path, plan.err)
			return exitBroken
		}
		changes = append(changes, plan.changes...)
	}
	code, err := conclude(s, r, parts)
	if err != nil {
		fmt.Fprintf(s.stderr, "cachegen: %v\n", err)
		return exitBroken
	}
	if dry {
		stale, err := announce(s, r, changes)
		if err != nil {
			fmt.Fprintf(s.stderr, "cachegen: %v\n", err)
		}
		return max(code, stale)
	}
	if err := commit(changes); err != nil {
		fmt.Fprintf(s.stderr, "cachegen: %v\n", err)
		return exitBroken
	}
	return code
}

// vet says what is wrong, whatever the state of the generated files.
func vet(ctx context.Context, s surroundings, r request) int {
	_, parts, code := examine(ctx, s, r)
	if code == exitBroken {
		return code
	}
	code, err := conclude(s, r, parts)
	if err != nil {
		fmt.Fprintf(s.stderr, "cachegen: %v\n", err)
		return exitBroken
	}
	return code
}

// examine loads the packages and checks them, each by itself and then all together. The code is exitBroken if there is nothing to go on with.
func examine(ctx context.Context, s surroundings, r request) ([]*model.Package, []*check.Part, int) {
	packages, err := load.Load(ctx, load.Config{Dir: s.dir}, r.patterns)
	if err != nil {
		fmt.Fprintf(s.stderr, "cachegen: %v\n", err)
		return nil, nil, exitBroken
	}
	if len(packages) == 0 {
		fmt.Fprintf(s.stderr, "cachegen: no packages match %s%s\n", strings.Join(r.patterns, " "), withoutModule(s.dir))
		return nil, nil, exitBroken
	}
	parts := make([]*check.Part, len(packages))
	sideBySide(len(packages), func(i int) { parts[i] = check.Examine(packages[i]) })
	check.Program(parts, check.Whole)
	if r.strict {
		for _, part := range parts {
			part.Findings.Strict()
		}
	}
	return packages, parts, exitDone
}

// conclude prints the findings and returns the exit code that they call for.
func conclude(s surroundings, r request, parts []*check.Part) (int, error) {
	var findings diag.List
	for _, part := range parts {
		findings.Add(part.Findings)
	}
	switch err := show(s, &findings, r.json); {
	case err != nil:
		return exitBroken, err
	case findings.Load():
		return exitBroken, nil
	case findings.Errors():
		return exitFindings, nil
	}
	return exitDone, nil
}

// withoutModule says so if dir lies in no module, the usual reason why . is no package.
func withoutModule(dir string) string {
	for at := dir; ; at = filepath.Dir(at) {
		if _, err := os.Stat(filepath.Join(at, "go.mod")); err == nil {
			return ""
		}
		if at == filepath.Dir(at) {
			return "; there is no go.mod in " + dir + " or above it"
		}
	}
}

// plan is what has to change on disk for one package.
type plan struct {
	changes []change
	err     error // our own mistake
}

// planAll plans the packages side by side.
func planAll(packages []*model.Package, parts []*check.Part) []plan {
	plans := make([]plan, len(packages))
	sideBySide(len(packages), func(i int) { plans[i] = planOne(packages[i], parts[i]) })
	return plans
}

// sideBySide calls do for each number below n, several at a time.
func sideBySide(n int, do func(i int)) {
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0)) {
		workers.Go(func() {
			for i := next.Add(1) - 1; i < int64(n); i = next.Add(1) - 1 {
				do(int(i))
			}
		})
	}
	workers.Wait()
}

func planOne(p *model.Package, part *check.Part) plan {
	if part.Findings.Errors() {
		return plan{} // nothing is written for a package with errors
	}
	outputs, err := printed(part.Files)
	if err != nil {
		return plan{err: err}
	}
	return plan{changes: compare(p, outputs)}
}

// printed turns the model of one package into bytes.
func printed(files []*model.File) ([]output, error) {
	sources, err := emit.Package(files)
	if err != nil {
		return nil, err
	}
	outputs := make([]output, len(files))
	for i, f := range files {
		outputs[i] = output{f.Path, sources[i]}
	}
	return outputs, nil
}

// show prints the findings.
func show(s surroundings, findings *diag.List, asJSON bool) error {
	if asJSON {
		return findings.JSON(s.stdout, s.dir)
	}
	return findings.Text(s.stderr, s.dir)
}

// announce names the files that a run would change.
func announce(s surroundings, r request, changes []change) (int, error) {
	if len(changes) == 0 {
		return exitDone, nil
	}
	var files diag.List
	for _, c := range changes {
		files.Report(diag.Finding{Pos: token.Position{Filename: c.path}, Rule: "output", Message: c.verb()})
	}
	if err := show(s, &files, r.json); err != nil {
		return exitBroken, err
	}
	if !r.json {
		fmt.Fprintln(s.stderr, "cachegen: to bring that up to date, run go generate, or cachegen with the same packages")
	}
	return exitFindings, nil
}

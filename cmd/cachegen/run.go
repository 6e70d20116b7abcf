package main

import (
	"context"
	"fmt"
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

// generate brings the generated files of the packages up to date, or with dry only says which are not.
func generate(ctx context.Context, s surroundings, patterns []string, dry, asJSON bool) int {
	packages, err := load.Load(ctx, load.Config{Dir: s.dir}, patterns)
	if err != nil {
		fmt.Fprintf(s.stderr, "cachegen: %v\n", err)
		return exitBroken
	}
	if len(packages) == 0 {
		fmt.Fprintf(s.stderr, "cachegen: no packages match %s%s\n", strings.Join(patterns, " "), withoutModule(s.dir))
		return exitBroken
	}
	var findings diag.List
	var changes []change
	for i, plan := range planAll(packages) {
		if plan.err != nil {
			fmt.Fprintf(s.stderr, "cachegen: %s: %v\n", packages[i].Path, plan.err)
			return exitBroken
		}
		findings.Add(plan.findings)
		changes = append(changes, plan.changes...)
	}
	if err := show(s, &findings, asJSON); err != nil {
		fmt.Fprintf(s.stderr, "cachegen: %v\n", err)
		return exitBroken
	}
	code := exitDone
	switch {
	case findings.Load():
		code = exitBroken
	case !findings.Empty():
		code = exitFindings
	}
	if dry {
		return max(code, announce(s, changes))
	}
	if err := commit(changes); err != nil {
		fmt.Fprintf(s.stderr, "cachegen: %v\n", err)
		return exitBroken
	}
	return code
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

// plan is what has come of one package: what is wrong with it, or else what has to change on disk.
type plan struct {
	findings diag.List
	changes  []change
	err      error // our own mistake
}

// planAll plans the packages side by side; printing is most of the work.
func planAll(packages []*model.Package) []plan {
	plans := make([]plan, len(packages))
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(len(packages), runtime.GOMAXPROCS(0)) {
		workers.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(packages)); i = next.Add(1) - 1 {
				plans[i] = planOne(packages[i])
			}
		})
	}
	workers.Wait()
	return plans
}

func planOne(p *model.Package) plan {
	var out plan
	files := check.Package(p, out.findings.Report)
	if !out.findings.Empty() {
		return out // nothing is written for a package with findings
	}
	outputs, err := printed(files)
	if err != nil {
		return plan{err: err}
	}
	out.changes = compare(p, outputs)
	return out
}

// printed turns the model of one package into bytes.
func printed(files []*model.File) ([]output, error) {
	outputs := make([]output, 0, len(files))
	for _, f := range files {
		data, err := emit.File(f)
		if err != nil {
			return nil, err
		}
		outputs = append(outputs, output{f.Path, data})
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
func announce(s surroundings, changes []change) int {
	for _, c := range changes {
		fmt.Fprintf(s.stderr, "%s: %s\n", diag.Short(c.path, s.dir), c.verb())
	}
	if len(changes) > 0 {
		return exitFindings
	}
	return exitDone
}

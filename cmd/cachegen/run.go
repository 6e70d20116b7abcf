package main

import (
	"context"
	"fmt"
	"go/token"
	"io"
	"os"
	"runtime"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/check"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/diag"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/emit"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/load"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/program"
)

// The exit codes.
const (
	exitDone     = 0
	exitFindings = 1 // something is wrong with the program, or its generated files are out of date
	exitBroken   = 2 // wrong usage, a package that does not load, or a file that cannot be written
)

// env is the environment of a run: the directory it works in, and where it prints.
type env struct {
	dir            string
	stdout, stderr io.Writer
}

// fail prints an error that ends the run, and returns its exit code.
func (e env) fail(err error) int {
	fmt.Fprintf(e.stderr, "cachegen: %v\n", err)
	return exitBroken
}

// request is what the command line asks for.
type request struct {
	patterns []string
	json     bool   // print findings as JSON
	strict   bool   // warnings are errors
	format   string // of explain
	pattern  string // of explain: show only what this pattern would drop
}

// generate brings the generated files of the packages up to date. With dry, it only reports those
// that are not.
func generate(ctx context.Context, e env, r request, dry bool) int {
	packages, parts, code := loadAndCheck(ctx, e, r)
	if code == exitBroken {
		return code
	}
	var changes []change
	for i, plan := range planAll(packages, parts) {
		if plan.err != nil {
			return e.fail(fmt.Errorf("%s: %w", packages[i].Path, plan.err))
		}
		changes = append(changes, plan.changes...)
	}
	code, err := report(e, r, parts)
	if err != nil {
		return e.fail(err)
	}
	if dry {
		stale, err := reportStale(e, r, changes)
		if err != nil {
			return e.fail(err)
		}
		return max(code, stale)
	}
	if err := commit(changes); err != nil {
		return e.fail(err)
	}
	return code
}

// vet reports what is wrong, whatever the state of the generated files.
func vet(ctx context.Context, e env, r request) int {
	_, parts, code := loadAndCheck(ctx, e, r)
	if code == exitBroken {
		return code
	}
	code, err := report(e, r, parts)
	if err != nil {
		return e.fail(err)
	}
	return code
}

// loadAndCheck loads the packages and checks them, first each alone and then all together. The code
// is exitBroken if no package could be loaded.
func loadAndCheck(ctx context.Context, e env, r request) ([]*model.Package, []*check.Part, int) {
	packages, err := load.Load(ctx, load.Config{Dir: e.dir}, r.patterns)
	if err != nil {
		return nil, nil, e.fail(err)
	}
	if len(packages) == 0 {
		patterns := strings.Join(r.patterns, " ")
		return nil, nil, e.fail(fmt.Errorf("no packages match %s%s", patterns, whyNone(ctx, e.dir, r.patterns)))
	}
	parts := make([]*check.Part, len(packages))
	parallel(len(packages), func(i int) { parts[i] = check.Examine(packages[i]) })
	program.Check(parts, program.Whole)
	if r.strict {
		for _, part := range parts {
			part.Findings.Strict()
		}
	}
	return packages, parts, exitDone
}

// report prints the findings and returns the exit code that they call for.
func report(e env, r request, parts []*check.Part) (int, error) {
	var findings diag.List
	for _, part := range parts {
		findings.Add(part.Findings)
	}
	switch err := printFindings(e, &findings, r.json); {
	case err != nil:
		return exitBroken, err
	case findings.Load():
		return exitBroken, nil
	case findings.Errors():
		return exitFindings, nil
	}
	return exitDone, nil
}

// whyNone is what the go command says of patterns that match no package, unless that is just this.
func whyNone(ctx context.Context, dir string, patterns []string) string {
	says := load.Complaint(ctx, load.Config{Dir: dir}, patterns)
	if says == "" || strings.HasSuffix(says, "matched no packages") {
		return ""
	}
	return "; the go command says: " + says
}

// plan is what has to change on disk for one package.
type plan struct {
	changes []change
	err     error // a mistake of cachegen
}

func planAll(packages []*model.Package, parts []*check.Part) []plan {
	plans := make([]plan, len(packages))
	parallel(len(packages), func(i int) { plans[i] = planOne(packages[i], parts[i]) })
	return plans
}

// planOne plans nothing for a package with errors.
func planOne(p *model.Package, part *check.Part) plan {
	if part.Findings.Errors() {
		return plan{}
	}
	outputs, err := render(part.Files)
	if err != nil {
		return plan{err: err}
	}
	return plan{changes: diff(p, outputs)}
}

// currentSource is what a file has now, or nil.
func currentSource(path string) []byte {
	src, err := os.ReadFile(path)
	if err != nil {
		return nil // then diff says so
	}
	return src
}

// render turns the model of one package into files.
func render(files []*model.File) ([]output, error) {
	sources, err := emit.Package(files, currentSource)
	if err != nil {
		return nil, err
	}
	outputs := make([]output, len(files))
	for i, f := range files {
		outputs[i] = output{f.Path, sources[i]}
	}
	return outputs, nil
}

// parallel calls do for each number below n, on as many goroutines as there are processors.
func parallel(n int, do func(i int)) {
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i := range n {
		g.Go(func() error {
			do(i)
			return nil
		})
	}
	_ = g.Wait() // do does not fail
}

func printFindings(e env, findings *diag.List, asJSON bool) error {
	if asJSON {
		return findings.JSON(e.stdout, e.dir)
	}
	return findings.Text(e.stderr, e.dir)
}

// reportStale names the files that a run would change.
func reportStale(e env, r request, changes []change) (int, error) {
	if len(changes) == 0 {
		return exitDone, nil
	}
	var files diag.List
	for _, c := range changes {
		pos := token.Position{Filename: c.path}
		files.Report(diag.Finding{Pos: pos, Rule: "output", Message: c.status()})
	}
	if err := printFindings(e, &files, r.json); err != nil {
		return exitBroken, err
	}
	if !r.json {
		fmt.Fprintln(e.stderr, "cachegen: to bring that up to date, run go generate, or cachegen with the same packages")
	}
	return exitFindings, nil
}

package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

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
	for _, p := range packages {
		var own diag.List
		files := check.Package(p, own.Report)
		findings.Add(own)
		if !own.Empty() {
			continue // nothing is written for a package with errors
		}
		outputs, err := printed(files)
		if err != nil {
			fmt.Fprintf(s.stderr, "cachegen: %s: %v\n", p.Path, err)
			return exitBroken
		}
		changes = append(changes, compare(p, outputs)...)
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

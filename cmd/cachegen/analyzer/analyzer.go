/*
Package analyzer is cachegen's checks as an [analysis.Analyzer], for tools that run analyzers.

It sees one package at a time. So it reports everything that can be told from one package: all that
is wrong with directives, entries that two reads could share, reads that an update leaves out, and
writes without a directive. Rules about all packages of a program, such as a read that nothing
invalidates, are for cachegen vet ./... and cachegen check ./... A finding has a suggested fix if
there is one that is certain.

# go vet

The command cachegen is a vettool:

	go vet -vettool=$(go tool -n cachegen) ./...
	go vet -vettool=$(go tool -n cachegen) ./...      # if it is a tool of your module

The flag -cachegen.warnings=false leaves out warnings. go vet needs code that compiles, so it fails
where wrappers are used that have not been generated yet. cachegen vet does not.

# golangci-lint

As a module plugin: a package of yours registers the analyzer,

	package cachegenplugin

	import (
		"github.com/golangci/plugin-module-register/register"
		"golang.org/x/tools/go/analysis"

		"github.com/cachegen/cachegen/cmd/cachegen/analyzer"
	)

	func init() { register.Plugin("cachegen", newPlugin) }

	func newPlugin(any) (register.LinterPlugin, error) { return plugin{}, nil }

	type plugin struct{}

	func (plugin) BuildAnalyzers() ([]*analysis.Analyzer, error) {
		return []*analysis.Analyzer{analyzer.Analyzer}, nil
	}

	func (plugin) GetLoadMode() string { return register.LoadModeTypesInfo }

.custom-gcl.yml names that package's module. With it, golangci-lint custom builds a golangci-lint
that has the analyzer,

	version: v2.1.0
	plugins:
	  - module: example.com/book/cachegenplugin
	    path: ./cachegenplugin

and .golangci.yml enables it:

	linters:
	  enable: [cachegen]
	  settings:
	    custom:
	      cachegen: {type: module, description: directives of cachegen}

# Editors

Gopls runs the analyzers that it was built with, so cachegen's come from go vet, which editors run
when a file is saved. For VS Code:

	"go.vetOnSave": "package",
	"go.vetFlags": ["-vettool=/home/you/go/bin/cachegen"]

A gopls of your own, or any driver such as multichecker or unitchecker, takes Analyzer like any
other.
*/
package analyzer

import (
	"go/token"
	"path/filepath"

	"golang.org/x/tools/go/analysis"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/check"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/diag"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/load"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/program"
)

// Analyzer reports what is wrong with the cachegen directives of a package. The category of a
// diagnostic is the rule.
var Analyzer = &analysis.Analyzer{
	Name:             "cachegen",
	Doc:              "check //cache: directives\n\nReports directives that cachegen would refuse, and those that do not make sense together.",
	URL:              "https://pkg.go.dev/github.com/cachegen/cachegen/cmd/cachegen",
	Run:              run,
	RunDespiteErrors: true,
}

var warnings = true

func init() {
	Analyzer.Flags.BoolVar(&warnings, "warnings", true, "report what may be meant, too")
}

func run(pass *analysis.Pass) (any, error) {
	part := check.Examine(load.Checked(load.Unit{
		Fset: pass.Fset, Files: pass.Files, Types: pass.Pkg, Ignored: pass.IgnoredFiles, Errors: pass.TypeErrors, ReadFile: pass.ReadFile,
	}))
	program.Check([]*check.Part{part}, program.Some)
	files := make(map[string]*token.File)
	for _, f := range pass.Files {
		files[pass.Fset.Position(f.Package).Filename] = pass.Fset.File(f.FileStart)
	}
	for _, f := range part.Findings.Sorted() {
		if f.Load || f.Warning && !warnings {
			continue // the driver reports what does not compile
		}
		if d, ok := diagnostic(files, f); ok {
			pass.Report(d)
		}
	}
	return nil, nil
}

// diagnostic puts a finding into the terms of analysis; ok is false if it lies in no file of the
// pass.
func diagnostic(files map[string]*token.File, f diag.Finding) (d analysis.Diagnostic, ok bool) {
	file := files[filepath.Clean(f.Pos.Filename)]
	if file == nil || f.Pos.Line < 1 || f.Pos.Line > file.LineCount() {
		return d, false
	}
	at := func(column int) token.Pos {
		return min(file.LineStart(f.Pos.Line)+token.Pos(max(column, 1)-1), file.Pos(file.Size()))
	}
	d = analysis.Diagnostic{Pos: at(f.Pos.Column), Category: f.Rule, Message: f.Message}
	if f.End > 0 {
		d.End = at(f.End)
	}
	if f.Fix != "" && d.End.IsValid() {
		d.SuggestedFixes = []analysis.SuggestedFix{{
			Message:   "write " + f.Fix,
			TextEdits: []analysis.TextEdit{{Pos: d.Pos, End: d.End, NewText: []byte(f.Fix)}},
		}}
	}
	return d, true
}

package main

import (
	"strings"

	"golang.org/x/tools/go/analysis/unitchecker"

	"github.com/cachegen/cachegen/cmd/cachegen/analyzer"
)

// isVettool reports whether go vet runs this process. It asks for the version and the flags, and
// then runs one process per package, with a configuration file.
func isVettool(args []string) bool {
	if len(args) == 0 {
		return false
	}
	last := args[len(args)-1]
	return last == "-V=full" || last == "-flags" || strings.HasSuffix(last, ".cfg")
}

// vettool does what go vet asks for, and ends the process.
func vettool() { unitchecker.Main(analyzer.Analyzer) }

package main

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/diag"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/explain"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/program"
)

// explainTo prints the graph of the packages, without the methods that have errors, and the errors.
func explainTo(ctx context.Context, e env, r request) int {
	if !slices.Contains(explain.Formats, r.format) {
		fmt.Fprintf(e.stderr, "cachegen: unknown format %q; formats are %s\n", r.format, strings.Join(explain.Formats, ", "))
		return exitBroken
	}
	_, parts, code := loadAndCheck(ctx, e, r)
	if code == exitBroken {
		return code
	}
	graph, err := program.Graph(parts, e.dir, r.pattern)
	if err != nil {
		fmt.Fprintf(e.stderr, "cachegen: -pattern %s: %v\n", r.pattern, err)
		return exitBroken
	}
	var errors diag.List
	for _, part := range parts {
		for _, f := range part.Findings.Sorted() {
			if !f.Warning {
				errors.Report(f)
			}
		}
	}
	var out bytes.Buffer
	err = explain.Write(&out, r.format, graph)
	if err == nil {
		_, err = e.stdout.Write(out.Bytes())
	}
	if err == nil {
		err = errors.Text(e.stderr, e.dir)
	}
	switch {
	case err != nil:
		fmt.Fprintf(e.stderr, "cachegen: %v\n", err)
		return exitBroken
	case errors.Load():
		return exitBroken
	case !errors.Empty():
		return exitFindings
	}
	return exitDone
}

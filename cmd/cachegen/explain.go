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

// explainTo prints the graph of the packages. What is wrong with them is printed too, and left out.
func explainTo(ctx context.Context, s surroundings, r request) int {
	if !slices.Contains(explain.Formats, r.format) {
		fmt.Fprintf(s.stderr, "cachegen: unknown format %q; formats are %s\n", r.format, strings.Join(explain.Formats, ", "))
		return exitBroken
	}
	_, parts, code := examine(ctx, s, r)
	if code == exitBroken {
		return code
	}
	graph, err := program.Graph(parts, s.dir, r.pattern)
	if err != nil {
		fmt.Fprintf(s.stderr, "cachegen: -pattern %s: %v\n", r.pattern, err)
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
		_, err = s.stdout.Write(out.Bytes())
	}
	if err == nil {
		err = errors.Text(s.stderr, s.dir)
	}
	switch {
	case err != nil:
		fmt.Fprintf(s.stderr, "cachegen: %v\n", err)
		return exitBroken
	case errors.Load():
		return exitBroken
	case !errors.Empty():
		return exitFindings
	}
	return exitDone
}

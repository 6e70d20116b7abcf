package main

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/check"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/diag"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/load"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/program"
)

// TestFixes applies the fixes of all cases, one for each place, and looks again: what a fix is for
// is gone, and where there were warnings only, there is no error.
func TestFixes(t *testing.T) {
	for folder, together := range map[string]func([]*check.Part){
		"diag":    func([]*check.Part) {},
		"program": func(list []*check.Part) { program.Check(list, program.Whole) },
	} {
		t.Run(folder, func(t *testing.T) {
			g := unpack(t, folder, func(name string) bool { return name != "want" })
			findings := func() map[string][]diag.Finding { // by case
				packages, err := load.Load(t.Context(), load.Config{Dir: g.root}, []string{"./..."})
				if err != nil {
					t.Fatal(err)
				}
				found := make(map[string][]diag.Finding)
				for _, c := range g.cases {
					list := c.findings(packages, together)
					found[c.name] = list.Sorted()
				}
				return found
			}

			before := findings()
			fixed := 0
			for _, list := range before {
				last := "" // from the end, so that columns stay what they are
				for _, f := range slices.Backward(list) {
					if place := f.Pos.String(); f.Fix != "" && place != last {
						last = place
						fixed++
						replace(t, f)
					}
				}
			}
			if fixed == 0 {
				t.Error("no case has a fix")
			}
			after := findings()
			for name, list := range before {
				last := ""
				for _, f := range slices.Backward(list) {
					if f.Fix == "" || f.Pos.String() == last {
						continue
					}
					last = f.Pos.String()
					warned := !slices.ContainsFunc(list, func(b diag.Finding) bool { return sameLine(b, f) && !b.Warning })
					for _, a := range after[name] {
						if sameLine(a, f) && (a.Rule == f.Rule && a.Message == f.Message || warned && !a.Warning) {
							t.Errorf("%s: %s: %s\nwith the fix %s it is\n%d: %s: %s", name, f.Pos, f.Message, f.Fix, a.Pos.Column, a.Rule, a.Message)
						}
					}
				}
			}
		})
	}
}

func sameLine(a, b diag.Finding) bool {
	return a.Pos.Filename == b.Pos.Filename && a.Pos.Line == b.Pos.Line
}

// replace writes the fix of a finding into its file.
func replace(t *testing.T, f diag.Finding) {
	t.Helper()
	src, err := os.ReadFile(f.Pos.Filename)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(src), "\n")
	line := lines[f.Pos.Line-1]
	lines[f.Pos.Line-1] = line[:f.Pos.Column-1] + f.Fix + line[f.End-1:]
	if err := os.WriteFile(f.Pos.Filename, []byte(strings.Join(lines, "\n")), 0o666); err != nil {
		t.Fatal(err)
	}
}

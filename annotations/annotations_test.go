package annotations

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// A script shows directives with carets under what is wrong, the message behind them, and after "=>" what the fixes make of the line:
//
//	//cache:tll=600
//	        ^^^ unknown option "tll"; did you mean "ttl"?
//	=> //cache:ttl=600
//
// render prints one for what Parse says, so that a test compares whole pictures.
func render(lines []string, errs []*Error) string {
	var out strings.Builder
	for i, line := range lines {
		fmt.Fprintf(&out, "%s\n", line)
		var here []*Error
		for _, e := range errs {
			if e.Span.Line == i {
				here = append(here, e)
				fmt.Fprintf(&out, "%s%s %s\n", strings.Repeat(" ", e.Span.Start), strings.Repeat("^", max(1, e.Span.End-e.Span.Start)), e.Message)
			}
		}
		if fixed := fix(line, here); fixed != line {
			fmt.Fprintf(&out, "=> %s\n", fixed)
		}
	}
	return out.String()
}

// fix applies the fixes of the errors of one line, the last first.
func fix(line string, errs []*Error) string {
	end := len(line)
	for _, e := range slices.Backward(errs) {
		if e.Fix != "" && e.Span.End <= end {
			line = line[:e.Span.Start] + e.Fix + line[e.Span.End:]
			end = e.Span.Start
		}
	}
	return line
}

// sources returns the directive lines of a script.
func sources(script string) (lines []string) {
	for line := range strings.Lines(script) {
		if line = strings.TrimSuffix(line, "\n"); strings.HasPrefix(line, "//") {
			lines = append(lines, line)
		}
	}
	return lines
}

func checkScript(t *testing.T, script string) {
	t.Helper()
	script = strings.TrimPrefix(script, "\n")
	lines := sources(script)
	_, errs := Parse(lines)
	if got := render(lines, errs); got != script {
		t.Errorf("got\n%s\nwant\n%s", got, script)
	}
}

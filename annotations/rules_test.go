package annotations

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "rewrite testdata/rules from what the parser says, and fail")

// TestRules compares what Parse says with the pictures in testdata/rules. There a block is its
// lines, with carets under what is wrong, the message after them, and after => what the fixes make
// of the line:
//
//	//cache:tll=600
//	        ^^^ unknown option "tll"; did you mean "ttl"?
//	=> //cache:ttl=600
func TestRules(t *testing.T) {
	files, err := filepath.Glob("testdata/rules/*.txt")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			var got []string
			for want := range strings.SplitSeq(string(text), "\n\n") {
				lines := sources(want)
				_, errs := Parse(lines)
				checkErrors(t, lines, errs)
				for _, e := range errs {
					assert.Regexp(t, "^[^A-Z].*[^.]$", e.Message)
				}
				got = append(got, render(lines, errs))
			}
			if *update {
				require.NoError(t, os.WriteFile(file, []byte(strings.Join(got, "\n")), 0o644))
				t.Fatal("rewritten; read the difference, then run without -update")
			}
			assert.Equal(t, string(text), strings.Join(got, "\n"))
		})
	}
}

// sources returns the directive lines of a picture.
func sources(picture string) (lines []string) {
	for line := range strings.Lines(picture) {
		if line = strings.TrimSuffix(line, "\n"); strings.HasPrefix(line, "//") {
			lines = append(lines, line)
		}
	}
	return lines
}

// render draws the picture of a block.
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

// checkErrors checks what holds for all errors: their form, their order, that they lie inside their
// lines and that no two are about the same text.
func checkErrors(t *testing.T, lines []string, errs []*Error) {
	t.Helper()
	for i, e := range errs {
		about := fmt.Sprintf("%q in %q", e.Message, lines)
		require.Less(t, e.Span.Line, len(lines), about)
		checkSpan(t, Span{e.Span.Line, 0, len(lines[e.Span.Line])}, e.Span, about)
		assert.NotEmpty(t, e.Message, about)
		assert.Equal(t, e.Message, e.Error(), about)
		assert.False(t, strings.ContainsFunc(e.Message, func(c rune) bool { return !unicode.IsPrint(c) }), about)
		if e.Fix != "" {
			assert.NotEqual(t, lines[e.Span.Line][e.Span.Start:e.Span.End], e.Fix, about)
		}
		if i > 0 {
			before := errs[i-1].Span
			ordered := before.Line < e.Span.Line || before.Line == e.Span.Line && before.Start <= e.Span.Start
			assert.True(t, ordered, "not sorted: "+about)
			assert.NotEqual(t, before, e.Span, "two messages about one thing: "+about)
		}
	}
}

func checkSpan(t *testing.T, outer, inner Span, about string) {
	t.Helper()
	ok := outer.Line == inner.Line && outer.Start <= inner.Start && inner.Start <= inner.End && inner.End <= outer.End
	assert.True(t, ok, "%v is not within %v: %s", inner, outer, about)
}

package analyzer

import (
	"testing"

	"golang.org/x/tools/go/analysis/analysistest"
)

// TestAnalyzer holds the findings of a package against the comments in it, and what the fixes make
// of it against its golden file. Neither a file of ours nor one of tests is in the way.
func TestAnalyzer(t *testing.T) {
	analysistest.RunWithSuggestedFixes(t, analysistest.TestData(), Analyzer, "crm")
}

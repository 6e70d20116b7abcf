package emit

import (
	"go/build/constraint"
	"go/version"
)

// leastGo is the version of Go with all that generated code uses, such as range over an integer.
const leastGo = "go1.22"

// outputConstraint is the constraint of an output file whose source has the one given. A constraint
// that begins below leastGo is also what the compiler takes for the language of the file.
func outputConstraint(source string) string {
	expr, err := constraint.Parse("//go:build " + source)
	if err != nil {
		return source // only a source that does not build has that
	}
	if v := constraint.GoVersion(expr); v == "" || version.Compare(v, leastGo) >= 0 {
		return source
	}
	return (&constraint.AndExpr{X: expr, Y: &constraint.TagExpr{Tag: leastGo}}).String()
}

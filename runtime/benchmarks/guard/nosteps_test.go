//go:build !(linux && amd64)

package guard

// stepChild is of TestSteps, which no other machine has.
func stepChild() bool { return false }

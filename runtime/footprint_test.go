package runtime_test

import (
	"maps"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// What is compiled into a package with generated code, beside that code, is what its users wait for
// in every build. The compiler makes generic code anew for each shape of type, ways in to it for
// each type, and all that a type leads to which is named anywhere; and does so in each package.
const (
	mostOfAType    = 3_000  // bytes of machine code for a type of result, or for the shape that it shares with others
	mostFunctions  = 10     // and functions
	mostOfAPackage = 20_000 // bytes of machine code from elsewhere, whatever the package holds
)

// TestFootprint compiles generated code, and measures what it takes of this package and brings
// along from elsewhere.
//
//	go test ./runtime -run TestFootprint -v
func TestFootprint(t *testing.T) {
	archive, err := exec.Command("go", "list", "-export", "-f", "{{.Export}}", "./internal/wiretest").Output()
	require.NoError(t, err)
	symbols, err := exec.Command("go", "tool", "nm", "-size", strings.TrimSpace(string(archive))).Output()
	require.NoError(t, err)

	generic := regexp.MustCompile(`^github\.com/cachegen/cachegen/runtime\..*?\[(.*)\]`) // to the last bracket: a type has brackets of its own
	bytes, functions, elsewhere := make(map[string]int), make(map[string]int), 0
	for line := range strings.Lines(string(symbols)) {
		f := strings.Fields(line) // address, size, kind, name
		if len(f) < 4 || strings.ToUpper(f[2]) != "T" {
			continue
		}
		size, err := strconv.Atoi(f[1])
		require.NoError(t, err, line)
		name := strings.Join(f[3:], " ")
		if of := generic.FindStringSubmatch(name); of != nil {
			bytes[of[1]] += size
			functions[of[1]]++
		} else if !strings.HasPrefix(name, "github.com/cachegen/cachegen/runtime/internal/wiretest.") {
			elsewhere += size
		}
	}
	require.GreaterOrEqual(t, len(bytes), 7, "four types of three shapes have more than %v", bytes)
	for _, of := range slices.Sorted(maps.Keys(bytes)) {
		t.Logf("%d bytes in %d functions for %s", bytes[of], functions[of], of)
		require.LessOrEqual(t, bytes[of], mostOfAType, of)
		require.LessOrEqual(t, functions[of], mostFunctions, of)
	}
	t.Logf("%d bytes from elsewhere", elsewhere)
	require.LessOrEqual(t, elsewhere, mostOfAPackage)
}

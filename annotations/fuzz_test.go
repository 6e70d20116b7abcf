package annotations

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// FuzzParse feeds anything to Parse: it does not panic, its errors and spans are in order, and what
// it accepts prints as something equal.
func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/rules/*.txt")
	require.NoError(f, err)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(f, err)
		for picture := range strings.SplitSeq(string(text), "\n\n") {
			f.Add(strings.Join(sources(picture), "\n"))
		}
	}
	for _, s := range specs {
		for _, example := range s.Examples {
			f.Add("//cache:" + example + " // remark")
		}
	}
	f.Add("//cache:key=\"\\u00e9\\x7bid\\x7d\\072\\\"b c\"\n//cache:ttl=\xff\n//cache:invalidate=`a:*`")
	f.Fuzz(func(t *testing.T, text string) {
		checkParse(t, strings.Split(text, "\n"))
	})
}

// FuzzOptions is FuzzParse after the marker, which a random text hardly ever begins with.
func FuzzOptions(f *testing.F) {
	for _, s := range specs {
		f.Add(string(s.Name), "{c.ID}:{f.Stage()}", "a:*,b:{result.ID}:*")
		f.Add(string(s.Name)+"=", "10min", "\"a\\tb\"")
		f.Add(string(s.Name), "{unclosed", "off")
	}
	f.Fuzz(func(t *testing.T, name, a, b string) {
		checkParse(t, []string{
			"//cache:" + name + "=" + a + " " + b,
			"//cache:key=" + a + " invalidate=" + b + " // " + name,
			"//cache:" + name + a,
		})
	})
}

func checkParse(t *testing.T, lines []string) {
	t.Helper()
	block, errs := Parse(lines)
	checkErrors(t, lines, errs)
	checkSpans(t, block, lines)
	if t.Failed() || len(errs) > 0 {
		return
	}
	printed := block.String()
	again, errs := Parse(strings.Split(printed, "\n"))
	require.Empty(t, errs, "%q printed as %q", lines, printed)
	assert.Equal(t, bare(block), bare(again), "%q printed as %q", lines, printed)
	assert.Equal(t, printed, again.String())
}

// FuzzNearMiss feeds anything to NearMiss: it does not panic, its span lies inside the comment, and
// its fix makes a directive.
func FuzzNearMiss(f *testing.F) {
	for _, seed := range []string{
		"// cache:ttl=1", "//Cache: ttl", "/* cache:ttl=1 */", "/*\n * cache:ttl=1\n */", "//cachegen:ttl=1", "// cache: the local tier", "//cache:", "//cache:\xff", "/*/",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, comment string) {
		miss := NearMiss(comment)
		if miss == nil {
			return
		}
		assert.False(t, IsDirective(comment))
		checkSpan(t, Span{0, 0, len(comment)}, miss.Span, comment)
		if miss.Fix != "" {
			assert.True(t, IsDirective(fix(comment, []*Error{miss})), "%q becomes %q", comment, fix(comment, []*Error{miss}))
		}
	})
}

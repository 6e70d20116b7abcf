package annotations

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestIsDirective(t *testing.T) {
	for _, c := range []string{"//cache:ttl=600", "//cache:ttl", "//cache:x", "//cache:0 // remark", "//cache:ttl=600 prefix=a"} {
		assert.True(t, IsDirective(c), c)
		assert.Nil(t, NearMiss(c), c)
	}
	for _, c := range []string{"", "//", "// cache:ttl=600", "//cache: ttl=600", "//cache:", "//cache:TTL=600", "//go:generate", "/*cache:ttl=600*/", "cache:ttl=600"} {
		assert.False(t, IsDirective(c), c)
	}
}

func TestNearMiss(t *testing.T) {
	for _, c := range []struct{ comment, fixed string }{ // fixed "" where no fix is certain
		{"// cache:ttl=1", "//cache:ttl=1"},
		{"//cache: ttl=1", "//cache:ttl=1"},
		{"//  cache : ttl=1 prefix=a", "//cache:ttl=1 prefix=a"},
		{"//Cache:ttl", "//cache:ttl"},
		{"//CACHE:TTL=600", "//cache:ttl=600"},
		{"//cache:TTL=600 prefix=a", "//cache:ttl=600 prefix=a"},
		{"//cache:Tll=600", "//cache:ttl=600"},
		{"//cachegen:ttl=1", "//cache:ttl=1"},
		{"//cache-gen:ttl=1", "//cache:ttl=1"},
		{"//cached:ttl=1", "//cache:ttl=1"},
		{"//chache:tll=1", "//cache:tll=1"},
		{"//cache ttl=1", "//cache:ttl=1"},
		{"//cache::ttl=1", "//cache:ttl=1"},
		{"///cache:ttl=1", "//cache:ttl=1"},
		{"//+cache:ttl=1", "//cache:ttl=1"},
		{"// +cache:strong", "//cache:strong"},
		{"//@cache:ttl=1", "//cache:ttl=1"},
		{"// cache:ttl:600", "//cache:ttl:600"},
		{"// cache: strong // remark", "//cache:strong // remark"},
		{"// cache:ttl", "//cache:ttl"},
		{"/* cache:ttl */", "//cache:ttl"},
		{"/*cache:ttl=600 prefix=a*/", "//cache:ttl=600 prefix=a"},
		{"/* Cache: invalidate=a:* */", "//cache:invalidate=a:*"},
		{"/*\n * Get gets.\n * cache:ttl=600\n */", ""},
		{"/*\n * //cache:ttl=600\n */", ""},
		{"//cache:", ""},
		{"//cache:{id}", ""},
		{"//cache:*", ""},
		{"//cache:=600", ""},
		{"//cache:  // remark", ""},
		{"//cache:Contact", ""},
	} {
		miss := NearMiss(c.comment)
		if !assert.NotNil(t, miss, c.comment) {
			continue
		}
		checkSpan(t, Span{0, 0, len(c.comment)}, miss.Span, c.comment)
		if c.fixed == "" {
			assert.Empty(t, miss.Fix, c.comment)
			continue
		}
		assert.Equal(t, c.fixed, fix(c.comment, []*Error{miss}))
		assert.True(t, strings.HasSuffix(miss.Message, "write "+c.fixed), miss.Message)
		assert.True(t, IsDirective(c.fixed), c.fixed)
	}
}

func TestNearMissInManyLines(t *testing.T) {
	comment := "/*\n * Get gets.\n * cache:ttl=600\n */"
	miss := NearMiss(comment)
	assert.Equal(t, "cache:", comment[miss.Span.Start:miss.Span.End])
	assert.Equal(t, "a directive is a line comment; write //cache:ttl=600", miss.Message)
}

// A message is printable even if what it cites is not.
func TestMessagesArePrintable(t *testing.T) {
	assert.True(t, strings.HasSuffix(NearMiss("// cache:key=a\xff\x1b").Message, "write //cache:key=a\uFFFD\uFFFD"))
}

func TestNearMissLeavesProseAlone(t *testing.T) {
	for _, c := range []string{
		"",
		"//",
		"// ",
		"/**/",
		"/* */",
		"/*",
		"plain",
		"// Get returns the contact.",
		"// cache: the local tier",
		"// cache: strong consistency is expensive",
		"// cache: ttl",
		"// cache: key and value",
		"// cache: key: what it is",
		"// cache:",
		"// cache",
		"//cache",
		"// cache ttl=600 is the default",
		"// Cached: see below",
		"// cache: a=b",
		"//nolint:cache",
		"//cachet: wine",
		"//cacheline:size=64",
		"//go:generate go tool cachegen",
		"//\tcache:ttl=600",
		"//\t//cache:ttl=600",
		"// //cache:ttl=600",
		"////cache:ttl=600",
		"// // cache:ttl=600",
		"/* //cache:ttl=600 */",
		"/*//cache:ttl=600\nGet(id string) error*/",
		"/*\n\t//cache:ttl=600\n\tGet(id string) error\n*/",
		"// see //cache:ttl=600",
		"// lookups in cache:ttl=600",
		"// cache: strong: never local",
		"// cache:strong, that is",
		"//cache: see above",
		"/* cache: the local tier */",
		"/* cache ttl=600 */",
		"/*\n * The cache:\n * ttl=600\n */",
	} {
		assert.Nil(t, NearMiss(c), fmt.Sprintf("%q", c))
	}
}

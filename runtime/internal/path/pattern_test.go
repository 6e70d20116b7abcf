package path

import (
	"strings"
	"testing"

	"github.com/cachegen/cachegen/runtime/internal/key"
)

// A pattern is refused, or names a path in which every byte with a meaning is escaped.
func FuzzPattern(f *testing.F) {
	for _, s := range []string{"*", "contact:42", "contact:list:*", "a:100%", "a%3Ab:*", ":x", "a::b", "\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, pattern string) {
		path, _, err := Parse(pattern)
		if err != nil {
			return
		}
		for segment := range strings.SplitSeq(path, ":") {
			if again := string(key.AppendEscaped(nil, key.Unescape(segment))); again != segment {
				t.Fatalf("%q names %q, of which %q is %q when escaped", pattern, path, segment, again)
			}
		}
		if strings.ContainsAny(path, "* ") {
			t.Fatalf("%q names %q", pattern, path)
		}
	})
}

package runtime

import (
	"bytes"
	"database/sql"
	"fmt"
	"strings"
	"testing"
)

// What is in Redis may have been written by anybody: parsing it never panics, and gives back what was written.
func FuzzStored(f *testing.F) {
	f.Add(appendStored(nil, 7, 1, nil, []byte("vabc")))
	f.Add(appendStored(nil, 7, 1, []string{"contact:42", "contact:*"}, []byte("vabc")))
	f.Add(make([]byte, headLen))
	f.Add([]byte("short"))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := parseStored(b, 1)
		if err != nil || s.payload == nil {
			return
		}
		again, err := parseStored(appendStored(nil, s.stamp, 1, s.tags, s.payload), 1)
		if err != nil || again.stamp != s.stamp || !bytes.Equal(again.payload, s.payload) {
			t.Fatalf("%x reads as %+v, and written again as %+v, %v", b, s, again, err)
		}
	})
}

func FuzzRememberedError(f *testing.F) {
	o := settings{notFound: []error{sql.ErrNoRows}}
	whole, _ := o.appendMissing(nil, fmt.Errorf("contact 42: %w", sql.ErrNoRows))
	f.Add(whole[1:])
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		answer, err := o.parseMissing(b)
		if (answer == nil) == (err == nil) {
			t.Fatalf("%x gives %v, %v", b, answer, err)
		}
	})
}

// A pattern is refused, or names a path in which every byte with a meaning is escaped.
func FuzzPattern(f *testing.F) {
	for _, s := range []string{"*", "contact:42", "contact:list:*", "a:100%", "a%3Ab:*", ":x", "a::b", "\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, pattern string) {
		path, _, err := parsePattern(pattern)
		if err != nil {
			return
		}
		for segment := range strings.SplitSeq(path, ":") {
			if again := string(appendEscaped(nil, unescape(segment))); again != segment {
				t.Fatalf("%q names %q, of which %q is %q when escaped", pattern, path, segment, again)
			}
		}
		if strings.ContainsAny(path, "* ") {
			t.Fatalf("%q names %q", pattern, path)
		}
	})
}

// A log message with odd words raises odd stripes at worst.
func FuzzLogMessage(f *testing.F) {
	f.Add("scontact:list econtact:42 s")
	f.Fuzz(func(t *testing.T, words string) {
		s := parseStale("acme", words)
		_ = newStripesForTest.of(s)
	})
}

var newStripesForTest = newStripes(1)

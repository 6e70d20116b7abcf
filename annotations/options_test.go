package annotations

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestOptionTable(t *testing.T) {
	doc, err := os.ReadFile("doc.go")
	require.NoError(t, err)
	seen := map[string]bool{}
	for _, s := range Options() {
		for _, word := range append(s.aliases, string(s.Name)) {
			assert.False(t, seen[word], "%s stands for two options", word)
			seen[word] = true
		}
		assert.NotEmpty(t, s.Summary, s.Name)
		assert.NotEmpty(t, s.Examples, s.Name)
		assert.Contains(t, []string{"reads", "writes", "both"}, s.On.String())
		assert.Equal(t, s.Value == "", s.parse == nil, "%s: a flag, and only a flag, has no value", s.Name)
		for word := range strings.SplitSeq(s.Value, " | ") {
			rule := regexp.MustCompile(`(?m)^//\t` + word + ` *=`)
			assert.True(t, s.Value == "" || rule.Match(doc), "the grammar has no %q", word)
		}
		for _, example := range s.Examples {
			b, errs := Parse([]string{"//cache:" + example})
			assert.Empty(t, errs, example)
			require.Len(t, b.Options, 1)
			assert.Equal(t, s.Name, b.Options[0].Name)
		}
		_, errs := Parse([]string{"//cache:" + string(s.Name) + "=off"})
		assert.Equal(t, s.Off || s.Name == Prefix || s.Name == Key || s.Value == "patterns", len(errs) == 0, "%s=off", s.Name)
		for _, other := range s.Conflicts {
			spec, ok := Lookup(other)
			assert.True(t, ok, other)
			assert.Contains(t, spec.Conflicts, s.Name, "conflicts are mutual")
		}
		twice, errs := Parse([]string{"//cache:" + s.Examples[0], "//cache:" + strings.NewReplacer("{", "{x", "600", "700").Replace(s.Examples[0])})
		assert.Equal(t, s.Repeatable, len(twice.Options) == 2 && len(errs) == 0, "%s twice", s.Name)
	}
	_, ok := Lookup("tll")
	assert.False(t, ok)
}

// The table is copied out, so that a caller who sorts it harms nobody.
func TestOptionsAreACopy(t *testing.T) {
	list := Options()
	slices.Reverse(list)
	assert.Equal(t, TTL, Options()[0].Name)
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"ttl", "ttl", 0}, {"", "ttl", 3}, {"ttl", "", 3}, {"tll", "ttl", 1}, {"tl", "ttl", 1}, {"ttll", "ttl", 1}, {"tlt", "ttl", 1},
		{"strnog", "strong", 1}, {"kitten", "sitting", 3}, {"größe", "grösse", 2},
	} {
		assert.Equal(t, c.want, distance(c.a, c.b), "%s %s", c.a, c.b)
	}
}

func TestQuoteShortens(t *testing.T) {
	assert.Equal(t, `"a\tb"`, quote("a\tb"))
	assert.Equal(t, `"`+strings.Repeat("a", 59)+`..."`, quote(strings.Repeat("a", 59)+"é and more"))
}

func TestNearest(t *testing.T) {
	prefixes := []string{"contact", "contract", "user"}
	for _, c := range []struct {
		word string
		most int
		want []string
	}{
		{"contact", 1, []string{"contact"}},
		{"Contcat", 1, []string{"contact"}},
		{"contat", 2, []string{"contact"}},
		{"conact", 2, []string{"contact"}},
		{"contaxt", 1, []string{"contact"}},
		{"contrct", 1, []string{"contact", "contract"}},
		{"usr", 0, nil},
		{"", 2, nil},
	} {
		assert.Equal(t, c.want, Nearest(c.word, prefixes, c.most), "%s %d", c.word, c.most)
	}
	_, ok := Closest("contrct", prefixes)
	assert.False(t, ok, "two are as close")
	got, ok := Closest("contat", prefixes)
	assert.True(t, ok)
	assert.Equal(t, "contact", got)
}

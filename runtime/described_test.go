package runtime_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cachegen/cachegen/runtime"
)

// Two reads of one prefix and version whose results are of different types would read the entries
// of each other. The constructor of the second says so, with the names of both.
func TestReadsThatWouldShareEntries(t *testing.T) {
	read := func(c *runtime.Cache, method runtime.Method, prefix, version string, result *runtime.Result) {
		runtime.NewRead(c, runtime.ReadOptions{Method: method, Prefix: prefix, Version: version, TTL: time.Minute, Result: result})
	}
	type pair struct{ Name, Mail string }
	type other struct{ Name, Mail string }
	type more struct{ Name, Mail, Phone string }
	for _, test := range []struct {
		name            string
		prefix, version string
		result          *runtime.Result
		refused         bool
	}{
		{"the same read again", "contact", "1", resultOf[*pair](), false},
		{"another version", "contact", "2", resultOf[string](), false},
		{"another prefix", "name", "1", resultOf[string](), false},
		{"another type", "contact", "1", resultOf[string](), true},
		{"the same, but for the pointer", "contact", "1", resultOf[pair](), true},
		{"several results, of two methods", "pair", "1", resultOf[other](), false},
		{"several results, of which one has more", "pair", "1", resultOf[more](), true},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := backend{}.newCache(t)
			read(c, "Contacts.Get", "contact", "1", resultOf[*pair]())
			read(c, "Contacts.Pair", "pair", "1", resultOf[pair]())
			second := func() { read(c, "People.Get", test.prefix, test.version, test.result) }
			if !test.refused {
				require.NotPanics(t, second)
				return
			}
			defer func() {
				require.Regexp(t, `^cachegen: Contacts\.\w+ returns a .*pair and People.Get a .*, and both have prefix "\w+" and version 1, `, recover())
			}()
			second()
		})
	}
}

// The wrapper of a transaction is made again for each, and leaves nothing behind.
func TestMakingAReadAgainLeavesNothing(t *testing.T) {
	c := backend{}.newCache(t)
	o := runtime.ReadOptions{Method: "Contacts.Get", Prefix: "contact", Version: "1", TTL: time.Minute, Result: resultOf[string]()}
	runtime.NewRead(c, o)
	require.LessOrEqual(t, testing.AllocsPerRun(1000, func() { runtime.NewRead(c, o) }), 6.0)
}

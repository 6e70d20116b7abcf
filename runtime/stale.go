package runtime

import (
	"slices"
	"strings"
)

// stale is what an invalidation covers in one tenant.
type stale struct {
	tenant          string // encoded
	scopes, entries []string
}

// fields names the stamps of what is covered, and those that say that something under a prefix is.
func (s stale) fields() []string {
	fields := slices.Clone(s.scopes)
	for _, path := range s.entries {
		fields = append(fields, entryField(path))
	}
	for _, path := range slices.Concat(s.scopes, s.entries) {
		for run := range leading(path) {
			if run != path {
				fields = union(fields, []string{entryField(anythingUnder(run))})
			}
		}
	}
	return fields
}

// words appends kind and path of each, as scripts take them.
func (s stale) words(args []any) []any {
	for _, path := range s.scopes {
		args = append(args, "s", path)
	}
	for _, path := range s.entries {
		args = append(args, "e", path)
	}
	return args
}

// parseStale reads the words of a log message: kind and path in one, separated by spaces, which no path holds.
func parseStale(tenant, words string) stale {
	s := stale{tenant: tenant}
	for word := range strings.SplitSeq(words, " ") {
		switch {
		case word == "":
		case word[0] == 's':
			s.scopes = append(s.scopes, word[1:])
		case word[0] == 'e':
			s.entries = append(s.entries, word[1:])
		}
	}
	return s
}

// add merges the paths of another invalidation of the same tenant.
func (s *stale) add(o stale) {
	s.scopes = union(s.scopes, o.scopes)
	s.entries = union(s.entries, o.entries)
}

func union(list, more []string) []string {
	for _, path := range more {
		if !slices.Contains(list, path) {
			list = append(list, path)
		}
	}
	return list
}

// without returns what o does not name.
func (s stale) without(o stale) stale {
	named := func(list []string) func(string) bool {
		return func(path string) bool { return slices.Contains(list, path) }
	}
	return stale{
		s.tenant,
		slices.DeleteFunc(slices.Clone(s.scopes), named(o.scopes)),
		slices.DeleteFunc(slices.Clone(s.entries), named(o.entries)),
	}
}

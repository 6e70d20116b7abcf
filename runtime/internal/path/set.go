package path

import (
	"slices"
	"strings"
)

// Set is what an invalidation covers in one tenant: everything under some scopes, and some entries
// exactly.
type Set struct {
	Tenant          string // encoded
	Scopes, Entries []string
}

// Len counts the paths.
func (s Set) Len() int { return len(s.Scopes) + len(s.Entries) }

// Fields names the stamps of what is covered, and those that say that something under a prefix is.
func (s Set) Fields() []string {
	fields := slices.Clone(s.Scopes)
	for _, path := range s.Entries {
		fields = append(fields, EntryField(path))
	}
	for _, path := range slices.Concat(s.Scopes, s.Entries) {
		for run := range Leading(path) {
			if run != path {
				fields = Union(fields, []string{EntryField(AnythingUnder(run))})
			}
		}
	}
	return fields
}

// AppendWords appends kind and path of each, as scripts take them.
func (s Set) AppendWords(args []any) []any {
	for _, path := range s.Scopes {
		args = append(args, "s", path)
	}
	for _, path := range s.Entries {
		args = append(args, "e", path)
	}
	return args
}

// ParseSet reads the words of a log message: kind and path in one, separated by spaces, which no
// path holds.
func ParseSet(tenant, words string) Set {
	s := Set{Tenant: tenant}
	for word := range strings.SplitSeq(words, " ") {
		switch {
		case word == "":
		case word[0] == 's':
			s.Scopes = append(s.Scopes, word[1:])
		case word[0] == 'e':
			s.Entries = append(s.Entries, word[1:])
		}
	}
	return s
}

// Add merges the paths of another invalidation of the same tenant.
func (s *Set) Add(o Set) {
	s.Scopes = Union(s.Scopes, o.Scopes)
	s.Entries = Union(s.Entries, o.Entries)
}

// AddField adds what a field stands for.
func (s *Set) AddField(field string) {
	if path, entry := CutEntryField(field); entry {
		s.Entries = Union(s.Entries, []string{path})
	} else {
		s.Scopes = Union(s.Scopes, []string{field})
	}
}

// Union appends what a list does not hold yet.
func Union(list, more []string) []string {
	for _, path := range more {
		if !slices.Contains(list, path) {
			list = append(list, path)
		}
	}
	return list
}

// Without returns what o does not name.
func (s Set) Without(o Set) Set {
	named := func(list []string) func(string) bool {
		return func(path string) bool { return slices.Contains(list, path) }
	}
	return Set{
		s.Tenant,
		slices.DeleteFunc(slices.Clone(s.Scopes), named(o.Scopes)),
		slices.DeleteFunc(slices.Clone(s.Entries), named(o.Entries)),
	}
}

// Merge adds an invalidation to a list with one set for each tenant.
func Merge(list []Set, s Set) []Set {
	at := slices.IndexFunc(list, func(o Set) bool { return o.Tenant == s.Tenant })
	if at >= 0 {
		list[at].Add(s)
		return list
	}
	return append(list, Set{s.Tenant, slices.Clone(s.Scopes), slices.Clone(s.Entries)})
}

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
	var parents []string
	var found index
	for _, list := range [...][]string{s.Scopes, s.Entries} {
		for _, path := range list {
			for run := range Leading(path) {
				if run != path {
					parents = found.union(parents, []string{EntryField(AnythingUnder(run))})
				}
			}
		}
	}
	return append(fields, parents...)
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

// few is how many paths are searched one by one. Of more, an index is made.
const few = 16

// index finds the paths of a list that has more than a few.
type index map[string]struct{}

// union appends what a list does not hold yet; the index is that of the list.
func (x *index) union(list, more []string) []string {
	for _, path := range more {
		if x.has(list, path) {
			continue
		}
		if list = append(list, path); *x != nil {
			(*x)[path] = struct{}{}
		}
	}
	return list
}

// has reports that a list holds a path; the index is that of the list.
func (x *index) has(list []string, path string) bool {
	if len(list) <= few {
		return slices.Contains(list, path)
	}
	if *x == nil {
		*x = make(index, 2*len(list))
		for _, path := range list {
			(*x)[path] = struct{}{}
		}
	}
	_, ok := (*x)[path]
	return ok
}

// Union appends what a list does not hold yet.
func Union(list, more []string) []string { return new(index).union(list, more) }

// Without returns what o does not name.
func (s Set) Without(o Set) Set {
	without := func(list, named []string) []string {
		var x index
		return slices.DeleteFunc(slices.Clone(list), func(path string) bool { return x.has(named, path) })
	}
	return Set{s.Tenant, without(s.Scopes, o.Scopes), without(s.Entries, o.Entries)}
}

// Growing is a Set that paths are added to, each once. To add one takes the same time however many
// there are. It is not safe for concurrent use.
type Growing struct {
	Set
	scopes, entries index
}

// Add adds the paths of another invalidation of the same tenant, and returns those that were not
// there.
func (g *Growing) Add(s Set) (fresh Set) {
	scopes, entries := len(g.Scopes), len(g.Entries)
	g.Scopes = g.scopes.union(g.Scopes, s.Scopes)
	g.Entries = g.entries.union(g.Entries, s.Entries)
	return Set{g.Tenant, g.Scopes[scopes:len(g.Scopes):len(g.Scopes)], g.Entries[entries:len(g.Entries):len(g.Entries)]}
}

// AddField adds what a field stands for.
func (g *Growing) AddField(field string) {
	if path, entry := CutEntryField(field); entry {
		g.Entries = g.entries.union(g.Entries, []string{path})
	} else {
		g.Scopes = g.scopes.union(g.Scopes, []string{field})
	}
}

// Merge adds an invalidation to a list with one set for each tenant.
func Merge(list []Growing, s Set) []Growing {
	at := slices.IndexFunc(list, func(o Growing) bool { return o.Tenant == s.Tenant })
	if at < 0 {
		at = len(list)
		list = append(list, Growing{Set: Set{Tenant: s.Tenant}})
	}
	list[at].Add(s)
	return list
}

package runtime

import "strings"

// Method is the full name of a method of a repository: import path, type and method, as in
// example.com/crm/store.ContactRepository.Get. So two types of one name are told apart. What an
// application does by hand is Cache.Invalidate, without an import path.
type Method string

// Package is the import path: example.com/crm/store.
func (m Method) Package() string { return string(m[:max(m.start()-1, 0)]) }

// Type is ContactRepository.
func (m Method) Type() string {
	typ, _, _ := strings.Cut(m.Short(), ".")
	return typ
}

// Name is Get.
func (m Method) Name() string { return string(m[strings.LastIndexByte(string(m), '.')+1:]) }

// Short is what people say where no other package has a type of that name: ContactRepository.Get.
func (m Method) Short() string { return string(m[m.start():]) }

// start is where the type begins. An import path may have dots, a type and a method have none.
func (m Method) start() int {
	dot := max(strings.LastIndexByte(string(m), '.'), 0)
	return strings.LastIndexAny(string(m[:dot]), "./") + 1
}

// Matches reports that a pattern is the name, or its end from the beginning of a part on:
// ContactRepository.Get, store.ContactRepository.Get. A * stands for any part of a name, and for
// several: ContactRepository.*, *.Get, crm/store.*, or * alone, which is every method.
func (m Method) Matches(pattern string) bool {
	name := string(m)
	for {
		if matches(pattern, name) {
			return true
		}
		end := strings.IndexAny(name, "./")
		if end < 0 {
			return false
		}
		name = name[end+1:]
	}
}

// matches reports that a name is what is written between the stars of a pattern, in that order.
func matches(pattern, name string) bool {
	first, rest, star := strings.Cut(pattern, "*")
	if !star {
		return pattern == name
	}
	name, ok := strings.CutPrefix(name, first)
	if !ok {
		return false
	}
	parts := strings.Split(rest, "*")
	for _, part := range parts[:len(parts)-1] {
		if _, name, ok = strings.Cut(name, part); !ok {
			return false
		}
	}
	return strings.HasSuffix(name, parts[len(parts)-1])
}

// Package path knows what an invalidation reaches.
//
// A path is what a key says between its tenant and its version, contact:list:london:1. An entry is
// stale when the whole tenant, a leading run of the segments of its path (a scope), or exactly its
// own path is invalidated after its load began. The stamps of these invalidations are kept under
// names, fields: a scope is its own field, the whole tenant is "", and an exact path begins with a
// mark that no scope begins with.
package path

import (
	"slices"
	"strings"

	"github.com/cachegen/cachegen/runtime/internal/key"
)

// MaxScopes is how many scopes an entry is stale with: the whole tenant, and leading segments of
// its path.
const MaxScopes = 16

// Everything is the last segment of a pattern that stands for all that follows. No path ends in it.
const Everything = "*"

// EntryField names the stamp of one entry.
func EntryField(path string) string { return string(key.HashMark) + path }

// CutEntryField is the path of a field that EntryField made, or the scope that the field is.
func CutEntryField(field string) (path string, entry bool) {
	return strings.CutPrefix(field, string(key.HashMark))
}

// AnythingUnder names the stamp of the last invalidation, exact or not, of anything under a prefix.
func AnythingUnder(prefix string) string { return prefix + string(key.Separator) + Everything }

// Leading yields each leading run of segments of a path, itself included.
func Leading(path string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for i := range len(path) {
			if path[i] == key.Separator && !yield(path[:i]) {
				return
			}
		}
		yield(path)
	}
}

// Reach lists the forms that a path which is invalidated, exactly or with all under it, can have in
// the key of a read. There is one, unless the path is long: what counts as its arguments, and so
// whether and what is hashed, depends on the prefix of the read, which an invalidation does not
// know. No entry knows of more scopes than MaxScopes, so of a deeper one all that is under the last
// of these is stale.
func Reach(path []byte, all bool) []string {
	if all {
		path = path[:deepest(path)]
	}
	if len(path) <= key.MaxArgs {
		return []string{string(path)}
	}
	var forms []string
	for i, b := range path {
		if b == key.Separator && len(forms) < MaxScopes {
			forms = append(forms, string(key.AppendPath(nil, path, i)))
		}
	}
	slices.Sort(forms)
	return slices.Compact(forms)
}

// deepest is where the longest scope of a path ends that the entries under it know of. The first
// they know is the whole tenant.
func deepest(path []byte) int {
	scopes := 1
	for i, b := range path {
		if b != key.Separator {
			continue
		}
		if scopes++; scopes == MaxScopes {
			return i
		}
	}
	return len(path)
}

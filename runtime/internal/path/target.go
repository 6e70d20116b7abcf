package path

import (
	"slices"
	"strings"

	"github.com/cachegen/cachegen/runtime/internal/key"
)

// Target is an entry that a call is about: its key, and what makes it stale.
type Target struct {
	Key    string
	Tenant string // encoded
	Shard  int
	// Scopes are the paths whose invalidation makes the entry stale, shortest first: the whole
	// tenant, "", is the first, and the path of the entry itself the last.
	Scopes []string
	Fields []string // of the scopes, and of the entry itself
	Tags   []string // fields of the tags that the arguments say
	// Stripes are where the process keeps the newest stamps of these fields, as local.Stripes.Cover
	// lists them.
	Stripes []uint16
}

// All lists the fields whose stamps make the entry stale, but for those of the tags that it
// carries.
func (t *Target) All() []string {
	if len(t.Tags) == 0 {
		return t.Fields
	}
	return append(slices.Clip(t.Fields), t.Tags...)
}

// Path is the path of the entry.
func (t *Target) Path() string { return t.Scopes[len(t.Scopes)-1] }

// NewTarget returns what a key is about; finished is the same key as key.Finish returned it. What
// the target is made of is cut out of the key where that holds it as it is.
func NewTarget(k key.Key, finished string) *Target {
	t := &Target{Key: finished}
	if key.Spelled(k) {
		from, to := key.Span(k)
		t.Cut(k, EntryField(finished[from:to]), make([]string, 0, 8))
		return t
	}
	t.Tenant, t.Scopes = key.Tenant(k), slices.Clip(scopes(k))
	t.Fields = append(t.Scopes, EntryField(t.Path()))
	return t
}

// Cut fills in what is cut out of the key of the target, which is k finished and spelled out. The
// field of the entry is own. The others are appended to room.
func (t *Target) Cut(k key.Key, own string, room []string) {
	from, to := key.Span(k)
	t.Tenant = t.Key[strings.LastIndexByte(t.Key[:from-1], key.Separator)+1 : from-1]
	path := t.Key[from:to]
	fields := append(room, "")
	for i := 0; i < len(path) && len(fields) < MaxScopes; i++ {
		if path[i] == key.Separator {
			fields = append(fields, path[:i])
		}
	}
	t.Fields = append(fields, path, own)
	t.Scopes = slices.Clip(t.Fields[:len(fields)+1])
}

// own is the path of the entry that a key names.
func own(k key.Key) string {
	path, args := key.Path(k)
	return string(key.AppendPath(nil, path, args))
}

// scopes are the scopes of an entry whose key holds a hash.
func scopes(k key.Key) []string {
	path, args := key.Path(k)
	list := make([]string, 1, 8)
	for i, b := range path {
		if b != key.Separator {
			continue
		}
		if len(list) == MaxScopes {
			break
		}
		list = append(list, string(key.AppendPath(nil, path[:i], min(args, i))))
	}
	return append(list, own(k))
}

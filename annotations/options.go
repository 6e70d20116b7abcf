package annotations

import "slices"

// Name is the name of an option.
type Name string

// The options.
const (
	TTL        Name = "ttl"
	Prefix     Name = "prefix"
	Key        Name = "key"
	Ignore     Name = "ignore"
	Tenant     Name = "tenant"
	Batch      Name = "batch"
	Chunk      Name = "chunk"
	NotFound   Name = "notfound"
	Stale      Name = "stale"
	Refresh    Name = "refresh"
	Local      Name = "local"
	Strong     Name = "strong"
	Lock       Name = "lock"
	Jitter     Name = "jitter"
	Version    Name = "version"
	Share      Name = "share"
	Tags       Name = "tags"
	Invalidate Name = "invalidate"
	Put        Name = "put"
	OnSuccess  Name = "onsuccess"
	Fence      Name = "fence"
	Settle     Name = "settle"
)

// Side is the kind of method an option is for.
type Side uint8

// The sides; Both is for options that a read and a write understand.
const (
	Reads  Side = 1 << iota // methods whose answer is cached
	Writes                  // methods that make entries stale
	Both   = Reads | Writes
)

// String returns "reads", "writes" or "both".
func (s Side) String() string {
	switch s {
	case Reads:
		return "reads"
	case Writes:
		return "writes"
	default:
		return "both"
	}
}

// Spec describes an option, for the parser, the generator and the documentation.
type Spec struct {
	Name       Name
	On         Side
	Value      string   // the shape of its value, as the package doc names it: "duration"; "" for a flag
	Examples   []string // whole options: "ttl=600"; the first is the one that messages cite
	Required   bool     // on every read, if only as a default of its type
	Repeatable bool     // may be there several times in a block
	Off        bool     // "off" is a value of it
	Conflicts  []Name   // options that may not stand beside it, unless they are off
	Summary    string   // one line: what it means
}

// Options lists all options in the order of the documentation, those of reads first. The caller owns the list.
func Options() []Spec { return slices.Clone(specs) }

// Lookup returns the description of one option.
func Lookup(name Name) (Spec, bool) {
	i := slices.IndexFunc(specs, func(s Spec) bool { return s.Name == name })
	if i < 0 {
		return Spec{}, false
	}
	return specs[i], true
}

var specs = []Spec{}

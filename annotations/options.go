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
	By         Name = "by"
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
	JSONTypes  Name = "jsontypes"
	Tiers      Name = "tiers"
	Tags       Name = "tags"
	Invalidate Name = "invalidate"
	Put        Name = "put"
	OnSuccess  Name = "onsuccess"
	Fence      Name = "fence"
	Settle     Name = "settle"
	Tx         Name = "tx"

	// What silences a check of the program as a whole.
	TTLOnly     Name = "ttlonly"
	CrossTenant Name = "crosstenant"
	Harmless    Name = "harmless"
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
	Value      string   // the shape of its value in the package doc: "duration"; "" for a flag
	Examples   []string // whole options: "ttl=600"; the first is the one that messages cite
	Required   bool     // on every read, if only as a default of its type
	Repeatable bool     // may be there several times in a block
	Off        bool     // "off" is a value of it
	Conflicts  []Name   // options that may not stand beside it, unless one of them is off; mutual
	Summary    string   // one line: what it means

	parse   func(*reader) Value // nil for a flag
	list    bool                // the value is a list, separated by commas
	aliases []string            // what other tools call it
}

// aims reports whether the value is the patterns of a write. A tenant on the same line belongs to
// those.
func (s *Spec) aims() bool { return s != nil && s.On == Writes && s.Value == "patterns" }

// Options lists all options in the order of the documentation, those of reads first.
func Options() []Spec { return slices.Clone(specs) }

// Lookup returns the description of one option.
func Lookup(name Name) (Spec, bool) {
	if s := find(string(name)); s != nil {
		return *s, true
	}
	return Spec{}, false
}

// find is Lookup without the copy; nil if there is no such option.
func find(name string) *Spec { return byName[name] }

var byName = func() map[string]*Spec {
	all := make(map[string]*Spec, len(specs))
	for i := range specs {
		all[string(specs[i].Name)] = &specs[i]
	}
	return all
}()

// specs is the one table of options: the parser, its messages and the documentation all follow it.
var specs = []Spec{
	{
		Name: TTL, On: Reads, Value: "duration", parse: readDuration, Required: true,
		Examples: []string{"ttl=600", "ttl=10m", "ttl=ContactTTL"},
		Summary:  "how long an answer is kept: seconds, a Go duration, or a constant",
		aliases:  []string{"expire", "expires", "expiry", "expiration", "maxage"},
	},
	{
		Name: Prefix, On: Reads, Value: "path", parse: readPath, Required: true,
		Examples: []string{"prefix=contact:list"},
		Summary:  "the literal segments that the keys of this read begin with",
		aliases:  []string{"name", "path", "namespace"},
	},
	{
		Name: Key, On: Reads, Value: "template", parse: readTemplate,
		Examples: []string{"key={id}:{f.Stage}"},
		Summary:  "what of the arguments makes the key; by default every parameter but the context, in order",
	},
	{
		Name: Ignore, On: Reads, Value: "params", parse: readParams, list: true, Repeatable: true,
		Examples: []string{"ignore={db}", "ignore={db},{opts}"},
		Summary:  "parameters that do not change the answer and stay out of the key",
		aliases:  []string{"skip", "exclude", "omit"},
	},
	{
		Name: Tenant, On: Both, Value: "tenant", parse: readTenant,
		Examples: []string{"tenant=global", "tenant={orgID}", "tenant=*", "tenant=context"},
		Summary:  "whose entries: the tenant of the context (the default), one scope for all, an argument, or, for writes, every tenant",
		aliases:  []string{"scope"},
	},
	{
		Name: Batch, On: Reads, Value: "param", parse: readItems,
		Examples: []string{"batch={ids}"},
		Summary:  "the slice parameter to split into one entry per item, shared with the single read of the prefix",
	},
	{
		Name: By, On: Reads, Value: "identity", parse: readIdentity,
		Examples: []string{"by={result.ID}", "by=position"},
		Summary:  "which item an element of a batch's slice is about: the one it names, or the one at its position",
		aliases:  []string{"identity", "match"},
	},
	{
		Name: Chunk, On: Reads, Value: "number", parse: readNumber,
		Examples: []string{"chunk=500"},
		Summary:  "how many items of a batch one load asks for at most",
	},
	{
		Name: NotFound, On: Reads, Value: "duration", parse: readDuration, Off: true,
		Examples: []string{"notfound=30s"},
		Summary:  "remember for that long that there is nothing",
		aliases:  []string{"negative", "missing"},
	},
	{
		Name: Stale, On: Reads, Value: "duration", parse: readDuration, Off: true,
		Examples: []string{"stale=1h"},
		Summary:  "keep an answer for that long past its ttl, to serve when the load fails",
		aliases:  []string{"grace"},
	},
	{
		Name: Refresh, On: Reads, Value: "percent | duration", parse: readPercentOrDuration, Off: true,
		Examples: []string{"refresh=80%", "refresh=2m"},
		Summary:  "reload in the background once that much of the ttl has passed, or that long before its end",
	},
	{
		Name: Local, On: Reads, Value: "duration", parse: readDuration, Off: true, Conflicts: []Name{Strong},
		Examples: []string{"local=5s", "local=off"},
		Summary:  "the longest life of the in-process copy; off keeps none",
		aliases:  []string{"memory"},
	},
	{
		Name: Strong, On: Reads, Off: true, Conflicts: []Name{Local},
		Examples: []string{"strong"},
		Summary:  "never answer from the in-process copy",
		aliases:  []string{"consistent"},
	},
	{
		Name: Lock, On: Reads, Off: true,
		Examples: []string{"lock=off"},
		Summary:  "do not wait for another process that loads the same key",
	},
	{
		Name: Jitter, On: Reads, Value: "percent", parse: readPercent, Off: true,
		Examples: []string{"jitter=10%"},
		Summary:  "spread expiry over that part of the ttl",
	},
	{
		Name: Version, On: Reads, Value: "number | constant", parse: readVersion,
		Examples: []string{"version=2", "version=ModelVersion"},
		Summary:  "force new keys when the meaning of a result changes and its type does not",
	},
	{
		Name: Share, On: Reads, Off: true,
		Examples: []string{"share"},
		Summary:  "hand out the cached value itself instead of a copy; callers must not change it",
		aliases:  []string{"shared", "noclone"},
	},
	{
		Name: JSONTypes, On: Reads, Value: "types", parse: readTypes, list: true, Off: true,
		Examples: []string{"jsontypes=Price", "jsontypes=Price,api.Union"},
		Summary:  "these types travel by their own `MarshalJSON` and `UnmarshalJSON`",
	},
	{
		Name: Tiers, On: Reads, Value: "tiers", parse: readTiers, list: true,
		Examples: []string{"tiers=local"},
		Summary:  "where entries live: local,redis by default; local alone keeps what has no encoding",
		aliases:  []string{"tier", "levels"},
	},
	{
		Name: Tags, On: Reads, Value: "patterns", parse: readEntries, list: true, Repeatable: true,
		Examples: []string{"tags=contact:{result.ID}"},
		Summary:  "further paths that make the entry stale, from arguments or results",
	},
	{
		Name: TTLOnly, On: Reads, Off: true,
		Examples: []string{"ttlonly"},
		Summary:  "the ttl is enough: no write has to invalidate this read",
	},
	{
		Name: CrossTenant, On: Reads, Off: true,
		Examples: []string{"crosstenant"},
		Summary:  "an entry with tenant=global may carry what belongs to one tenant, such as the session behind a token",
	},
	{
		Name: Invalidate, On: Writes, Value: "patterns", parse: readPatterns, list: true, Repeatable: true, Conflicts: []Name{Tx, Harmless},
		Examples: []string{"invalidate=contact:{c.ID}", "invalidate=user:*", "invalidate=contact:{result.ID},contact:list:*"},
		Summary:  "what the write makes stale: one entry, or everything under a path",
		aliases:  []string{"evict", "delete", "purge", "clear", "flush"},
	},
	{
		Name: Put, On: Writes, Value: "patterns", parse: readEntries, list: true, Repeatable: true, Conflicts: []Name{Fence, Settle, Tx, Harmless},
		Examples: []string{"put=contact:{result.ID}"},
		Summary:  "store the result, or the parameter, as the entry that the matching read would",
		aliases:  []string{"store", "set", "writethrough"},
	},
	{
		Name: OnSuccess, On: Writes, Off: true, Conflicts: []Name{Fence, Tx, Harmless},
		Examples: []string{"onsuccess"},
		Summary:  "invalidate only when the method returned no error",
	},
	{
		Name: Fence, On: Writes, Off: true, Conflicts: []Name{Put, OnSuccess, Tx, Harmless},
		Examples: []string{"fence"},
		Summary:  "invalidate before the write as well, and fill nothing until it is over: a crash in between leaves nothing stale",
	},
	{
		Name: Settle, On: Writes, Value: "duration", parse: readDuration, Off: true, Conflicts: []Name{Put, Tx, Harmless},
		Examples: []string{"settle=2s"},
		Summary:  "fill nothing for that long after the write, for loads that read a lagging replica",
	},
	{
		Name: Tx, On: Writes, Off: true, Conflicts: []Name{Invalidate, Put, OnSuccess, Fence, Settle, Harmless},
		Examples: []string{"tx"},
		Summary:  "the method hands out the repository itself, inside a transaction: wrap it",
		aliases:  []string{"transaction"},
	},
	{
		Name: Harmless, On: Writes, Off: true, Conflicts: []Name{Invalidate, Put, OnSuccess, Fence, Settle, Tx},
		Examples: []string{"harmless"},
		Summary:  "the method looks like a write and makes nothing stale that is cached",
	},
}

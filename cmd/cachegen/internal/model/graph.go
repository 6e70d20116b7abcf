package model

// Graph is what a program reads from its cache, what makes that stale, and how the two hang
// together. It is for people and for other programs: everything in it is text, and its JSON keeps
// its shape. Members may be added; those that are there keep their names and meanings.
type Graph struct {
	// If there is one, the graph has only reads with entries that it drops, and their writes.
	Pattern      string       `json:"pattern,omitempty"`
	Repositories []Repository `json:"repositories"`
	// Some of those that there are, for a pattern that drops nothing.
	Prefixes string `json:"-"`
}

// Repository is one interface with directives.
type Repository struct {
	Package string `json:"package"` // example.com/crm
	Name    string `json:"name"`    // ContactRepository
	File    string `json:"file"`    // relative to where the tool runs, with slashes
	Line    int    `json:"line"`
	Methods []Node `json:"methods"`
}

// Node is one method. It has a Cached if it is a read, a Change if it is a write.
type Node struct {
	ID     string  `json:"id"` // example.com/crm.ContactRepository.Get
	Name   string  `json:"name"`
	Line   int     `json:"line,omitempty"` // 0 for methods of embedded interfaces
	Kind   Kind    `json:"kind"`
	Read   *Cached `json:"read,omitempty"`
	Change *Change `json:"write,omitempty"`
}

// Kind is what becomes of a method.
type Kind string

// The kinds of methods.
const (
	KindRead      Kind = "read"
	KindWrite     Kind = "write"
	KindTx        Kind = "tx" // it hands out the repository, wrapped
	KindDelegated Kind = "delegated"
	KindRefused   Kind = "refused" // something is wrong with its directives
)

// Cached is a read. Durations are as Go prints them: 10m0s.
type Cached struct {
	Key      string `json:"key"`    // contact:{id}
	Shape    string `json:"shape"`  // contact:{string}
	Result   string `json:"result"` // *Contact, or (Contact, bool)
	TTL      string `json:"ttl"`
	NotFound string `json:"notfound,omitempty"`
	Tenant   string `json:"tenant"` // context, global, or {orgID}
	// The longest life of the copy in the process, or off.
	Local  string `json:"local,omitempty"`
	Strong bool   `json:"strong,omitempty"`
	Tiers  string `json:"tiers,omitempty"`  // local: entries live in the process alone
	Jitter string `json:"jitter,omitempty"` // 10%
	NoLock bool   `json:"nolock,omitempty"`
	// The parameter with the items, of which each has an entry: {ids}.
	Batch string `json:"batch,omitempty"`
	// Of a batch that returns a slice, how elements are matched with items: {result.ID}, or
	// position.
	By       string `json:"by,omitempty"`
	Chunk    int    `json:"chunk,omitempty"`
	TTLOnly  bool   `json:"ttlonly,omitempty"`
	Clone    string `json:"clone"`              // copied, plain, shared or encoded
	CloneWhy string `json:"cloneWhy,omitempty"` // of encoded
	// Further paths that make it stale: contact:{result.ID}.
	Tags          []string `json:"tags,omitempty"`
	Drops         Extent   `json:"drops,omitempty"` // what the pattern of the graph drops
	InvalidatedBy []Reach  `json:"invalidatedBy"`
}

// Change is a write.
type Change struct {
	Invalidates []Target `json:"invalidates"`
	Puts        []Target `json:"puts,omitempty"`
	OnSuccess   bool     `json:"onsuccess,omitempty"`
	Fence       bool     `json:"fence,omitempty"`
	Settle      string   `json:"settle,omitempty"`
}

// Target is one pattern of a write, and what it reaches.
type Target struct {
	Pattern string  `json:"pattern"` // contact:{c.ID}
	Tenant  string  `json:"tenant"`  // context, global, *, or {orgID}
	Reads   []Reach `json:"reads"`
}

// Reach is one end of an edge.
type Reach struct {
	Method  string `json:"method"`            // the ID of the other end
	Pattern string `json:"pattern,omitempty"` // by which a write gets there
	Tag     string `json:"tag,omitempty"`     // of the read, if that is how the pattern gets there
	Entries Extent `json:"entries"`
}

// Extent says how many of the entries of a read are meant.
type Extent string

// The extents.
const (
	Every Extent = "all"  // all of them, for the tenant
	Many  Extent = "some" // those that begin alike
	One   Extent = "one"
	Hung  Extent = "tagged" // those that hang on it
)

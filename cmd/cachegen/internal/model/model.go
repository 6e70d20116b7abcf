// Package model is what will be generated, as plain data: check fills it in from directives and Go
// types, emit prints it.
//
// It holds go/types values, because a printer needs them, and nothing of go/packages, go/ast or of
// printing. Everything in it is valid: whatever could be wrong has been reported before a File
// exists. Slices are in source order.
package model

import (
	"go/types"
	"slices"
	"time"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/shape"
)

// File is one output file, named after the source file that declares its wrappers.
type File struct {
	Path    string // absolute: /src/crm/contacts_cachegen.go
	Package *types.Package
	View    *shape.View // of the package
	// The source file's //go:build expression, the GOOS and GOARCH of its name included; "" if it
	// has none.
	Constraint string
	Wrappers   []Wrapper
}

// Wrapper is the decorator of one repository type.
type Wrapper struct {
	Name    string       // CachedContactRepository
	Source  *types.Named // ContactRepository
	ByValue bool         // next is a Source, which is no interface, rather than a pointer to one
	Methods []Method
}

// Method is one method of a wrapper. With neither Read nor Write nor Tx it is delegated untouched.
type Method struct {
	Name      string
	Signature *types.Signature
	Read      *Read
	Write     *Write
	Tx        *Tx
}

// Tx is a method that hands out the repository itself, inside a transaction. The wrapper's hands
// out a wrapper.
type Tx struct {
	// Of the wrapped method. That of the wrapper differs unless the repository is an interface: it
	// has the wrapper's type.
	Inner   *types.Signature
	Results []TxPart
	Func    int      // the parameter that is called with the repository; -1: none
	Args    []TxPart // of that
}

// TxPart is a result or an argument that is the repository.
type TxPart struct {
	Index int
	Value bool // a type that is no interface, rather than a pointer to one
}

// HasResult reports whether a result is the repository.
func (tx *Tx) HasResult(i int) bool {
	return tx != nil && slices.ContainsFunc(tx.Results, func(p TxPart) bool { return p.Index == i })
}

// HandsOutPointer reports whether the wrapped method hands out a pointer. Of an interface that
// means nothing.
func (tx *Tx) HandsOutPointer() bool {
	pointer := func(p TxPart) bool { return !p.Value }
	return tx != nil && (slices.ContainsFunc(tx.Results, pointer) || slices.ContainsFunc(tx.Args, pointer))
}

// Read is a method whose answer is cached.
type Read struct {
	Prefix   string // contact:list, as it stands in the directive
	TTL      Duration
	NotFound Duration // none: not-found answers are not cached
	Version  string   // fingerprint of the result type, 8 hex digits
	Tenant   Tenant
	Key      []Segment
	// The cached result; of several, a struct of them; of a batch, that of one item.
	Value types.Type
	// As which the value is written, if a part of it travels by its JSON; nil: the file's.
	View *shape.View
	// Of that struct, in the order of the results; nil: the value is the one result.
	Fields []string
	// The field that tells "not found": a bool that is false, a pointer that is nil; "" if none
	// does.
	Missing string
	Strong  bool
	Local   Duration // none: the copy in the process lives as long as the entry
	NoLocal bool
	// Entries live in the process alone, so the result needs no encoding.
	InProcess bool
	Clone     Clone
	// Parameters of which the load has copies of its own: the caller can give up, and change what
	// it has passed, while the load goes on.
	Own []int
	// There is generated code for the bytes of the result; else it is generic, and the runtime's
	// codec sees it by reflection.
	Codec  bool
	Tags   []Tag
	Jitter int    // percent; 0: none
	NoLock bool   // loads of other processes are not waited for
	Batch  *Batch // nil: the arguments of a call make one entry
}

// Batch is what a read for many items splits.
type Batch struct {
	Param int        // the slice of the items, in the signature's parameters
	Field string     // of that parameter, a struct, which is the slice; "": the parameter is
	Item  types.Type // an element of it
	List  bool       // the result is a slice, else a map from the items
	// What of an element of the slice is the item that it is about; nil: an element is about the
	// item at its position.
	By    *Value
	Chunk int // how many items one load may ask for; 0: all
}

// Tag is one pattern of tags=: a path, or one for each element of a list, that makes the entry
// stale.
type Tag struct {
	Text string // as written: contact:{result.ID}
	// The same for all reads that share entries: what is part of their keys goes by its place
	// there, as in profile:{1}.
	Shared   string
	Prefix   string // the leading literal segments: contact
	Segments []Segment
	Loops    []Value // the lists that values of Segments are elements of, the outer first
	Result   bool    // it is known once the method has returned
}

// Duration is a length of time: a value, or the constant that had it when the code was generated.
// The code names the constant, so that it follows when that changes. The zero Duration is none.
type Duration struct {
	D     time.Duration
	Const *types.Const // a time.Duration, or an integer for seconds; nil: D is all there is
}

// Clone says what keeps callers from changing each other's results.
type Clone struct {
	How Cloning
	Why string // of Encoded, what cannot be copied: Page.next (func() error) is a func
}

// Cloning is how a result in the process becomes a caller's.
type Cloning uint8

// The kinds of cloning.
const (
	Encoded Cloning = iota // the process keeps bytes, and decodes them each time
	Copied                 // by a function that copies all that the result refers to
	Plain                  // by assignment: the result refers to nothing that can be changed
	Shared                 // not at all, by the user's leave
)

// Write is a method that makes entries stale.
type Write struct {
	Invalidations []Invalidation
	Puts          []Put
	OnSuccess     bool
	Fence         bool
	Settle        Duration
}

// Put is one pattern of put=: the entry of a read that the write stores, or else invalidates.
type Put struct {
	Invalidation // its prefix is that of the read
	// The repository that reads the entry, if that is another of the package; nil: the wrapper's
	// own.
	Reader *types.Named
	Read   *Read
	Method string // which has that read
	Value  Root   // what is stored; of a put that goes through a list, its element
	// Those of the read, over what the method has. Their loops come after those of the put.
	Tags []Tag
}

// Invalidation is one pattern of a write.
type Invalidation struct {
	Text     string // as written, for the doc comment: contact:{c.ID}
	Tenant   Tenant
	Prefix   string    // the leading literal segments: contact
	Segments []Segment // what follows them
	Loops    []Value   // the lists that values of Segments are elements of, the outer first
	All      bool      // everything under it, not that entry alone
	Phase    Phase
}

// Phase says when the placeholders of an invalidation are evaluated.
type Phase uint8

// The phases. What is known before the call can be fenced.
const (
	After  Phase = iota // once the method has returned
	Before              // before it is called; it cannot change what they stand for
	Around              // both: {c.ID} of a pointer may be another one afterwards
)

// Segment is one template segment: at most one placeholder with literal text around it.
type Segment struct {
	Before, After string
	Value         *Value // nil: Before is the whole segment
}

// Value is an expression over the parameters or results of a method.
type Value struct {
	Root  Root
	Steps []Step     // .Address.City, .Stage()
	Type  types.Type // of the whole expression
}

// Root is where an expression starts.
type Root struct {
	Result bool // a result of the method, else a parameter
	Item   bool // one item of the parameter, a slice that a batch splits
	Index  int  // in the signature's tuple
	// Of a tag or an invalidation: an element of its Loops[Loop-1], which begins there; 0: the
	// parameter or result itself.
	Loop int
	Type types.Type
}

// Step is one selection on the way: a field or a method without parameters, or what a function of
// the package makes of the value before it: {Fold(q)}, and {ctx.UserOf()} of a context.
type Step struct {
	Name string
	Call bool
	Func bool       // it is a function of the package
	Dot  bool       // which is written as a method is, because the value is a context
	Type types.Type // of the expression up to and including this step
}

// Tenant says whose entries a read or an invalidation is about. Sealed: FromContext, Global, All,
// FromValue.
type Tenant interface{ tenant() }

type (
	// FromContext takes the tenant that runtime.WithTenant or Options.Tenant supplies.
	FromContext struct{}
	// Global is the scope that all tenants share.
	Global struct{}
	// All is every tenant, for invalidations only.
	All struct{}
	// FromValue takes the tenant from an argument: a string or an integer.
	FromValue struct{ Value Value }
)

func (FromContext) tenant() {}
func (Global) tenant()      {}
func (All) tenant()         {}
func (FromValue) tenant()   {}

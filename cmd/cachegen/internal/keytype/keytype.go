// Package keytype decides which types have a stable key, and how each is encoded.
package keytype

import "go/types"

// Encoding says how the values of one type become key segments.
type Encoding interface{ encoding() }

// Refusal says which part of a type has no stable key, and why.
type Refusal struct {
	Path   string     // from the value: "" itself, .Owner.cache, [] for an element, [key] for a map's key
	Type   types.Type // what stands there
	Reason string     // "a function has no stable key"
}

// Of returns how values of t are encoded in code of package from, or the first part of t that cannot be.
func Of(t types.Type, from *types.Package) (Encoding, *Refusal) {
	return nil, nil
}

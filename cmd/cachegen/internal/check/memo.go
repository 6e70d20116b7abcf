package check

import (
	"go/types"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/codec"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/fingerprint"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/keytype"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/model"
)

// memo is what a package has found out about types. The methods of a repository are about the same few, and each question walks all of one. Refusals
// are not kept, since they speak of the type as it is written.
type memo struct {
	keys     map[typeID]keyed
	travels  map[typeID]bool // its values have bytes
	cloning  map[typeID]model.Cloning
	versions map[versionID]string
}

func newMemo() memo {
	return memo{make(map[typeID]keyed), make(map[typeID]bool), make(map[typeID]model.Cloning), make(map[versionID]string)}
}

// typeID stands for a type. Two that are identical may have different ones; that costs time only.
type typeID struct {
	base types.Type
	wrap uint32 // the pointers and slices around it
}

// What a typeID wraps a type in, the outermost in the highest of its pairs of bits.
const (
	pointer = 1
	slice   = 2
	wrapped = 3
)

// idOf sees through pointers and slices, which are other values wherever they are written.
func idOf(t types.Type) typeID {
	id := typeID{base: types.Unalias(t)}
	for id.wrap < 1<<30 {
		switch u := id.base.(type) {
		case *types.Pointer:
			id = typeID{types.Unalias(u.Elem()), id.wrap<<2 | pointer}
		case *types.Slice:
			id = typeID{types.Unalias(u.Elem()), id.wrap<<2 | slice}
		default:
			return id
		}
	}
	return id
}

// parts stands for what decides whether values of a type can be copied and written: for pointers to, and slices of, pointers to something, that is
// the innermost pointer.
func (id typeID) parts() typeID {
	if id.wrap&wrapped == pointer {
		id.wrap = pointer
	}
	return id
}

// keyed is what a type is as a part of keys.
type keyed struct {
	encoding keytype.Encoding
	kind     kind
	class    class
}

func (c *checker) keyed(t types.Type) (keyed, *keytype.Refusal) {
	id := idOf(t)
	if k, ok := c.memo.keys[id]; ok {
		return k, nil
	}
	encoding, refusal := keytype.Of(t, c.pkg.Types)
	if refusal != nil {
		return keyed{}, refusal
	}
	k := keyed{encoding, kindOf(encoding), classOf(encoding)}
	c.memo.keys[id] = k
	return k, nil
}

// untravelled is why values of a type have no bytes, as generated code writes them; nil if they have.
func (c *checker) untravelled(t types.Type) *codec.Refusal {
	id := idOf(t).parts()
	if c.memo.travels[id] {
		return nil
	}
	_, refusal := codec.Of(t, c.pkg.Types)
	if refusal == nil {
		c.memo.travels[id] = true
	}
	return refusal
}

// versionID is what a fingerprint is made of, if that is not unusual.
type versionID struct {
	result  typeID
	version int
	keys    [2]typeID
}

// fingerprint returns the version of a read.
func (c *checker) fingerprint(m *method, r *model.Read, version int) string {
	result, keys, apart := shapeOf(r), keyTypes(r.Key), c.apart(m)
	if len(keys) > 2 || len(apart) > 0 {
		return fingerprint.Of(result, version, append(keys, apart...)...)
	}
	id := versionID{result: idOf(result), version: version}
	for i, t := range keys {
		id.keys[i] = idOf(t)
	}
	known, ok := c.memo.versions[id]
	if !ok {
		known = fingerprint.Of(result, version, keys...)
		c.memo.versions[id] = known
	}
	return known
}

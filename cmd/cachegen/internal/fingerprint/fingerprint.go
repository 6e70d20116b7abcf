// Package fingerprint names in 8 hex digits what the entries of a read consist of, so that an entry
// is never decoded as another type.
//
// What is hashed is a canonical text of the codec's plan for the result: every struct with the
// fields that travel, in order, their names, types and tags; every named type with its import path
// and what it stands for, through all packages; every type that travels by methods of its own with
// those methods and, as these may write whatever it has, with all its fields. So a version changes
// whenever the plan does, also if all that happened is that a type of another package gained a
// method. It depends on the program alone, and not on the machine, the Go release, or the order in
// which packages were loaded: aliases are resolved, and of a type of the standard library, whose
// unexported fields change with each release, nothing counts but its name and how it travels.
package fingerprint

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"go/types"
	"strings"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/codec"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/keytype"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/shape"
)

// format counts the incompatible changes of the canonical text, and of how generated code stores
// results.
const format = "cachegen 2"

// Of returns the version of entries that hold a result: a hash of how it travels in code that has
// the view, of how composite keys are encoded (a struct whose fields change places must not read
// the keys of its former self) and of the user's version=, "0" if there is none. Key types that are
// one segment each do not count, so that a method for one id and a method for many can share
// entries.
func Of(v *shape.View, result types.Type, version string, keys ...types.Type) string {
	return sum(canonical(v, result, version, keys))
}

// Tagged returns the version of entries that carry tags as well. Processes that know of other tags
// must not read them, nor write what these would read.
func Tagged(version string, tags []string) string {
	if len(tags) == 0 {
		return version
	}
	return sum(version + " tags " + strings.Join(tags, ","))
}

// In returns the version of entries that are those of one package alone.
func In(pkg, version string) string { return sum(version + " in " + pkg) }

// InProcess returns the version of entries that live in one process. They do not travel, so the
// name of their type says it all; and no other read has an entry in common with them.
func InProcess(version string, result types.Type) string {
	return sum(version + " in the process " + types.TypeString(result, (*types.Package).Path))
}

func sum(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:4])
}

func canonical(v *shape.View, result types.Type, version string, keys []types.Type) string {
	text := fmt.Sprintf("%s version=%s %s", format, version, textsOf(v, result).result(result))
	for _, k := range keys {
		if t := textsOf(v, k).key(k); t != "" {
			text += " key " + t
		}
	}
	return text
}

// texts are those of the types that have been asked for.
type texts struct {
	view          *shape.View
	results, keys map[*shape.Node]string
}

// textsOf returns the texts for the view of whoever reads and writes values of the type. For a type
// that depends on type parameters, that is reflection.
func textsOf(v *shape.View, t types.Type) *texts {
	if shape.Parametric(t) {
		v = v.Reflection()
	}
	return shape.Kept(v, func(v *shape.View) *texts {
		return &texts{v, make(map[*shape.Node]string), make(map[*shape.Node]string)}
	})
}

// result says how a result travels. One that cannot has been reported, so any text will do.
func (x *texts) result(t types.Type) string {
	n := x.view.Node(t)
	text, ok := x.results[n]
	if !ok {
		if p, refusal := codec.Of(t, x.view); refusal == nil {
			text = spelled(x.view, func(w *writer) { w.value(n, p) })
		}
		x.results[n] = text
	}
	return text
}

// key says how a key is encoded; "" if it is one segment, or has been reported because it has no
// stable key.
func (x *texts) key(t types.Type) string {
	n := x.view.Node(t)
	text, ok := x.keys[n]
	if !ok {
		if e, refusal := keytype.Of(t, x.view); refusal == nil && composite(e) {
			text = spelled(x.view, func(w *writer) { w.encoded(n, e) })
		}
		x.keys[n] = text
	}
	return text
}

// composite reports whether values of an encoding are several segments, or could be.
func composite(e keytype.Encoding) bool {
	switch e := e.(type) {
	case keytype.Scalar:
		return e.Method == "Time"
	case keytype.Param:
		return !e.Bare
	case *keytype.Pointer:
		return composite(e.Elem)
	}
	return true
}

package runtime

import (
	"encoding/binary"
	"errors"
	"fmt"
	"reflect"
	"sync"

	"github.com/cachegen/cachegen/runtime/internal/entry"
)

// rememberedError is an error that means "not found" as it comes out of the cache: with the text it
// had, and inside an error by which callers know it.
type rememberedError struct {
	text string
	like error
}

func (e *rememberedError) Error() string { return e.text }
func (e *rememberedError) Unwrap() error { return e.like }

// appendMissing appends the payload of an error, if it means "not found".
func (o *settings) appendMissing(dst []byte, err error) ([]byte, bool) {
	for _, sentinel := range o.notFound {
		if errors.Is(err, sentinel) {
			return appendRemembered(append(dst, payloadMissing), sentinel.Error(), err), true
		}
	}
	if o.isNotFound != nil && o.isNotFound(err) {
		return appendRemembered(append(dst, payloadMissingLike), o.known.learn(err, o.isNotFound), err), true
	}
	return dst, false
}

func appendRemembered(dst []byte, name string, err error) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(name)))
	return append(append(dst, name...), err.Error()...)
}

func parseRemembered(b []byte) (name, text string, bad error) {
	n, size := binary.Uvarint(b)
	if size <= 0 || n > uint64(len(b)-size) {
		return "", "", fmt.Errorf("%w: remembered error", entry.ErrCorrupt)
	}
	return string(b[size : size+int(n)]), string(b[size+int(n):]), nil
}

func (o *settings) parseMissing(b []byte) (answer, bad error) {
	name, text, bad := parseRemembered(b)
	if bad != nil {
		return nil, bad
	}
	for _, sentinel := range o.notFound {
		if sentinel.Error() == name {
			if text == name {
				return sentinel, nil
			}
			return &rememberedError{text, sentinel}, nil
		}
	}
	return nil, fmt.Errorf("%w: it remembers the error %q, which Options.NotFound does not list", entry.ErrCorrupt, name)
}

func (o *settings) parseMissingLike(b []byte) (answer, bad error) {
	name, text, bad := parseRemembered(b)
	if bad != nil {
		return nil, bad
	}
	if like := o.known.find(name, text); like != nil {
		return &rememberedError{text, like}, nil
	}
	return nil, errUnknown
}

// errUnknown is an entry with an error of a kind that this process has not met yet. It has to ask
// the repository for one.
var errUnknown = errors.New("an error that this process does not know")

// knownErrors are errors that Options.IsNotFound accepts. Bytes do not say how to make one, so a
// process learns them from its own loads.
//
// What is known of a type is its zero value, if that is accepted: the fields of an error may be
// about a row of another tenant. Where it takes a field, a code for one, only an error of the same
// text will do.
type knownErrors struct {
	mu     sync.Mutex
	empty  map[string]error // by type
	byText map[string]error
}

// maxKnownTexts bounds what is kept by text.
const maxKnownTexts = 1000

// learn remembers an error, and returns the name of its type if that is enough to know.
func (k *knownErrors) learn(err error, accepts func(error) bool) (name string) {
	name, empty := emptyOf(err, accepts)
	k.mu.Lock()
	defer k.mu.Unlock()
	if empty != nil {
		if k.empty == nil {
			k.empty = make(map[string]error)
		}
		k.empty[name] = empty
		return name
	}
	if k.byText == nil || len(k.byText) >= maxKnownTexts {
		k.byText = make(map[string]error)
	}
	k.byText[err.Error()] = err
	return ""
}

func (k *knownErrors) find(name, text string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if name != "" {
		return k.empty[name]
	}
	return k.byText[text]
}

// emptyOf returns the zero value of the first type in the chain of an error whose zero value is
// accepted, and the name of the type; nil if there is none.
func emptyOf(err error, accepts func(error) bool) (name string, empty error) {
	for err != nil {
		if e := zeroOf(err); acceptsSafely(accepts, e) {
			return nameOfType(reflect.TypeOf(err)), e
		}
		if many, ok := err.(interface{ Unwrap() []error }); ok {
			for _, one := range many.Unwrap() {
				if name, empty := emptyOf(one, accepts); empty != nil {
					return name, empty
				}
			}
			return "", nil
		}
		err = errors.Unwrap(err)
	}
	return "", nil
}

func zeroOf(err error) error {
	t := reflect.TypeOf(err)
	if t.Kind() == reflect.Pointer {
		return reflect.New(t.Elem()).Interface().(error)
	}
	return reflect.Zero(t).Interface().(error)
}

// acceptsSafely asks for an error that its package may not have meant to exist.
func acceptsSafely(accepts func(error) bool, err error) (ok bool) {
	defer func() {
		if recover() != nil {
			ok = false
		}
	}()
	_ = err.Error()
	return accepts(err)
}

// nameOfType tells types of two packages apart. One without a name has no other of its kind.
func nameOfType(t reflect.Type) string {
	if t.Kind() == reflect.Pointer {
		return "*" + nameOfType(t.Elem())
	}
	return t.PkgPath() + "." + t.Name()
}

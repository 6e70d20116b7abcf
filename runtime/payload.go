package runtime

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/cachegen/cachegen/runtime/internal/entry"
	"github.com/cachegen/cachegen/runtime/internal/local"
	"github.com/cachegen/cachegen/runtime/internal/wire"
)

// The payload of an entry is its kind, one byte, and what follows from that: for a value the bytes
// of the codec, for a remembered error the text of the listed error, its length first, and the text
// of the whole.
const (
	payloadValue       = 'v'
	payloadNil         = 'n' // a nil pointer, remembered by notfound=
	payloadMissing     = 'e' // an error of Options.NotFound
	payloadMissingLike = 'i' // an error that Options.IsNotFound accepts
	// An item that a batch did not find; what the single read would say of it is not known.
	payloadAbsent = 'a'
)

// errAbsent is the entry of an item that a batch did not find, to a single read: it has to ask the
// repository.
var errAbsent = errors.New("absent from a batch")

// part is what an answer says of one item. A single read has one.
type part struct {
	value any
	err   error // of a single read: the error that is the answer
	there bool  // of a batch: the item is in the map
	none  bool  // of a batch: it was not found, though a map may have a nil pointer for it
	// Of a batch of rows: value is a []any, the rows of one item. Nothing is stored of them.
	several bool
}

// absent is the payload of a part of a batch that was not found.
func (p *part) absent() []byte {
	if p.there {
		return []byte{payloadAbsent, payloadNil}
	}
	return []byte{payloadAbsent}
}

// encode returns the payload of a value. Of a read InProcess it is the kind alone.
func (m *method) encode(v any) ([]byte, error) {
	if m.result.isNil(v) {
		return []byte{payloadNil}, nil
	}
	dst := []byte{payloadValue}
	if m.o.InProcess {
		return dst, nil
	}
	if m.codec != nil {
		return m.codec.Append(dst, v)
	}
	return wire.Append(dst, v, m.result.encode)
}

// open returns what a payload says; bad is why it cannot be used. To a batch, an error that the
// single read remembers is an item that was not found.
func (m *method) open(payload []byte) (p part, bad error) {
	if len(payload) == 0 {
		return p, entry.ErrCorrupt
	}
	data := payload[1:]
	switch kind := payload[0]; kind {
	case payloadValue:
		p.value, bad = m.decode(data)
		p.there = bad == nil
		return p, bad
	case payloadNil:
		return part{none: true}, nil
	case payloadMissing:
		if m.batched {
			return part{none: true}, nil
		}
		p.err, bad = m.c.o.parseMissing(data)
		return p, bad
	case payloadMissingLike:
		if m.batched {
			return part{none: true}, nil
		}
		p.err, bad = m.c.o.parseMissingLike(data)
		return p, bad
	case payloadAbsent:
		if m.batched {
			return part{there: len(data) > 0, none: true}, nil
		}
		return p, errAbsent
	default:
		return p, fmt.Errorf("%w: payload of kind %q", entry.ErrCorrupt, kind)
	}
}

// decode reads the bytes of a value.
func (m *method) decode(data []byte) (v any, bad error) {
	if m.o.InProcess {
		return nil, errInProcess
	}
	if m.codec == nil {
		return wire.Read(data, m.result.typ, m.result.decode)
	}
	to := reflect.New(m.result.typ)
	bad = m.codec.Decode(data, to.Interface())
	return to.Elem().Interface(), bad
}

// openCopy returns what a local copy says, and its payload.
func (m *method) openCopy(c *local.Copy) (p part, payload []byte, bad error) {
	if c.Payload != nil {
		p, bad = m.open(c.Payload)
		return p, c.Payload, bad
	}
	v := m.copy(c.Value)
	payload, bad = m.encode(v)
	return part{value: v, there: true}, payload, bad
}

// openOutcome returns what a flight of somebody else brought, in a copy for one caller.
func (m *method) openOutcome(payload []byte, kept any) (p part, bad error) {
	if m.o.InProcess && len(payload) > 0 && payload[0] == payloadValue {
		return part{value: m.copy(kept), there: true}, nil
	}
	return m.open(payload)
}

// copy returns a value for one caller, of a method whose results are kept decoded.
func (m *method) copy(v any) any {
	if m.plain {
		return v
	}
	return m.result.clone(v)
}

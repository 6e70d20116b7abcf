package runtime

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"

	"github.com/cachegen/cachegen/runtime/internal/wire"
)

// An entry in Redis:
//
//	 0  token     8 bytes, the claim of a running load; zero when there is none
//	 8  stamp     8 bytes, of that load
//	16  deadline  8 bytes, when the claim lapses
//	24  stamp     8 bytes, of the value; the entry ends before it if there is only a claim
//	32  format    1 byte
//	33  codec     4 bytes, hash of the codec's name
//	37  tags      in an entry whose result has some: their number, and each with its length before it
//	..  payload
//
// Numbers are big-endian; stamps and deadlines are microseconds of the server's clock. A payload is its kind, one byte, and what follows from
// that: for a value the bytes of the codec, for a remembered error the text of the listed error, its length first, and the text of the whole.
const (
	headLen      = 24
	valueLen     = headLen + 13
	entryFormat  = 1
	taggedFormat = 2 // with tags before the payload
)

const (
	payloadValue   = 'v'
	payloadNil     = 'n' // a nil pointer, remembered by notfound=
	payloadMissing = 'e' // an error of Options.NotFound
	payloadAbsent  = 'a' // an item that a batch did not find; what the single read would say of it is not known
)

type token uint64

// stored is an entry as it was read.
type stored struct {
	claim      token    // of a load that is running, or that ended without a word
	claimStamp uint64   // its stamp
	stamp      uint64   // of the value
	tags       []string // paths that the result hangs on
	payload    []byte   // nil: no value
}

var errCorrupt = wire.ErrCorrupt

// errAbsent is the entry of an item that a batch did not find, to a single read: it has to ask for itself.
var errAbsent = errors.New("absent from a batch")

func parseStored(b []byte, codec uint32) (stored, error) {
	var s stored
	if len(b) == 0 {
		return s, nil
	}
	if len(b) < headLen {
		return s, fmt.Errorf("%w: %d bytes", errCorrupt, len(b))
	}
	s.claim = token(binary.BigEndian.Uint64(b))
	s.claimStamp = binary.BigEndian.Uint64(b[8:])
	if len(b) == headLen {
		return s, nil
	}
	if len(b) >= headLen+8 {
		s.stamp = binary.BigEndian.Uint64(b[headLen:]) // of a corrupt value too: a claim has to name what it replaces
	}
	if len(b) <= valueLen || b[headLen+8] != entryFormat && b[headLen+8] != taggedFormat {
		return s, fmt.Errorf("%w: %d bytes", errCorrupt, len(b))
	}
	if was := binary.BigEndian.Uint32(b[headLen+9:]); was != codec {
		return s, fmt.Errorf("%w: written by another codec", errCorrupt)
	}
	payload := b[valueLen:]
	if b[headLen+8] == taggedFormat {
		var ok bool
		if s.tags, payload, ok = parseTags(payload); !ok {
			return s, fmt.Errorf("%w: tags", errCorrupt)
		}
	}
	s.payload = payload
	return s, nil
}

func appendStored(dst []byte, stamp uint64, codec uint32, tags []string, payload []byte) []byte {
	dst = append(dst, make([]byte, headLen)...)
	dst = binary.BigEndian.AppendUint64(dst, stamp)
	format := byte(entryFormat)
	if len(tags) > 0 {
		format = taggedFormat
	}
	dst = append(dst, format)
	dst = binary.BigEndian.AppendUint32(dst, codec)
	if len(tags) > 0 {
		dst = binary.AppendUvarint(dst, uint64(len(tags)))
		for _, tag := range tags {
			dst = binary.AppendUvarint(dst, uint64(len(tag)))
			dst = append(dst, tag...)
		}
	}
	return append(dst, payload...)
}

// parseTags reads what stands before a payload. An entry without a payload is none.
func parseTags(b []byte) (tags []string, payload []byte, ok bool) {
	count, size := binary.Uvarint(b)
	if size <= 0 || count > uint64(len(b)) {
		return nil, nil, false
	}
	b = b[size:]
	for range count {
		n, size := binary.Uvarint(b)
		if size <= 0 || n > uint64(len(b)-size) {
			return nil, nil, false
		}
		tags = append(tags, string(b[size:size+int(n)]))
		b = b[size+int(n):]
	}
	return tags, b, len(b) > 0 && len(tags) > 0
}

func codecTag(name string) uint32 {
	h := fnv.New32a()
	h.Write([]byte(name))
	return h.Sum32()
}

// rememberedError is an error of Options.NotFound as it comes out of the cache: with the text it had, and the listed error inside.
type rememberedError struct {
	text     string
	sentinel error
}

func (e *rememberedError) Error() string { return e.text }
func (e *rememberedError) Unwrap() error { return e.sentinel }

func (o *settings) appendMissing(dst []byte, err error) ([]byte, bool) {
	for _, sentinel := range o.notFound {
		if errors.Is(err, sentinel) {
			text := sentinel.Error()
			dst = append(dst, payloadMissing)
			dst = binary.AppendUvarint(dst, uint64(len(text)))
			dst = append(dst, text...)
			return append(dst, err.Error()...), true
		}
	}
	return dst, false
}

func (o *settings) parseMissing(b []byte) (error, error) {
	n, size := binary.Uvarint(b)
	if size <= 0 || n > uint64(len(b)-size) {
		return nil, fmt.Errorf("%w: remembered error", errCorrupt)
	}
	name, text := string(b[size:size+int(n)]), string(b[size+int(n):])
	for _, sentinel := range o.notFound {
		if sentinel.Error() == name {
			if text == name {
				return sentinel, nil
			}
			return &rememberedError{text, sentinel}, nil
		}
	}
	return nil, fmt.Errorf("%w: it remembers the error %q, which Options.NotFound does not list", errCorrupt, name)
}

// Package entry is the form of an entry in Redis.
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
// Numbers are big-endian; stamps and deadlines are microseconds of the server's clock. The payload
// is the caller's.
package entry

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
)

const (
	headLen      = 24
	valueLen     = headLen + 13
	plainFormat  = 1
	taggedFormat = 2 // with tags before the payload
)

// ErrCorrupt is an entry that cannot be read.
var ErrCorrupt = errors.New("corrupt entry")

// Token names a claim.
type Token uint64

// Bytes is the token as it stands in an entry.
func (t Token) Bytes() []byte { return binary.BigEndian.AppendUint64(nil, uint64(t)) }

// StampBytes is a stamp as it stands in an entry.
func StampBytes(stamp uint64) []byte { return binary.BigEndian.AppendUint64(nil, stamp) }

// ParseToken reads a token as it stands in an entry.
func ParseToken(s string) (t Token, ok bool) {
	if len(s) != 8 {
		return 0, false
	}
	return Token(binary.BigEndian.Uint64([]byte(s))), true
}

// Codec names a codec in an entry.
type Codec uint32

// CodecOf returns what stands in an entry for the codec of that name.
func CodecOf(name string) Codec {
	h := fnv.New32a()
	h.Write([]byte(name))
	return Codec(h.Sum32())
}

// Entry is an entry as it was read. It refers to the bytes that it was read from.
type Entry struct {
	Claim      Token    // of a load that is running, or that ended without a word
	ClaimStamp uint64   // its stamp
	Stamp      uint64   // of the value
	Tags       []string // paths that the result goes stale with
	Payload    []byte   // nil: no value
}

// Parse reads an entry; no bytes are no entry. One that another codec wrote is ErrCorrupt. With an
// error, what could be read of claim and stamps is there all the same.
func Parse(b []byte, codec Codec) (Entry, error) {
	var e Entry
	if len(b) == 0 {
		return e, nil
	}
	if len(b) < headLen {
		return e, fmt.Errorf("%w: %d bytes", ErrCorrupt, len(b))
	}
	e.Claim = Token(binary.BigEndian.Uint64(b))
	e.ClaimStamp = binary.BigEndian.Uint64(b[8:])
	if len(b) == headLen {
		return e, nil
	}
	if len(b) >= headLen+8 {
		// Of a corrupt value too: a claim has to name what it replaces.
		e.Stamp = binary.BigEndian.Uint64(b[headLen:])
	}
	if len(b) <= valueLen || b[headLen+8] != plainFormat && b[headLen+8] != taggedFormat {
		return e, fmt.Errorf("%w: %d bytes", ErrCorrupt, len(b))
	}
	if was := Codec(binary.BigEndian.Uint32(b[headLen+9:])); was != codec {
		return e, fmt.Errorf("%w: written by another codec", ErrCorrupt)
	}
	payload := b[valueLen:]
	if b[headLen+8] == taggedFormat {
		var ok bool
		if e.Tags, payload, ok = parseTags(payload); !ok {
			return e, fmt.Errorf("%w: tags", ErrCorrupt)
		}
	}
	e.Payload = payload
	return e, nil
}

// New makes an entry without a claim.
func New(stamp uint64, codec Codec, tags []string, payload []byte) []byte {
	b := make([]byte, headLen, valueLen+len(payload))
	b = binary.BigEndian.AppendUint64(b, stamp)
	format := byte(plainFormat)
	if len(tags) > 0 {
		format = taggedFormat
	}
	b = append(b, format)
	b = binary.BigEndian.AppendUint32(b, uint32(codec))
	if len(tags) > 0 {
		b = binary.AppendUvarint(b, uint64(len(tags)))
		for _, tag := range tags {
			b = binary.AppendUvarint(b, uint64(len(tag)))
			b = append(b, tag...)
		}
	}
	return append(b, payload...)
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

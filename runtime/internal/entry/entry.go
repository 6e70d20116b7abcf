// Package entry is the form of an entry in Redis.
//
//	 0  token     8 bytes, the claim of a running load; zero when there is none
//	 8  stamp     8 bytes, of that load
//	16  deadline  8 bytes, when the claim lapses
//	24  epoch     4 bytes, of the record of the shard, for the claim and the value
//	28  stamp     8 bytes, of the value; the entry ends before it if there is only a claim
//	36  format    1 byte, 3; entries of another are misses
//	37  flags     1 byte, what the value is made of; one that is not known makes it a miss
//	38  stored    6 bytes, when, in milliseconds since 1970
//	44  codec     4 bytes, hash of the codec's name
//	48  tags      with flag 1: their number, and each with its length before it
//	..  payload
//
// Numbers are big-endian. All times are of the server's clock, stamps and deadlines in
// microseconds. The payload is the caller's.
//
// The flags 2, 4 and 8 are for what is to come: the payload is compressed; it is encrypted, and the
// ID of the key stands before it, after its length; it says where another tier holds the value.
// What stands before the payload stands in the order of the flags.
package entry

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"strconv"
)

const (
	headLen  = 28
	stampEnd = headLen + 8
	valueLen = headLen + 20
	format   = 3
)

// What a value is made of.
const (
	flagTags = 1 << iota
	flagsEnd // above those that are known
)

// ErrCorrupt is an entry that cannot be read.
var ErrCorrupt = errors.New("corrupt entry")

// Token names a claim.
type Token uint64

// Bytes is the token as it stands in an entry.
func (t Token) Bytes() []byte { return binary.BigEndian.AppendUint64(nil, uint64(t)) }

// StampBytes is a stamp as it stands in an entry.
func StampBytes(stamp uint64) []byte { return binary.BigEndian.AppendUint64(nil, stamp) }

// Epoch tells the records that a shard has had apart: each is made with another. What was claimed
// or stored under another record is void.
type Epoch uint32

// Bytes is an epoch as it stands in an entry.
func (e Epoch) Bytes() []byte { return binary.BigEndian.AppendUint32(nil, uint32(e)) }

// String is an epoch as it stands in a record.
func (e Epoch) String() string { return fmt.Sprintf("%08x", uint32(e)) }

// ParseEpoch reads an epoch as it stands in a record.
func ParseEpoch(s string) (e Epoch, ok bool) {
	n, err := strconv.ParseUint(s, 16, 32)
	return Epoch(n), err == nil && len(s) == 8
}

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
	Epoch      Epoch    // of both stamps
	Stamp      uint64   // of the value
	Stored     uint64   // when the value was, in milliseconds since 1970
	Tags       []string // paths that the result goes stale with
	Payload    []byte   // nil: no value
}

// Parse reads an entry; no bytes are no entry. One of another format, or that another codec wrote,
// is ErrCorrupt. With an error, what could be read of claim and stamps is there all the same.
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
	e.Epoch = Epoch(binary.BigEndian.Uint32(b[24:]))
	if len(b) == headLen {
		return e, nil
	}
	if len(b) >= stampEnd {
		// Of a corrupt value too: a claim has to name what it replaces.
		e.Stamp = binary.BigEndian.Uint64(b[headLen:])
	}
	if len(b) <= valueLen {
		return e, fmt.Errorf("%w: %d bytes", ErrCorrupt, len(b))
	}
	if b[36] != format || b[37] >= flagsEnd {
		return e, fmt.Errorf("%w: format %d with flags %#x, of another release of cachegen", ErrCorrupt, b[36], b[37])
	}
	if was := Codec(binary.BigEndian.Uint32(b[44:])); was != codec {
		return e, fmt.Errorf("%w: written by another codec", ErrCorrupt)
	}
	payload := b[valueLen:]
	if b[37]&flagTags != 0 {
		var ok bool
		if e.Tags, payload, ok = parseTags(payload); !ok {
			return e, fmt.Errorf("%w: tags", ErrCorrupt)
		}
	}
	e.Stored = binary.BigEndian.Uint64(b[36:]) & (1<<48 - 1)
	e.Payload = payload
	return e, nil
}

// New makes an entry without a claim, of a value with a payload.
func New(v *Entry, codec Codec) []byte {
	b := make([]byte, valueLen, valueLen+len(v.Payload))
	binary.BigEndian.PutUint32(b[24:], uint32(v.Epoch))
	binary.BigEndian.PutUint64(b[28:], v.Stamp)
	binary.BigEndian.PutUint64(b[36:], v.Stored&(1<<48-1))
	b[36] = format
	binary.BigEndian.PutUint32(b[44:], uint32(codec))
	if len(v.Tags) > 0 {
		b[37] |= flagTags
		b = binary.AppendUvarint(b, uint64(len(v.Tags)))
		for _, tag := range v.Tags {
			b = binary.AppendUvarint(b, uint64(len(tag)))
			b = append(b, tag...)
		}
	}
	return append(b, v.Payload...)
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

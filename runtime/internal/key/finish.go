package key

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
)

// MaxArgs is how many bytes of encoded arguments are spelled out. More become a hash.
const MaxArgs = 200

// Finish returns the key of an entry: arguments shortened, version appended, which begins with
// VersionTag. It leaves k as it is, though it may use the room after it. It is just short enough
// for the compiler to put it into a look-up.
func Finish(k Key, version string) []byte {
	if k.more != nil || k.n > MaxArgs {
		return k.finishLong(version)
	}
	return append(k.room[:k.n], version...)
}

func (k *Buffer) finishLong(version string) []byte {
	b := Bytes(k)
	if !Spelled(k) {
		b = AppendPath(bytes.Clone(b[:k.path]), b[k.path:], int(k.args-k.path))
	}
	return append(b, version...)
}

// Spelled reports that the key of an entry holds the path as it is, not as a hash.
func Spelled(k Key) bool { return len(Bytes(k))-int(k.args) <= MaxArgs }

// AppendPath appends a path of which the arguments begin at args: spelled out or, past MaxArgs
// bytes, as a hash.
func AppendPath(dst, path []byte, args int) []byte {
	if len(path)-args <= MaxArgs {
		return append(dst, path...)
	}
	dst = append(dst, path[:args]...)
	return appendHash(append(dst, Separator), path[args:])
}

// appendHash appends what stands for a text that is too long to spell out: 128 bits of a hash that
// is cryptographic, because the text can be hostile.
func appendHash[T string | []byte](dst []byte, long T) []byte {
	sum := sha256.Sum256([]byte(long))
	return hex.AppendEncode(append(dst, HashMark), sum[:16])
}

// Tenant is the encoded tenant of a key.
func Tenant(k Key) string {
	b := Bytes(k)[:k.path-1]
	return string(b[bytes.LastIndexByte(b, Separator)+1:])
}

// Path is what a key says after its tenant, spelled out, and where the arguments begin in it.
func Path(k Key) (path []byte, args int) { return Bytes(k)[k.path:], int(k.args - k.path) }

// Span is where the path begins and ends in a finished key that is spelled out.
func Span(k Key) (from, to int) { return int(k.path), len(Bytes(k)) }

package runtime

import (
	"bytes"
	"crypto/sha256"
	"encoding"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A key is app:tenant:prefix:arg:arg:version. The encoding is injective: what separates, marks or matches (":", "*", "~", "&", "#", "{", "}",
// "%", white space and control bytes) is written %XX wherever it comes from a tenant, a literal or an argument, so a key can be cut back into
// what it was made of in one way only.
const (
	separator  = ':'
	nilMark    = '~' // a nil pointer, slice or map
	refMark    = '&' // a pointer that is not nil, where the pointee could itself be taken for nilMark
	hashMark   = '#' // arguments too long to spell out: # and 32 hex digits
	maxArgs    = 200 // bytes of encoded arguments that are spelled out
	maxScopes  = 16  // scopes that an entry is stale with: the whole tenant, and leading segments of its path
	versionTag = ":v"
)

const (
	globalTenant = "global" // the scope of tenant=global; a tenant of that name is written %67lobal
	everyTenant  = "*"
)

// Key is a key under construction: a pointer into a KeyBuffer on the caller's stack. Its methods extend it and return it. It must not outlive
// the call that made it, and is not safe for concurrent use.
type Key = *KeyBuffer

// KeyBuffer is the room for a key. The zero value is ready for use; a key that is longer moves to the heap by itself.
type KeyBuffer struct {
	n    int    // bytes in room
	more []byte // all bytes of a key that has outgrown room
	path int32  // where the path begins, behind app:tenant:
	args int32  // where the arguments begin, at their separator
	join bool   // the next append continues the current segment
	bad  flaw   // why this key cannot be used
	room [208]byte
}

// bytes is what the key consists of so far.
func (k Key) bytes() []byte {
	if k.more != nil {
		return k.more
	}
	return k.room[:k.n]
}

// begin sets the parts before the arguments, all of them encoded: "app:", the tenant, ":prefix".
func (k Key) begin(head, tenant, tail string) {
	if n := len(head) + len(tenant) + len(tail); n <= len(k.room) {
		k.n = n
		copy(k.room[:], head)
		copy(k.room[len(head):n], tenant)
		copy(k.room[len(head)+len(tenant):n], tail)
	} else {
		k.put(append(append(append(k.free(), head...), tenant...), tail...))
	}
	k.path = int32(len(head) + len(tenant) + 1)
	k.args = int32(len(head) + len(tenant) + len(tail))
}

// free is the room behind the key, for put.
func (k Key) free() []byte {
	if k.more != nil {
		return nil
	}
	return k.room[k.n:k.n]
}

// put makes p, which is free() with something appended, part of the key. It copies what did not fit: a key that kept p would be a pointer to
// itself for the compiler, and always on the heap.
func (k Key) put(p []byte) {
	if k.more == nil && len(p) <= len(k.room)-k.n {
		k.n += len(p)
		return
	}
	if k.more == nil {
		k.more = append(k.more, k.room[:k.n]...)
	}
	k.more = append(k.more, p...)
}

// flaw is what makes a key unusable. It is no error value: that would be kept somewhere, and take the caller's KeyBuffer to the heap with it.
type flaw uint8

const (
	fine       flaw = iota
	flawText        // an argument's MarshalText failed; the key's bytes say how
	flawTenant      // there is no tenant
	flawTx          // the call is part of a transaction
)

// sep begins a segment.
func (k Key) sep() {
	if k.join || k.more == nil && k.n == int(k.path) { // the first segment of a path has nothing to be separated from
		k.join = false
		return
	}
	k.put(append(k.free(), separator))
}

// Literal appends constant text of a template as one segment.
func (k Key) Literal(s string) Key { return k.String(s) }

// Join makes the next append continue the current segment: Literal("v").Join().Int(2) is v2.
func (k Key) Join() Key {
	k.join = true
	return k
}

// String appends a string, escaped.
func (k Key) String(s string) Key {
	k.sep()
	if len(s) >= 8 && k.more == nil && len(s) <= len(k.room)-k.n && clean(s) {
		k.n += copy(k.room[k.n:], s)
		return k
	}
	k.put(appendEscaped(k.free(), s))
	return k
}

// Bytes appends a byte slice like a string; nil is told apart from empty.
func (k Key) Bytes(p []byte) Key {
	if p == nil {
		return k.Nil()
	}
	k.sep()
	k.put(appendEscaped(k.free(), p))
	return k
}

// Int appends a signed integer in decimal.
func (k Key) Int(i int64) Key {
	k.sep()
	k.put(strconv.AppendInt(k.free(), i, 10))
	return k
}

// Uint appends an unsigned integer in decimal.
func (k Key) Uint(u uint64) Key {
	k.sep()
	k.put(strconv.AppendUint(k.free(), u, 10))
	return k
}

// Float appends a float64 as the shortest decimal that reads back as the same number.
func (k Key) Float(f float64) Key {
	k.sep()
	k.put(strconv.AppendFloat(k.free(), f, 'g', -1, 64))
	return k
}

// Float32 appends a float32 as the shortest decimal that reads back as the same number.
func (k Key) Float32(f float32) Key {
	k.sep()
	k.put(strconv.AppendFloat(k.free(), float64(f), 'g', -1, 32))
	return k
}

// Complex appends the real and the imaginary part, a segment each.
func (k Key) Complex(c complex128) Key { return k.Float(real(c)).Float(imag(c)) }

// Bool appends true or false.
func (k Key) Bool(b bool) Key {
	k.sep()
	k.put(strconv.AppendBool(k.free(), b))
	return k
}

// Time appends the instant in nanoseconds since 1970 UTC, whatever the location: the seconds, then nine digits.
func (k Key) Time(t time.Time) Key {
	k.sep()
	b := strconv.AppendInt(k.free(), t.Unix(), 10)
	n := t.Nanosecond()
	for digit := 100_000_000; digit > 0; digit /= 10 {
		b = append(b, byte('0'+n/digit%10))
	}
	k.put(b)
	return k
}

// Text appends what the value's MarshalText returns. If that fails or panics, the key is unusable and its read bypasses the cache.
func (k Key) Text(m encoding.TextMarshaler) Key {
	text, err := marshalText(m)
	if err != nil {
		k.bad = max(k.bad, flawText)
		return k.String(err.Error())
	}
	k.sep()
	k.put(appendEscaped(k.free(), text))
	return k
}

func marshalText(m encoding.TextMarshaler) (text []byte, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("MarshalText of %T panicked: %v", m, p)
		}
	}()
	return m.MarshalText()
}

// Nil appends the mark of a nil pointer, slice or map.
func (k Key) Nil() Key { return k.mark(nilMark) }

// Ref appends the mark of a pointer that is not nil, before a pointee that could begin with the mark of nil.
func (k Key) Ref() Key { return k.mark(refMark) }

func (k Key) mark(b byte) Key {
	k.sep()
	k.put(append(k.free(), b))
	return k
}

// Len appends the number of the elements that follow.
func (k Key) Len(n int) Key { return k.Int(int64(n)) }

// KeyMap appends a map: its length, then what pair appends for each entry, in the order of the encodings.
func KeyMap[K comparable, V any](k Key, m map[K]V, pair func(Key, K, V) Key) Key {
	if m == nil {
		return k.Nil()
	}
	pairs := make([]string, 0, len(m))
	for key, v := range m {
		var scratch KeyBuffer
		scratch.path = -1 // each pair begins with its separator
		pair(&scratch, key, v)
		k.bad = max(k.bad, scratch.bad)
		pairs = append(pairs, string(scratch.bytes()))
	}
	slices.Sort(pairs)
	k.Len(len(pairs))
	for _, p := range pairs {
		k.put(append(k.free(), p...))
	}
	return k
}

// needsEscape marks the bytes that cannot stand for themselves in a segment.
var needsEscape = func() (set [256]bool) {
	for b := range 0x21 {
		set[b] = true
	}
	for _, b := range []byte{0x7f, separator, '*', '%', nilMark, refMark, hashMark, '{', '}'} {
		set[b] = true
	}
	return set
}()

const hexDigits = "0123456789ABCDEF"

func appendEscaped[T string | []byte](dst []byte, s T) []byte {
	clean := 0
	for i := range len(s) {
		if b := s[i]; needsEscape[b] {
			dst = append(dst, s[clean:i]...)
			dst = append(dst, '%', hexDigits[b>>4], hexDigits[b&15])
			clean = i + 1
		}
	}
	return append(dst, s[clean:]...)
}

// clean reports that a string stands for itself in a segment.
func clean(s string) bool {
	for len(s) >= 8 && plain(s) {
		s = s[8:]
	}
	for i := range len(s) {
		if needsEscape[s[i]] {
			return false
		}
	}
	return true
}

// plain reports that the first eight bytes are letters, digits or other bytes of '-' to '9' and '@' to 'z', none of which is escaped. It looks at all of
// them at once: adding or subtracting carries into the top bit of each byte, and those above 0x7f are left to the table.
func plain(s string) bool {
	const each, top = 0x0101010101010101, 0x8080808080808080
	_ = s[7]
	w := uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 | uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
	if w&top != 0 {
		return false
	}
	atLeastMinus := (w | top) - '-'*each
	overNine := (w | top) - ('9'+1)*each
	atLeastAt := (w | top) - '@'*each
	overZ := w + (0x7f-'z')*each
	return atLeastMinus&^overZ&(^overNine|atLeastAt)&top == top
}

// entryField names, among stamps of scopes, the stamp of one entry. No scope begins with the mark.
func entryField(path string) string { return string(hashMark) + path }

// unescape undoes appendEscaped, for people: a malformed escape stands as it is.
func unescape(s string) string {
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if b, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
				out = append(out, byte(b))
				i += 2
				continue
			}
		}
		out = append(out, s[i])
	}
	return string(out)
}

// encodeTenant returns a tenant's segment, which no tenant can make equal to globalTenant or everyTenant.
func encodeTenant(tenant string) string {
	if tenant == globalTenant {
		return "%67lobal"
	}
	if clean(tenant) {
		return tenant
	}
	return string(appendEscaped(nil, tenant))
}

// appendPath appends a path of which the arguments begin at args, spelled out or, past maxArgs bytes, as a hash of 128 bits. The hash is
// cryptographic, because arguments can be hostile.
func appendPath(dst, path []byte, args int) []byte {
	if len(path)-args <= maxArgs {
		return append(dst, path...)
	}
	sum := sha256.Sum256(path[args:])
	dst = append(dst, path[:args]...)
	dst = append(dst, separator, hashMark)
	return hex.AppendEncode(dst, sum[:16])
}

// finish returns the key of an entry: arguments shortened, version appended, which begins with its tag. It leaves k as it is, though it may use the
// room behind it. It is just short enough for the compiler to put it into a look-up.
func (k Key) finish(version string) []byte {
	if k.more != nil || k.n > maxArgs {
		return k.finishLong(version)
	}
	return append(k.room[:k.n], version...)
}

func (k Key) finishLong(version string) []byte {
	b := k.bytes()
	if len(b)-int(k.args) > maxArgs {
		b = appendPath(bytes.Clone(b[:k.path]), b[k.path:], int(k.args-k.path))
	}
	return append(b, version...)
}

// tenant is the encoded tenant of a key.
func (k Key) tenant() string {
	b := k.bytes()[:k.path-1]
	return string(b[bytes.LastIndexByte(b, separator)+1:])
}

// ownPath is the path of the entry that the key names.
func (k Key) ownPath() string {
	return string(appendPath(nil, k.bytes()[k.path:], int(k.args-k.path)))
}

// reach lists the forms that a path which is made stale, by itself or with all under it, can have in the key of a read. There is one, unless the
// path is long: what counts as its arguments, and so whether and what is hashed, depends on the prefix of the read, which an invalidation does
// not know. No entry knows of more scopes than maxScopes, so of a deeper one all that is under the last of these is stale.
func reach(path []byte, all bool) []string {
	if all {
		path = path[:deepest(path)]
	}
	if len(path) <= maxArgs {
		return []string{string(path)}
	}
	var forms []string
	for i, b := range path {
		if b == separator && len(forms) < maxScopes {
			forms = append(forms, string(appendPath(nil, path, i)))
		}
	}
	slices.Sort(forms)
	return slices.Compact(forms)
}

// deepest is where the longest scope of a path ends that the entries under it know of. The first they know is the whole tenant.
func deepest(path []byte) int {
	scopes := 1
	for i, b := range path {
		if b != separator {
			continue
		}
		if scopes++; scopes == maxScopes {
			return i
		}
	}
	return len(path)
}

// newTarget returns what a key is about. What it is made of is cut out of the key, which has been finished, where that holds it as it is.
func newTarget(k Key, key string) *target {
	t := &target{key: key}
	if k.spelled() {
		t.cut(k, entryField(key[k.path:len(k.bytes())]), make([]string, 0, 8))
	} else {
		t.tenant, t.scopes = k.tenant(), slices.Clip(k.scopes())
		t.fields = append(t.scopes, entryField(t.scopes[len(t.scopes)-1]))
	}
	return t
}

// spelled reports that the key of an entry holds the path as it is.
func (k Key) spelled() bool { return len(k.bytes())-int(k.args) <= maxArgs }

// cut fills in what is cut out of the key of the target, which is k finished and spelled out. The field of the entry is own, and room is where the
// others are appended.
func (t *target) cut(k Key, own string, room []string) {
	t.tenant = t.key[strings.LastIndexByte(t.key[:k.path-1], separator)+1 : k.path-1]
	path := t.key[k.path:len(k.bytes())]
	fields := append(room, "")
	for i := 0; i < len(path) && len(fields) < maxScopes; i++ {
		if path[i] == separator {
			fields = append(fields, path[:i])
		}
	}
	t.fields = append(fields, path, own)
	t.scopes = slices.Clip(t.fields[:len(fields)+1])
}

// scopes are the paths whose invalidation makes the entry of this key stale: each leading run of segments, shortest first. The whole tenant,
// "", is the first, and the path of the entry itself the last.
func (k Key) scopes() []string {
	path, args := k.bytes()[k.path:], int(k.args-k.path)
	scopes := make([]string, 1, 8)
	for i, b := range path {
		if b != separator {
			continue
		}
		if len(scopes) == maxScopes {
			break
		}
		scopes = append(scopes, string(appendPath(nil, path[:i], min(args, i))))
	}
	return append(scopes, k.ownPath())
}

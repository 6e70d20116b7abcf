package key

import "strconv"

// The tenants that are not names.
const (
	Global = "global" // the scope of tenant=global; a tenant of that name is written %67lobal
	Every  = "*"      // all tenants
)

// MaxTenant is how many bytes of an encoded tenant are spelled out. More become a hash, as of
// arguments: a tenant is in the key of each of its entries, and in the log.
const MaxTenant = 200

// EncodeTenant returns a tenant's segment, which no tenant can make equal to Global or Every, nor
// to the hash of another.
func EncodeTenant(tenant string) string {
	switch {
	case tenant == Global:
		return "%67lobal"
	case len(tenant) > MaxTenant:
		return string(appendHash(nil, tenant))
	case isPlain(tenant):
		return tenant
	}
	if escaped := AppendEscaped(nil, tenant); len(escaped) <= MaxTenant {
		return string(escaped)
	}
	return string(appendHash(nil, tenant))
}

// mustEscape marks the bytes that cannot stand for themselves in a segment.
var mustEscape = func() (set [256]bool) {
	for b := range 0x21 {
		set[b] = true
	}
	for _, b := range []byte{0x7f, Separator, '*', '%', nilMark, refMark, HashMark, '{', '}'} {
		set[b] = true
	}
	return set
}()

const hexDigits = "0123456789ABCDEF"

// AppendEscaped appends one segment.
func AppendEscaped[T string | []byte](dst []byte, s T) []byte {
	plain := 0
	for i := range len(s) {
		if b := s[i]; mustEscape[b] {
			dst = append(dst, s[plain:i]...)
			dst = append(dst, '%', hexDigits[b>>4], hexDigits[b&15])
			plain = i + 1
		}
	}
	return append(dst, s[plain:]...)
}

// AppendPrefix appends literal segments, contact:list, each escaped.
func AppendPrefix(dst []byte, prefix string) []byte {
	start := 0
	for i := 0; i <= len(prefix); i++ {
		if i == len(prefix) || prefix[i] == Separator {
			dst = AppendEscaped(dst, prefix[start:i])
			if i < len(prefix) {
				dst = append(dst, Separator)
			}
			start = i + 1
		}
	}
	return dst
}

// Unescape undoes AppendEscaped, for people: a malformed escape stands as it is.
func Unescape(s string) string {
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

// isPlain reports that a string stands for itself in a segment.
func isPlain(s string) bool {
	for len(s) >= 8 && eightPlain(s) {
		s = s[8:]
	}
	for i := range len(s) {
		if mustEscape[s[i]] {
			return false
		}
	}
	return true
}

// eightPlain reports that the first eight bytes are letters, digits or other bytes of '-' to '9'
// and '@' to 'z', none of which is escaped. It looks at all of them at once: adding or subtracting
// carries into the top bit of each byte, and those above 0x7f are left to the table.
func eightPlain(s string) bool {
	const each, top = 0x0101010101010101, 0x8080808080808080
	_ = s[7]
	w := uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
	if w&top != 0 {
		return false
	}
	atLeastMinus := (w | top) - '-'*each
	overNine := (w | top) - ('9'+1)*each
	atLeastAt := (w | top) - '@'*each
	overZ := w + (0x7f-'z')*each
	return atLeastMinus&^overZ&(^overNine|atLeastAt)&top == top
}

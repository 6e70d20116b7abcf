// Package stdlib knows the packages of the standard library, and which of their structs keep their
// fields.
//
// Go's promise of compatibility lets any struct of the standard library gain fields. What is
// written or compared field by field would change with the next release of Go, so such a struct
// travels by methods of its own or not at all. A few structs are as good as their fields: they
// mirror a format, or their documentation says what they consist of, and no release of Go has added
// to them.
//
// There is one such package for the generator and one for the runtime, because neither imports the
// other. A test holds the two against each other, and the list of structs against the API of each
// release of Go.
package stdlib

import "strings"

// Contains reports whether a package is one of the standard library. It compares the whole path: a
// user's module may be called database.
func Contains(path string) bool { return listed(packages, path) }

// Keeps reports whether a struct of the standard library keeps its fields.
func Keeps(path, name string) bool { return listed(structs, path+"."+name) }

// listed looks for one word of a text.
func listed(text, word string) bool {
	for {
		i := strings.Index(text, word)
		if i < 0 || word == "" {
			return false
		}
		end := i + len(word)
		if i > 0 && space(text[i-1]) && end < len(text) && space(text[end]) {
			return true
		}
		text = text[end:]
	}
}

func space(c byte) bool { return c == ' ' || c == '\n' }

// structs are those that keep their fields: their fields are those of the release that brought
// them, or of Go 1.1.
const structs = `
database/sql.Null database/sql.NullBool database/sql.NullByte database/sql.NullFloat64 database/sql.NullInt16
database/sql.NullInt32 database/sql.NullInt64 database/sql.NullString database/sql.NullTime
encoding/asn1.BitString encoding/asn1.RawValue encoding/pem.Block encoding/xml.Attr encoding/xml.Name
crypto/rsa.PublicKey crypto/x509/pkix.Extension go/token.Position
image.Alpha image.Alpha16 image.CMYK image.Gray image.Gray16 image.NRGBA image.NRGBA64 image.NYCbCrA image.Point image.RGBA
image.RGBA64 image.Rectangle image.YCbCr
image/color.Alpha image/color.Alpha16 image/color.CMYK image/color.Gray image/color.Gray16 image/color.NRGBA
image/color.NRGBA64 image/color.NYCbCrA image/color.RGBA image/color.RGBA64 image/color.YCbCr
net.IPAddr net.IPNet net.MX net.NS net.SRV net.TCPAddr net.UDPAddr net.UnixAddr net/mail.Address
os/user.Group os/user.User
`

const packages = `
archive/tar archive/zip bufio bytes cmp compress/bzip2 compress/flate compress/gzip compress/lzw compress/zlib container/heap
container/list container/ring context crypto crypto/aes crypto/cipher crypto/des crypto/dsa crypto/ecdh crypto/ecdsa
crypto/ed25519 crypto/elliptic crypto/fips140 crypto/hkdf crypto/hmac crypto/hpke crypto/md5 crypto/mlkem crypto/mlkem/mlkemtest
crypto/pbkdf2 crypto/rand crypto/rc4 crypto/rsa crypto/sha1 crypto/sha256 crypto/sha3 crypto/sha512 crypto/subtle crypto/tls
crypto/x509 crypto/x509/pkix database/sql database/sql/driver debug/buildinfo debug/dwarf debug/elf debug/gosym debug/macho
debug/pe debug/plan9obj embed encoding encoding/ascii85 encoding/asn1 encoding/base32 encoding/base64 encoding/binary encoding/csv
encoding/gob encoding/hex encoding/json encoding/pem encoding/xml errors expvar flag fmt go/ast go/build go/build/constraint
go/constant go/doc go/doc/comment go/format go/importer go/parser go/printer go/scanner go/token go/types go/version hash
hash/adler32 hash/crc32 hash/crc64 hash/fnv hash/maphash html html/template image image/color image/color/palette image/draw
image/gif image/jpeg image/png index/suffixarray io io/fs io/ioutil iter log log/slog log/syslog maps math math/big math/bits
math/cmplx math/rand math/rand/v2 mime mime/multipart mime/quotedprintable net net/http net/http/cgi net/http/cookiejar
net/http/fcgi net/http/httptest net/http/httptrace net/http/httputil net/http/pprof net/mail net/netip net/rpc net/rpc/jsonrpc
net/smtp net/textproto net/url os os/exec os/signal os/user path path/filepath plugin reflect regexp regexp/syntax runtime
runtime/cgo runtime/coverage runtime/debug runtime/metrics runtime/pprof runtime/race runtime/trace slices sort strconv strings
structs sync sync/atomic syscall testing testing/cryptotest testing/fstest testing/iotest testing/quick testing/slogtest
testing/synctest text/scanner text/tabwriter text/template text/template/parse time time/tzdata unicode unicode/utf16 unicode/utf8
unique unsafe weak
`

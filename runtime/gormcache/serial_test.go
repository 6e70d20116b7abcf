package gormcache_test

import (
	"database/sql/driver"
	"fmt"
	"strconv"
	"strings"
)

// Serial is four bytes, written as S-0000002a in the database and in keys.
type Serial [4]byte

func serial(n uint32) Serial { return Serial{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)} }

// MarshalText implements [encoding.TextMarshaler].
func (s Serial) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

func (s Serial) String() string { return fmt.Sprintf("S-%x", s[:]) }

// Value implements [driver.Valuer].
func (s Serial) Value() (driver.Value, error) { return s.String(), nil }

// Scan implements sql.Scanner.
func (s *Serial) Scan(v any) error {
	text, ok := v.(string)
	n, err := strconv.ParseUint(strings.TrimPrefix(text, "S-"), 16, 32)
	if !ok || err != nil {
		return fmt.Errorf("%v is no serial", v)
	}
	*s = serial(uint32(n))
	return nil
}

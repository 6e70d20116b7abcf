package codectest

import (
	"crypto/x509"
	"database/sql"
	"database/sql/driver"
	"encoding/xml"
	"image"
	"image/color"
	"net"
	"net/http"
	"net/mail"
	"net/url"
)

// StandardLibrary are structs of the standard library: those that keep their fields, and others,
// which do not travel field by field.
func StandardLibrary() []Case {
	return []Case{
		{Name: "structs that keep their fields", Values: []any{
			sql.NullString{String: "a", Valid: true}, sql.NullTime{}, sql.Null[int]{V: 7, Valid: true},
			image.Rect(1, 2, 3, 4), color.RGBA{1, 2, 3, 4}, net.IPNet{IP: net.IP{10, 0, 0, 0}, Mask: net.IPMask{255, 0, 0, 0}},
			[]mail.Address{{Name: "Ada", Address: "ada@example.com"}}, map[xml.Name]string{{Space: "s", Local: "l"}: "v"}}},
		{Name: "structs with methods of their own", Values: []any{url.URL{Scheme: "https", Host: "example.com"}}},
		{Name: "structs that may get other fields", Refuse: true, Values: []any{
			http.Cookie{Name: "a"}, &x509.Certificate{}, []*http.Cookie{}, sql.Out{}, sql.DBStats{}, driver.NotNull{}}},
	}
}

package key

import (
	"database/sql"
	"image"
	"net/http"
	"strings"
	"testing"
)

// TestCheckStandardLibrary: a key by the fields of a struct lasts as long as its fields do.
func TestCheckStandardLibrary(t *testing.T) {
	refused := func(check func(string)) (why string) {
		defer func() { why, _ = recover().(string) }()
		check("Sessions")
		return ""
	}
	if why := refused(Check[func() (sql.NullString, sql.Null[int], []image.Point)]); why != "" {
		t.Error(why)
	}
	if why := refused(Check[func() []http.Cookie]); !strings.Contains(why, "another release of Go") {
		t.Errorf("the fields of a cookie make a key: %q", why)
	}
}

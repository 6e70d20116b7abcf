package runtime

import (
	"database/sql"
	"fmt"
	"testing"
)

func FuzzRememberedError(f *testing.F) {
	o := settings{notFound: []error{sql.ErrNoRows}}
	whole, _ := o.appendMissing(nil, fmt.Errorf("contact 42: %w", sql.ErrNoRows))
	f.Add(whole[1:])
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		answer, err := o.parseMissing(b)
		if (answer == nil) == (err == nil) {
			t.Fatalf("%x gives %v, %v", b, answer, err)
		}
	})
}

package entry

import (
	"errors"
	"reflect"
	"testing"
)

var written = &Entry{Epoch: 9, Stamp: 7, Stored: 1796051938949, Payload: []byte("vabc")}

func TestHeader(t *testing.T) {
	if n := len(New(written, 1)) - len(written.Payload); n > 50 {
		t.Errorf("a header of %d bytes", n)
	}
	got, err := Parse(New(written, 1), 1)
	if err != nil || !reflect.DeepEqual(got, *written) {
		t.Errorf("%+v, %v", got, err)
	}
	for at, value := range map[int]byte{36: 1, 37: 2, 44: 1} { // format, flags, codec
		b := New(written, 1)
		b[at] ^= value
		if got, err := Parse(b, 1); !errors.Is(err, ErrCorrupt) || got.Payload != nil || got.Stamp != 7 {
			t.Errorf("byte %d: %+v, %v", at, got, err)
		}
	}
}

// What is in Redis may have been written by anybody: parsing it never panics, and gives back what
// was written.
func FuzzParse(f *testing.F) {
	f.Add(New(written, 1))
	tagged := *written
	tagged.Tags = []string{"contact:42", "contact:*"}
	f.Add(New(&tagged, 1))
	f.Add(make([]byte, headLen))
	f.Add([]byte("short"))
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := Parse(b, 1)
		if err != nil || e.Payload == nil {
			return
		}
		e.Claim, e.ClaimStamp = 0, 0
		if again, err := Parse(New(&e, 1), 1); err != nil || !reflect.DeepEqual(again, e) {
			t.Fatalf("%x reads as %+v, and written again as %+v, %v", b, e, again, err)
		}
	})
}

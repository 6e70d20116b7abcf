package entry

import (
	"bytes"
	"testing"
)

// What is in Redis may have been written by anybody: parsing it never panics, and gives back what
// was written.
func FuzzParse(f *testing.F) {
	f.Add(New(7, 1, nil, []byte("vabc")))
	f.Add(New(7, 1, []string{"contact:42", "contact:*"}, []byte("vabc")))
	f.Add(make([]byte, headLen))
	f.Add([]byte("short"))
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := Parse(b, 1)
		if err != nil || e.Payload == nil {
			return
		}
		again, err := Parse(New(e.Stamp, 1, e.Tags, e.Payload), 1)
		if err != nil || again.Stamp != e.Stamp || !bytes.Equal(again.Payload, e.Payload) {
			t.Fatalf("%x reads as %+v, and written again as %+v, %v", b, e, again, err)
		}
	})
}

package wiretest

import (
	"bytes"
	"encoding/json"
	"math/big"
	"net/netip"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/cachegen/cachegen/runtime/internal/codectest"
)

func nodes() []*Node {
	deep := &[2][]bool{{true, false}, nil}
	full := &Node{
		name: "full", Small: -1, Number: 1 << 63, At: time.Unix(1, 2).UTC(), Bytes: []byte{}, Raw: json.RawMessage(`{}`), Any: []any{nil, 1, "x"},
		Next: &Node{name: "next"}, Nodes: []Node{{name: "a"}, {}}, ByName: map[string]*Node{"nil": nil, "b": {name: "b"}},
		ByPoint: map[[2]int16][]string{{1, -1}: {"x", ""}, {}: nil}, Units: make([]struct{}, 7), Deep: &deep, Sum: big.NewInt(-1 << 40),
		Host: netip.MustParseAddr("fe80::1%eth0"),
	}
	return []*Node{nil, {}, full, {Nodes: []Node{*full, *full}}}
}

func TestGeneratedBringsBackWhatWentIn(t *testing.T) {
	for _, in := range nodes() {
		data, err := appendNode(in)
		if err != nil {
			t.Fatal(err)
		}
		out, err := decodeNode(data)
		if err != nil || !reflect.DeepEqual(in, out) {
			t.Errorf("%+v became %+v, %v", in, out, err)
		}
		for n := range data {
			if v, err := decodeNode(data[:n:n]); err == nil {
				t.Errorf("%d of the %d bytes of %+v are read as %+v", n, len(data), in, v)
			}
		}
		if v, err := decodeNode(append(data, 0)); err == nil {
			t.Errorf("a byte after %+v is not noticed: %+v", in, v)
		}
	}
	in := codectest.Contacts(3)
	data, err := AppendContacts(nil, in)
	if err != nil {
		t.Fatal(err)
	}
	out, err := DecodeContacts(data)
	if d := codectest.Diff(in, out); err != nil || d != "" {
		t.Error(err, d)
	}
}

func TestGeneratedEndsCycles(t *testing.T) {
	n := &Node{}
	n.Next, n.Nodes = n, make([]Node, 3)
	n.Nodes[0].Next = n
	if _, err := appendNode(n); err == nil || !strings.Contains(err.Error(), "perhaps it contains itself") {
		t.Error(err)
	}
	if _, err := decodeTree(bytes.Repeat([]byte{2}, 2_000_000)); err == nil || !strings.Contains(err.Error(), "within another") {
		t.Error(err)
	}
}

// FuzzGenerated feeds generated code bytes that nobody wrote: it must not panic, and not allocate
// out of proportion. What it accepts must come back the same.
func FuzzGenerated(f *testing.F) {
	for _, n := range nodes() {
		data, err := appendNode(n)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte{1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0x7f})
	f.Add(bytes.Repeat([]byte{1}, 1000))
	f.Fuzz(func(t *testing.T, data []byte) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		v, err := decodeNode(data)
		runtime.ReadMemStats(&after)
		if n := after.TotalAlloc - before.TotalAlloc; n > uint64(1<<20+1000*len(data)) {
			t.Errorf("%d bytes allocated for %d", n, len(data))
		}
		if err != nil {
			if strings.Contains(err.Error(), "panic") {
				t.Errorf("%q: %v", data, err)
			}
			return
		}
		again, err := appendNode(v)
		if err != nil {
			t.Fatal(err)
		}
		w, err := decodeNode(again)
		if d := codectest.Diff(v, w); err != nil || d != "" {
			t.Errorf("%+v: %v, %s", v, err, d)
		}
		if _, err := decodeTree(data); err != nil && strings.Contains(err.Error(), "panic") {
			t.Errorf("%q: %v", data, err)
		}
	})
}

func BenchmarkGenerated(b *testing.B) {
	in := codectest.Contacts(1)[0]
	data, err := AppendContact(nil, in)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("encode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if data, err = AppendContact(data[:0], in); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("decode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err = DecodeContact(data); err != nil {
				b.Fatal(err)
			}
		}
	})
}

package wiretest

import (
	"bytes"
	"encoding/json"
	"math/big"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cachegen/cachegen/runtime/internal/codectest"
	"github.com/cachegen/cachegen/runtime/internal/reflectcodec"
)

// everyOf returns a value of Every for each value in the table of package codectest, and for some
// of this package.
func everyOf(t testing.TB) map[string][]*Every {
	t.Helper()
	deep := &[2][]bool{{true, false}, nil}
	public := &Public{
		Small: -1, Number: 1 << 63, At: time.Unix(1, 2).UTC(), Bytes: []byte{},
		Raw: json.RawMessage(`{}`), Any: []any{nil, 1, "x"}, Next: &Public{},
		Nodes: []Public{{Small: 1}, {}}, ByName: map[string]*Public{"b": {Small: 2}},
		ByPoint: map[[2]int16][]string{{1, -1}: {"x", ""}}, Units: make([]struct{}, 7), Deep: &deep,
		Sum: big.NewInt(-1 << 40), Host: netip.MustParseAddr("fe80::1%eth0"),
	}
	public.Scalars.I16, public.Scalars.I32, public.Scalars.U = -300, 1<<20, 300
	public.Scalars.U16, public.Scalars.U32, public.Scalars.Ptr = 1<<15, 1<<31, 1<<40
	public.Nodes = []Public{*public, {Small: 2}}
	all := map[string][]*Every{"": {
		nil, {}, {Public: public}, {Tree: Tree{nil, {}, {{}}}}, {Contact: codectest.Contacts(1)[0]},
	}}
	for _, c := range codectest.Cases() {
		for _, v := range c.Values {
			if c.Refuse || reflect.TypeOf(v) == reflect.TypeFor[*codectest.Base]() && v == (*codectest.Base)(nil) {
				continue
			}
			e := &Every{}
			if !setField(reflect.ValueOf(e).Elem(), v) {
				t.Errorf("Every has no field for the %T of %s", v, c.Name)
			}
			all[c.Name] = append(all[c.Name], e)
		}
	}
	return all
}

// setField sets the field of a struct that has the type of v.
func setField(s reflect.Value, v any) bool {
	for _, f := range s.Fields() {
		if f.Type() == reflect.TypeOf(v) {
			f.Set(reflect.ValueOf(v))
			return true
		}
	}
	return false
}

// Generated code and the codec by reflection write the same bytes, but for the order of maps, and
// each reads those of the other.
func TestReflectionWritesTheBytesOfGeneratedCode(t *testing.T) {
	for name, values := range everyOf(t) {
		for _, in := range values {
			agree(t, name, in)
		}
	}
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		in := &Every{}
		codectest.Fill(rnd, reflect.ValueOf(in).Elem(), 5)
		agree(t, "random", in)
	}
}

func agree(t *testing.T, name string, in *Every) {
	t.Helper()
	generated, err := appendEvery(in)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	reflected, err := reflectcodec.Append(nil, in)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if !bytes.Equal(sorted(generated), sorted(reflected)) {
		t.Errorf("%s: generated code writes %x\nreflection %x\nof %+v", name, generated, reflected, in)
	}
	if oneOrder(reflect.ValueOf(in)) && !bytes.Equal(generated, reflected) {
		t.Errorf("%s: generated code writes %x\nreflection %x\nof %+v", name, generated, reflected, in)
	}
	out, err := decodeEvery(reflected)
	if d := codectest.Diff(in, out); err != nil || d != "" {
		t.Errorf("%s: generated code reads the bytes of reflection: %v, %s", name, err, d)
	}
	out = nil
	err = reflectcodec.Read(generated, &out)
	if d := codectest.Diff(in, out); err != nil || d != "" {
		t.Errorf("%s: reflection reads the bytes of generated code: %v, %s", name, err, d)
	}
}

// sorted is what bytes have in common that differ in the order of maps only.
func sorted(data []byte) []byte {
	data = bytes.Clone(data)
	slices.Sort(data)
	return data
}

// oneOrder reports whether no map in v has two entries.
func oneOrder(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		return v.IsNil() || oneOrder(v.Elem())
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			if !oneOrder(v.Index(i)) {
				return false
			}
		}
	case reflect.Struct:
		for _, f := range v.Fields() {
			if !oneOrder(f) {
				return false
			}
		}
	case reflect.Map:
		for _, x := range v.Seq2() {
			if v.Len() > 1 || !oneOrder(x) {
				return false
			}
		}
	}
	return true
}

// Generated code writes unexported fields of its package's types. Reflection could not set them.
func TestReflectionRefusesUnexportedFields(t *testing.T) {
	_, err := reflectcodec.Append(nil, &Node{})
	want := "*wiretest.Node cannot be cached: Node.name (string) is not exported"
	if err == nil || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("%v, want %s", err, want)
	}
}

// Both refuse values of the same depth, so that neither writes what the other cannot read.
func TestReflectionIsAsDeepAsGeneratedCode(t *testing.T) {
	for _, depth := range []int{9_999, 10_000, 10_001} {
		in := &Every{}
		for range depth {
			in.Public = &Public{Next: in.Public}
		}
		_, generated := appendEvery(in)
		data, reflected := reflectcodec.Append(nil, in)
		if (generated == nil) != (reflected == nil) {
			t.Errorf("%d: generated code says %v, reflection %v", depth, generated, reflected)
		}
		if reflected != nil {
			continue
		}
		if _, err := decodeEvery(data); err != nil {
			t.Errorf("%d: %v", depth, err)
		}
		if err := reflectcodec.Read(data, new(*Every)); err != nil {
			t.Errorf("%d: %v", depth, err)
		}
	}
}

// FuzzReflected feeds both codecs arbitrary bytes: they accept the same ones, and read the same.
func FuzzReflected(f *testing.F) {
	for _, values := range everyOf(f) {
		for _, in := range values {
			data, err := appendEvery(in)
			if err != nil {
				f.Fatal(err)
			}
			if len(data) < 2000 {
				f.Add(data)
			}
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		generated, err := decodeEvery(data)
		var reflected *Every
		switch err2 := reflectcodec.Read(data, &reflected); {
		case err2 != nil && strings.Contains(err2.Error(), "panic"):
			t.Errorf("%v", err2)
		case err2 != nil && strings.Contains(err2.Error(), "a map key comes twice"):
		case (err == nil) != (err2 == nil):
			t.Errorf("generated code says %v, reflection %v", err, err2)
		case err == nil:
			if d := codectest.Diff(generated, reflected); d != "" {
				t.Error(d)
			}
		}
	})
}

func BenchmarkReflected(b *testing.B) {
	in := codectest.Contacts(1)[0]
	data, err := reflectcodec.Append(nil, in)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("encode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if data, err = reflectcodec.Append(data[:0], in); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("decode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var out *codectest.Contact
			if err = reflectcodec.Read(data, &out); err != nil {
				b.Fatal(err)
			}
		}
	})
}

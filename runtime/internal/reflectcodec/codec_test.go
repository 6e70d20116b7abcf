package reflectcodec

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/cachegen/cachegen/runtime/internal/codectest"
)

// roundTrip returns what comes out of the default codec, having gone in after some other bytes.
func roundTrip(t testing.TB, in any) any {
	t.Helper()
	prefix := []byte("head")
	data, err := Append(prefix, in)
	if err != nil {
		t.Fatalf("Append(%#v): %v", in, err)
	}
	if !bytes.HasPrefix(data, prefix) {
		t.Fatalf("Append(%#v) did not keep what was there", in)
	}
	data = data[len(prefix):]
	out := reflect.New(reflect.TypeOf(in))
	if err := Read(data, out.Interface()); err != nil {
		t.Fatalf("Decode of %#v (% x): %v", in, data, err)
	}
	for i := range data { // what came out must not live in the bytes
		data[i] = 0xc1
	}
	return out.Elem().Interface()
}

func TestBringsBackWhatWentIn(t *testing.T) {
	for _, c := range append(codectest.Cases(), codectest.StandardLibrary()...) {
		t.Run(c.Name, func(t *testing.T) {
			for _, in := range c.Values {
				if c.Refuse {
					if data, err := Append([]byte("head"), in); err == nil || string(data) != "head" {
						t.Errorf("Append(%#v) = %q, %v; want an error and the bytes as they were", in, data, err)
					}
					if err := Read(nil, reflect.New(reflect.TypeOf(in)).Interface()); err == nil {
						t.Errorf("Decode into %T: no error", in)
					}
					continue
				}
				if d := codectest.Diff(in, roundTrip(t, in)); d != "" {
					t.Error(d)
				}
			}
		})
	}
}

//lint:file-ignore U1000 fields that are not exported are what the codec refuses

type (
	refusedOwner struct {
		Name  string
		cache func()
	}
	refusedContact struct {
		ID    string
		Owner refusedOwner
	}
	refusedDeep struct {
		List []map[string]*refusedContact
	}
	refusedCycleA struct{ B *refusedCycleB }
	refusedCycleB struct {
		A *refusedCycleA
		F func()
	}
	refusedProto struct{ Message fakeMessage }
	fakeMessage  struct{ Name string }
	refusedKey   struct{ M map[refusedInKey]int }
	refusedInKey struct{ P *int }
	refusedEmbed struct{ *codectestBase }
	refusedPart  struct{ codectestBase }
	// The exported fields of an embedded struct are in reach, but not its methods.
	codectestBase struct {
		ID string
		at time.Time
	}
)

func (*fakeMessage) ProtoReflect() any { return nil }

func TestNamesWhatItCannotCarry(t *testing.T) {
	for _, c := range []struct {
		v    any
		want string
	}{
		{refusedContact{}, "reflectcodec.refusedContact cannot be cached: refusedContact.Owner.cache (func()) is not exported"},
		{[]*refusedContact{}, "[]*reflectcodec.refusedContact cannot be cached: refusedContact.Owner.cache (func()) is not exported"},
		{(*refusedDeep)(nil), "refusedDeep.List[][].Owner.cache (func()) is not exported"},
		{refusedCycleA{}, "refusedCycleA.B.F (func()) is not data"},
		{refusedCycleB{}, "refusedCycleB.F (func()) is not data"},
		{refusedProto{}, "refusedProto.Message (reflectcodec.fakeMessage) is a protobuf message"},
		{map[string]error{}, "error (error) is an interface"},
		{map[any]int{}, "map[interface {}]int[key] (interface {}) is a map key that can be anything"},
		{refusedKey{}, "refusedKey.M[key] (reflectcodec.refusedInKey) is a map key by address"},
		{map[*int]int{}, "map[*int]int[key] (*int) is a map key by address"},
		{refusedEmbed{}, "refusedEmbed.codectestBase (*reflectcodec.codectestBase) is not exported"},
		{refusedPart{}, "refusedPart.codectestBase.at (time.Time) is not exported"},
		{struct{ C chan int }{}, "struct { C chan int }.C (chan int) is not data"},
		{nil, "nil without a type"},
	} {
		_, err := Append(nil, c.v)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("Append(%T): %v\nwant %s", c.v, err, c.want)
		}
	}
	for _, v := range []any{nil, 1, (*int)(nil)} {
		if err := Read([]byte{0}, v); err == nil || !strings.Contains(err.Error(), "not a pointer") {
			t.Errorf("Decode into %T: %v", v, err)
		}
	}
}

// What a type that contains itself was taken for is not kept when it turns out otherwise.
func TestSurveyForgetsWhatRestsOnAnAssumption(t *testing.T) {
	type first struct {
		Own  assumedOwn // travels by its methods, having been found not to by its fields
		User assumedUser
	}
	if _, err := Of(reflect.TypeFor[first]()); err == nil {
		t.Error("first.User.Cycle.F went unnoticed")
	}
	if _, err := Of(reflect.TypeFor[assumedOwn]()); err != nil {
		t.Error(err)
	}
	// assumedUser is fine as long as nobody asks what it points to.
	if _, err := Of(reflect.TypeFor[assumedUser]()); err == nil {
		t.Error("assumedUser.Cycle.F went unnoticed")
	}
}

type (
	assumedOwn   struct{ Cycle *assumedCycle }
	assumedCycle struct {
		User *assumedUser
		F    func()
	}
	assumedUser struct{ Cycle *assumedCycle }
)

func (assumedOwn) MarshalBinary() ([]byte, error)     { return []byte{1}, nil }
func (*assumedOwn) UnmarshalBinary(data []byte) error { return nil }

func TestEndsCycles(t *testing.T) {
	n := &codectest.Node{Name: "a"}
	n.Next = n
	if _, err := Append(nil, n); err == nil || !strings.Contains(err.Error(), "perhaps it contains itself") {
		t.Errorf("Append of a cycle: %v", err)
	}
	long := &codectest.Node{}
	for range 5000 {
		long = &codectest.Node{Next: long}
	}
	out := roundTrip(t, long).(*codectest.Node)
	depth := 0
	for ; out != nil; out = out.Next {
		depth++
	}
	if depth != 5001 {
		t.Errorf("a list of 5001 came back with %d", depth)
	}
}

type bomb struct{ armed bool }

func (b bomb) MarshalBinary() ([]byte, error)     { panic("boom") }
func (b *bomb) UnmarshalBinary(data []byte) error { panic("boom") }

func TestSurvivesMethodsThatPanic(t *testing.T) {
	if b, err := Append([]byte("head"), []bomb{{true}}); err == nil || string(b) != "head" {
		t.Errorf("Append = %q, %v", b, err)
	}
	var out []bomb
	if err := Read([]byte{2, 1, 0}, &out); err == nil || !strings.Contains(err.Error(), "boom") {
		t.Errorf("Decode: %v", err)
	}
}

func TestReadsAllOrFails(t *testing.T) {
	for _, c := range codectest.Cases() {
		for _, in := range c.Values {
			data, err := Append(nil, in)
			if err != nil || len(data) > 1000 {
				continue
			}
			for n := range data {
				if err := Read(data[:n], reflect.New(reflect.TypeOf(in)).Interface()); err == nil {
					t.Errorf("%s: %d bytes of %d decode", c.Name, n, len(data))
				}
			}
			if err := Read(append(data, 0), reflect.New(reflect.TypeOf(in)).Interface()); err == nil {
				t.Errorf("%s: a byte too many decodes", c.Name)
			}
		}
	}
}

func TestRejects(t *testing.T) {
	type big struct{ A [64]*[8]string }
	for _, c := range []struct {
		name string
		into any
		data string
	}{
		{"int8 of nothing", new(int8), ""},
		{"uint16 of 1<<16", new(uint16), "\x80\x80\x04"},
		{"int32 of 1<<31", new(int32), "\x80\x80\x80\x80\x10"},
		{"bool of 2", new(bool), "\x02"},
		{"struct with a field less", new(codectest.Point), "\x02"},
		{"struct with a field more", new(codectest.Point), "\x02\x02\x02"},
		{"byte array with a byte less", new([2]byte), "\x00"},
		{"map with a key twice", new(map[string]int), "\x03\x01a\x02\x01a\x02"},
		{"slice of 4 billion", new([]big), "\x80\x80\x80\x80\x10\x00\x00"},
		{"map of 4 billion", new(map[string]big), "\x80\x80\x80\x80\x10\x00\x00"},
		{"string of 4 GB", new(string), "\x80\x80\x80\x80\x10\x00"},
		{"time with a second too many", new(time.Time),
			"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xca\x9a\x3b"},
		{"time in no kind of location", new(time.Time), "\x03" + strings.Repeat("\x00", 12)},
		{"address of true", new(netip.Addr), "\x01"},
		{"address of five bytes", new(netip.Addr), "\x01\x05\x00\x00\x00\x00\x00"},
		{"content of struct{}", new([]struct{}), "\x02\x01"},
		{"no type in an interface", new(any), "\xff"},
		{"nothing", new(int), ""},
	} {
		if err := Read([]byte(c.data), c.into); err == nil {
			t.Errorf("%s: no error, %v", c.name, reflect.ValueOf(c.into).Elem())
		}
	}
}

// Few bytes cannot ask for much memory: neither by a length, nor by depth.
func TestAllocatesInProportion(t *testing.T) {
	type wide struct{ A, B, C, D, E, F, G, H [64]*int }
	type list []list
	// Lengths that promise more than the bytes hold, and values in values.
	promise := func(n byte) []byte { return append([]byte{n, 0xff, 0x3f}, make([]byte, 1<<20)...) }
	for _, c := range []struct {
		name string
		into any
		data []byte
	}{
		{"wide elements", new([]wide), promise(0x80)},
		{"wide values", new(map[int]*wide), promise(0x80)},
		{"strings", new([]string), append([]byte{0x80, 0x80, 0x40}, bytes.Repeat([]byte{1}, 1<<20)...)},
		{"lists in lists", new(list), bytes.Repeat([]byte{2}, 1<<20)},
		{"nodes in nodes", new(codectest.Node), bytes.Repeat([]byte{0, 1}, 1<<19)},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if err := Read(c.data, c.into); err == nil {
			t.Errorf("%s: no error", c.name)
		}
		runtime.ReadMemStats(&after)
		if got := after.TotalAlloc - before.TotalAlloc; got > 64*uint64(len(c.data)) {
			t.Errorf("%s: %d bytes of data made %d of memory", c.name, len(c.data), got)
		}
	}
}

func TestIsSafeForConcurrentUse(t *testing.T) {
	type fresh struct { // a type that no test has planned yet
		Node  *codectest.Node
		Times map[string]time.Time
		Next  *fresh
	}
	in := fresh{&codectest.Node{Name: "a"}, map[string]time.Time{"b": codectest.Instants()[2]}, &fresh{}}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				data, err := Append(nil, in)
				if err != nil {
					t.Error(err)
					return
				}
				var out fresh
				if err := Read(data, &out); err != nil {
					t.Error(err)
				}
				if d := codectest.Diff(in, out); d != "" {
					t.Error(d)
				}
			}
		})
	}
	wg.Wait()
}

// Values of random types, made of everything that is carried.
func TestBringsBackRandomValues(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		typ := drawType(r, 3, false)
		rnd := rand.New(rand.NewPCG(rapid.Uint64().Draw(r, "seed"), 0))
		v := reflect.New(typ).Elem()
		codectest.Fill(rnd, v, 4)
		in := v.Interface()
		data, err := Append(nil, in)
		if err != nil {
			r.Fatalf("Append(%v): %v", typ, err)
		}
		out := reflect.New(typ)
		if err := Read(data, out.Interface()); err != nil {
			r.Fatalf("Decode(%v): %v", typ, err)
		}
		if d := codectest.Diff(in, out.Elem().Interface()); d != "" {
			r.Fatalf("%v: %s", typ, d)
		}
	})
}

var scalarTypes = []reflect.Type{
	reflect.TypeFor[bool](), reflect.TypeFor[string](), reflect.TypeFor[codectest.Stage](),
	reflect.TypeFor[int](), reflect.TypeFor[int8](), reflect.TypeFor[int16](), reflect.TypeFor[int32](), reflect.TypeFor[int64](),
	reflect.TypeFor[uint](), reflect.TypeFor[uint8](), reflect.TypeFor[uint16](), reflect.TypeFor[uint32](), reflect.TypeFor[uint64](),
	reflect.TypeFor[float32](), reflect.TypeFor[float64](), reflect.TypeFor[complex64](), reflect.TypeFor[complex128](),
	reflect.TypeFor[time.Time](), reflect.TypeFor[codectest.Stamp](), reflect.TypeFor[netip.Addr](), reflect.TypeFor[codectest.UUID](),
	reflect.TypeFor[codectest.Node](), reflect.TypeFor[codectest.Tree[int]](), reflect.TypeFor[codectest.EmbeddedPrivate](), reflect.TypeFor[codectest.Shadowed](),
}

func drawType(r *rapid.T, depth int, key bool) reflect.Type {
	if key {
		return scalarTypes[rapid.IntRange(0, 20).Draw(r, "key")]
	}
	kind := 0
	if depth > 0 {
		kind = rapid.IntRange(0, 6).Draw(r, "kind")
	}
	switch kind {
	case 1:
		return reflect.PointerTo(drawType(r, depth-1, false))
	case 2:
		return reflect.SliceOf(drawType(r, depth-1, false))
	case 3:
		return reflect.ArrayOf(rapid.IntRange(0, 3).Draw(r, "length"), drawType(r, depth-1, false))
	case 4:
		return reflect.MapOf(drawType(r, 0, true), drawType(r, depth-1, false))
	case 5, 6:
		var fields []reflect.StructField
		for i := range rapid.IntRange(0, 17).Draw(r, "fields") {
			fields = append(fields, reflect.StructField{Name: fmt.Sprintf("F%d", i), Type: drawType(r, depth-1, false), Tag: `json:"-"`})
		}
		return reflect.StructOf(fields)
	}
	return rapid.SampledFrom(scalarTypes).Draw(r, "type")
}

func FuzzRead(f *testing.F) {
	var types []reflect.Type
	for _, c := range codectest.Cases() {
		for _, in := range c.Values {
			data, err := Append(nil, in)
			if err != nil || len(data) > 1000 {
				continue
			}
			f.Add(len(types), data)
			types = append(types, reflect.TypeOf(in))
		}
	}
	f.Fuzz(func(t *testing.T, i int, data []byte) {
		typ := types[uint(i)%uint(len(types))]
		out := reflect.New(typ)
		err := Read(data, out.Interface())
		if err != nil {
			if strings.Contains(err.Error(), "panic") {
				t.Fatal(err)
			}
			return
		}
		in := out.Elem().Interface()
		again := roundTrip(t, in)
		if _, ok := in.(codectest.Links); ok {
			return // url.URL has spellings that its own methods do not keep
		}
		if d := codectest.Diff(in, again); d != "" {
			t.Errorf("%v from % x: %s", typ, data, d)
		}
	})
}

func BenchmarkReflected(b *testing.B) {
	in := codectest.Contacts(1)[0]
	data, err := Append(nil, in)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("append", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			data, err = Append(data[:0], in)
		}
	})
	b.Run("decode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var out *codectest.Contact
			err = Read(data, &out)
		}
	})
}

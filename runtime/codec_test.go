package runtime

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"reflect"
	gort "runtime"
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
	data, err := MsgPack{}.Append(prefix, in)
	if err != nil {
		t.Fatalf("Append(%#v): %v", in, err)
	}
	if !bytes.HasPrefix(data, prefix) {
		t.Fatalf("Append(%#v) did not keep what was there", in)
	}
	data = data[len(prefix):]
	out := reflect.New(reflect.TypeOf(in))
	if err := (MsgPack{}).Decode(data, out.Interface()); err != nil {
		t.Fatalf("Decode of %#v (% x): %v", in, data, err)
	}
	for i := range data { // what came out must not live in the bytes
		data[i] = 0xc1
	}
	return out.Elem().Interface()
}

func TestMsgPackBringsBackWhatWentIn(t *testing.T) {
	for _, c := range codectest.Cases() {
		t.Run(c.Name, func(t *testing.T) {
			for _, in := range c.Values {
				if c.Refuse {
					if data, err := (MsgPack{}).Append([]byte("head"), in); err == nil || string(data) != "head" {
						t.Errorf("Append(%#v) = %q, %v; want an error and the bytes as they were", in, data, err)
					}
					if err := (MsgPack{}).Decode(nil, reflect.New(reflect.TypeOf(in)).Interface()); err == nil {
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

func TestMsgPackDropsOnlyTheMonotonicReading(t *testing.T) {
	now := time.Now()
	out := roundTrip(t, now).(time.Time)
	if want := now.Round(0); out != want {
		t.Errorf("%#v became %#v", want, out)
	}
	if out.Location() != time.Local {
		t.Errorf("Local became %v", out.Location())
	}
	if utc := roundTrip(t, now.UTC()).(time.Time); utc.Location() != time.UTC {
		t.Errorf("UTC became %v", utc.Location())
	}
	if zero := roundTrip(t, time.Time{}).(time.Time); zero != (time.Time{}) {
		t.Errorf("the zero time became %#v", zero)
	}
}

// A reader whose Local or time zone database is another still shows the writer's clock.
func TestTimeFromElsewhere(t *testing.T) {
	elsewhere := []struct{ location, zone string }{{"Local", "XYZ"}, {"Atlantis/Poseidonis", "ATL"}, {"Europe/Berlin", "BMT"}, {"", ""}, {strings.Repeat("x", 1000), "X"}}
	at := time.Date(2024, 7, 14, 9, 30, 0, 0, time.UTC)
	for _, e := range elsewhere {
		here := at.In(time.FixedZone(e.zone, 4242))
		b := appendTime(nil, here)
		b[0]++ // an array of five
		b = append(b, appendForTest(t, e.location)...)
		out, rest, err := readTime(b)
		if err != nil || len(rest) > 0 {
			t.Fatalf("%q: %v, % x", e.location, err, rest)
		}
		if out.String() != here.String() {
			t.Errorf("%q: %v became %v", e.location, here, out)
		}
	}
}

func appendForTest(t *testing.T, v any) []byte {
	t.Helper()
	b, err := MsgPack{}.Append(nil, v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestLocationsStartAfresh(t *testing.T) {
	var l locations[int]
	for i := range 5000 {
		l.get(i, func() *time.Location { return nil })
	}
	n := 0
	l.known.Range(func(any, any) bool { n++; return true })
	if n > 2000 {
		t.Errorf("remembers %d", n)
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

func TestMsgPackNamesWhatItCannotCarry(t *testing.T) {
	for _, c := range []struct {
		v    any
		want string
	}{
		{refusedContact{}, "runtime.refusedContact cannot be cached: refusedContact.Owner.cache (func()) is not exported"},
		{[]*refusedContact{}, "[]*runtime.refusedContact cannot be cached: refusedContact.Owner.cache (func()) is not exported"},
		{(*refusedDeep)(nil), "refusedDeep.List[][].Owner.cache (func()) is not exported"},
		{refusedCycleA{}, "refusedCycleA.B.F (func()) is not data"},
		{refusedCycleB{}, "refusedCycleB.F (func()) is not data"},
		{refusedProto{}, "refusedProto.Message (runtime.fakeMessage) is a protobuf message"},
		{map[string]any{}, "interface {} (interface {}) is an interface"},
		{refusedKey{}, "refusedKey.M[key] (runtime.refusedInKey) is a map key by address"},
		{map[*int]int{}, "map[*int]int[key] (*int) is a map key by address"},
		{refusedEmbed{}, "refusedEmbed.codectestBase (*runtime.codectestBase) is not exported"},
		{refusedPart{}, "refusedPart.codectestBase.at (time.Time) is not exported"},
		{struct{ C chan int }{}, "struct { C chan int }.C (chan int) is not data"},
		{nil, "nil without a type"},
	} {
		_, err := MsgPack{}.Append(nil, c.v)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("Append(%T): %v\nwant %s", c.v, err, c.want)
		}
	}
	for _, v := range []any{nil, 1, (*int)(nil)} {
		if err := (MsgPack{}).Decode([]byte{0}, v); err == nil || !strings.Contains(err.Error(), "not a pointer") {
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
	if _, err := planOf(reflect.TypeFor[first]()); err == nil {
		t.Error("first.User.Cycle.F went unnoticed")
	}
	if _, err := planOf(reflect.TypeFor[assumedOwn]()); err != nil {
		t.Error(err)
	}
	// assumedUser is fine as long as nobody asks what it points to.
	if _, err := planOf(reflect.TypeFor[assumedUser]()); err == nil {
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

func TestMsgPackEndsCycles(t *testing.T) {
	n := &codectest.Node{Name: "a"}
	n.Next = n
	if _, err := (MsgPack{}).Append(nil, n); err == nil || !strings.Contains(err.Error(), "perhaps a cycle") {
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

func TestMsgPackSurvivesMethodsThatPanic(t *testing.T) {
	if b, err := (MsgPack{}).Append([]byte("head"), []bomb{{true}}); err == nil || string(b) != "head" {
		t.Errorf("Append = %q, %v", b, err)
	}
	var out []bomb
	if err := (MsgPack{}).Decode([]byte{0x91, 0xc4, 0}, &out); err == nil || !strings.Contains(err.Error(), "boom") {
		t.Errorf("Decode: %v", err)
	}
}

func TestMsgPackReadsAllOrFails(t *testing.T) {
	for _, c := range codectest.Cases() {
		for _, in := range c.Values {
			data, err := MsgPack{}.Append(nil, in)
			if err != nil || len(data) > 1000 {
				continue
			}
			for n := range data {
				if err := (MsgPack{}).Decode(data[:n], reflect.New(reflect.TypeOf(in)).Interface()); err == nil {
					t.Errorf("%s: %d bytes of %d decode", c.Name, n, len(data))
				}
			}
			if err := (MsgPack{}).Decode(append(data, 0xc0), reflect.New(reflect.TypeOf(in)).Interface()); err == nil {
				t.Errorf("%s: a byte too many decodes", c.Name)
			}
		}
	}
}

func TestMsgPackRejects(t *testing.T) {
	type big struct{ A [64]*[8]string }
	for _, c := range []struct {
		name string
		into any
		data string
	}{
		{"int8 of 128", new(int8), "\xcc\x80"},
		{"uint8 of 256", new(uint8), "\xcd\x01\x00"},
		{"uint of -1", new(uint), "\xff"},
		{"int of a string", new(int), "\xa1a"},
		{"struct with a field less", new(codectest.Point), "\x91\x01"},
		{"struct of nil", new(codectest.Point), "\xc0"},
		{"array of another length", new([2]string), "\x93\xa0\xa0\xa0"},
		{"byte array of another length", new([2]byte), "\xc4\x03\x00\x00\x00"},
		{"map with a key twice", new(map[string]int), "\x82\xa1a\x01\xa1a\x02"},
		{"slice of 4 billion", new([]big), "\xdd\xff\xff\xff\xff\x00\x00"},
		{"map of 4 billion", new(map[string]big), "\xdf\xff\xff\xff\xff\x00\x00"},
		{"string of 4 GB", new(string), "\xdb\xff\xff\xff\xff\x00"},
		{"time with a second too many", new(time.Time), "\x92\x00\xce\x3b\x9a\xca\x00"},
		{"time of three", new(time.Time), "\x93\x00\x00\x00"},
		{"address of true", new(netip.Addr), "\xc3"},
		{"address of five bytes", new(netip.Addr), "\xc4\x05\x00\x00\x00\x00\x00"},
		{"nothing", new(int), ""},
	} {
		if err := (MsgPack{}).Decode([]byte(c.data), c.into); err == nil {
			t.Errorf("%s: no error, %v", c.name, reflect.ValueOf(c.into).Elem())
		}
	}
}

// Few bytes cannot ask for much memory: neither by a length, nor by depth.
func TestMsgPackAllocatesInProportion(t *testing.T) {
	type wide struct{ A, B, C, D, E, F, G, H [64]*int }
	nested := bytes.Repeat([]byte{0x91}, 1<<20)
	type list []list
	for _, c := range []struct {
		name string
		into any
		data []byte
	}{
		{"wide elements", new([]wide), append([]byte{0xdd, 0x00, 0x0f, 0xff, 0xff}, make([]byte, 1<<20)...)},
		{"wide values", new(map[int]*wide), append([]byte{0xdf, 0x00, 0x07, 0xff, 0xff}, make([]byte, 1<<20)...)},
		{"strings", new([]string), append([]byte{0xdd, 0x00, 0x0f, 0xff, 0xff}, make([]byte, 1<<20)...)},
		{"lists in lists", new(list), nested},
		{"nodes in nodes", new(codectest.Node), bytes.Repeat([]byte{0x94, 0xa0}, 1<<19)},
	} {
		var before, after gort.MemStats
		gort.ReadMemStats(&before)
		if err := (MsgPack{}).Decode(c.data, c.into); err == nil {
			t.Errorf("%s: no error", c.name)
		}
		gort.ReadMemStats(&after)
		if got := after.TotalAlloc - before.TotalAlloc; got > 64*uint64(len(c.data)) {
			t.Errorf("%s: %d bytes of data made %d of memory", c.name, len(c.data), got)
		}
	}
}

func TestMsgPackIsSafeForConcurrentUse(t *testing.T) {
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
				data, err := MsgPack{}.Append(nil, in)
				if err != nil {
					t.Error(err)
					return
				}
				var out fresh
				if err := (MsgPack{}).Decode(data, &out); err != nil {
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
func TestMsgPackBringsBackRandomValues(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		typ := drawType(r, 3, false)
		rnd := rand.New(rand.NewPCG(rapid.Uint64().Draw(r, "seed"), 0))
		v := reflect.New(typ).Elem()
		fillRandom(rnd, v, 4)
		in := v.Interface()
		data, err := MsgPack{}.Append(nil, in)
		if err != nil {
			r.Fatalf("Append(%v): %v", typ, err)
		}
		out := reflect.New(typ)
		if err := (MsgPack{}).Decode(data, out.Interface()); err != nil {
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

func fillRandom(r *rand.Rand, v reflect.Value, depth int) {
	if r.IntN(8) == 0 {
		return // zero, nil
	}
	switch p := v.Addr().Interface().(type) {
	case *time.Time:
		*p = randomTime(r)
		return
	case *codectest.Stamp:
		*p = codectest.Stamp(randomTime(r))
		return
	case *netip.Addr:
		*p = netip.AddrFrom4([4]byte{byte(r.Uint32()), 1, 2, 3})
		return
	}
	n := r.IntN(4)
	if r.IntN(30) == 0 {
		n = 20
	}
	if depth <= 0 {
		n = 0
	}
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(true)
	case reflect.String:
		b := make([]byte, []int{0, 1, 31, 32, 256}[r.IntN(5)])
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		v.SetString(string(b))
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		v.SetInt(int64(r.Uint64()) >> r.IntN(64))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(r.Uint64() >> r.IntN(64))
	case reflect.Float32, reflect.Float64:
		v.SetFloat(r.NormFloat64())
	case reflect.Complex64, reflect.Complex128:
		v.SetComplex(complex(r.NormFloat64(), -1))
	case reflect.Pointer:
		if depth > 0 {
			v.Set(reflect.New(v.Type().Elem()))
			fillRandom(r, v.Elem(), depth-1)
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		fallthrough
	case reflect.Array:
		for i := range v.Len() {
			fillRandom(r, v.Index(i), depth-1)
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		for range n {
			k, e := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			fillRandom(r, k, depth-1)
			fillRandom(r, e, depth-1)
			v.SetMapIndex(k, e)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Field(i); f.CanSet() {
				fillRandom(r, f, depth-1)
			} else if f.Kind() == reflect.Struct {
				for j := range f.NumField() {
					fillRandom(r, f.Field(j), depth-1)
				}
			}
		}
	}
}

func randomTime(r *rand.Rand) time.Time {
	instants := codectest.Instants()
	at := time.Unix(r.Int64N(1<<33)-1<<32, r.Int64N(1e9))
	return at.In(instants[r.IntN(len(instants))].Location())
}

func FuzzMsgPackDecode(f *testing.F) {
	var types []reflect.Type
	for _, c := range codectest.Cases() {
		for _, in := range c.Values {
			data, err := MsgPack{}.Append(nil, in)
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
		err := MsgPack{}.Decode(data, out.Interface())
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

func BenchmarkMsgPack(b *testing.B) {
	in := codectest.Contacts(1)[0]
	data, err := MsgPack{}.Append(nil, in)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("append", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			data, err = MsgPack{}.Append(data[:0], in)
		}
	})
	b.Run("decode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var out *codectest.Contact
			err = MsgPack{}.Decode(data, &out)
		}
	})
}

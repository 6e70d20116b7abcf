// Package codectest holds values that are easy to lose between the bytes of a codec, and the
// comparison that notices. The tests of runtime and the table of codecs share it.
package codectest

import (
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// A Case is one row of the fidelity table: values of one feature.
type Case struct {
	Name   string
	Values []any // each of the type of a result
	Refuse bool  // the codec by reflection says that it cannot carry them
	// With Refuse: because of what an interface holds, not of the type.
	Held bool
	Diff func(in, out any) string // how to compare; nil: Diff
}

// The types of the cases. Field names are long enough to be told apart in a failure.
type (
	// Hidden is what database/sql sees and an API does not.
	Hidden struct {
		ID       int64
		Password string `json:"-" msgpack:"-" cbor:"-" codec:"-"`
		Note     string `json:"-"`
	}
	Renamed struct {
		First  string `json:"Second" msgpack:"Second" cbor:"Second" codec:"Second"`
		Second string
	}
	OmitEmpty struct {
		Tags  []string       `json:"tags,omitempty" msgpack:"tags,omitempty" cbor:"tags,omitempty" codec:"tags,omitempty"`
		Count *int           `json:"count,omitempty" msgpack:"count,omitempty" cbor:"count,omitempty" codec:"count,omitempty"`
		Map   map[string]int `json:"map,omitempty" msgpack:"map,omitempty" cbor:"map,omitempty" codec:"map,omitempty"`
	}
	Quoted struct {
		ID   int64  `json:"id,string"`
		Name string `json:"name,string"`
		OK   *bool  `json:"ok,string"`
	}

	Event  struct{ At time.Time }
	Stamp  time.Time
	Stamps struct{ At Stamp }
	Span   struct{ Took, Zero time.Duration }

	Slices struct {
		Strings []string
		Bytes   []byte
		Structs []Point
		Deep    [][]int
	}
	Maps struct {
		Counts map[string]int
		Inner  map[string]map[string]bool
	}
	Point   struct{ X, Y int }
	ByInt   struct{ M map[int]string }
	ByPoint struct{ M map[Point]string }
	ByArray struct{ M map[[2]int]string }
	ByBool  struct{ M map[bool]uint8 }
	ByTime  struct{ M map[time.Time]int }
	ByAddr  struct{ M map[netip.Addr]int }
	ByFloat struct{ M map[float64]int }

	Numbers struct {
		I   int64
		U   uint64
		I8  int8
		U8  uint8
		Any int
	}
	Floats struct {
		F64 []float64
		F32 []float32
	}
	Complex struct {
		C128 complex128
		C64  complex64
	}
	Arrays struct {
		Three [3]int
		None  [0]string
		Deep  [2][2]Point
	}
	UUID [16]byte
	IDs  struct {
		ID   UUID
		More []UUID
		Opt  *UUID
	}
	Stage string
	Level uint8
	Named struct {
		Stage  Stage
		Level  Level
		Levels []Level
		Tags   Labels
	}
	Labels []Stage

	Base     struct{ ID, Name string }
	Embedded struct {
		Base
		Extra string
	}
	Shadowed struct {
		Base
		ID string
	}
	Twice struct {
		Base
		Other
	}
	Other           struct{ ID, Kind string }
	EmbeddedPointer struct {
		*Base
		Extra string
	}
	base            struct{ ID, Name string }
	EmbeddedPrivate struct {
		base
		Extra string
	}
	EmbeddedTime struct {
		time.Time
		Note string
	}

	Pointers struct {
		Int    *int
		String *string
		Point  *Point
		Empty  *struct{}
		Time   *time.Time
		Slice  *[]string
		Map    *map[string]int
		Bytes  *[]byte
	}
	PointerPointers struct {
		Int   **int
		Point **Point
		Three ***string
	}

	Raw struct {
		Body   json.RawMessage
		Number json.Number
		Maybe  *json.RawMessage
	}

	Node struct {
		Name     string
		Next     *Node
		Children []Node
		ByName   map[string]*Node
	}
	Tree[T any] struct {
		Value       T
		Left, Right *Tree[T]
	}
	Page[T any, K comparable] struct {
		Items []T
		ByKey map[K]*T
		Next  *K
	}

	// Account hides a field from APIs by a method, as Hidden does by a tag.
	Account struct{ ID, Secret string }
	// Card is written to Redis by hand elsewhere, as JSON.
	Card struct {
		ID  string
		PIN string `json:"-"`
	}

	Addrs struct {
		Addr   netip.Addr
		Maybe  *netip.Addr
		Prefix netip.Prefix
		Port   netip.AddrPort
	}
	Links struct {
		URL  *url.URL
		Self url.URL
	}
	Money struct {
		Amount *big.Int
		Value  big.Int
		Rate   *big.Float
		Share  *big.Rat
	}
	Color    struct{ name string }
	Packed   struct{ text string }
	Quantity struct{ n uint8 }
	Label    struct{ text string }
	Hooks    []func()
	Methods  struct {
		Packed   Packed
		Quantity *Quantity
		Labels   []Label
		Hooks    Hooks
	}
	Painted   struct{ Color, None Color }
	Invisible struct{ Visible, hidden string }
	Anything  struct {
		Name string
		Data any
	}
	Failure  struct{ Err error }
	Callback struct{ Notify func() }
	Noted    struct {
		time.Time
		note string
	}
	Blank struct {
		_ [0]func()
		A int
		_ int
		B int
	}
)

// MarshalJSON leaves the secret out.
func (a Account) MarshalJSON() ([]byte, error) { return json.Marshal(map[string]string{"ID": a.ID}) }

// MarshalBinary is what go-redis asks for.
func (c Card) MarshalBinary() ([]byte, error) { return json.Marshal(c) }

// UnmarshalBinary is its counterpart.
func (c *Card) UnmarshalBinary(b []byte) error { return json.Unmarshal(b, c) }

// MarshalText returns the name; black is not one.
func (c Color) MarshalText() ([]byte, error) {
	if c.name == "" {
		return nil, fmt.Errorf("no color")
	}
	return []byte(c.name), nil
}

// UnmarshalText knows three colors.
func (c *Color) UnmarshalText(b []byte) error {
	if !strings.Contains("red green blue", string(b)) || len(b) == 0 {
		return fmt.Errorf("no color %q", b)
	}
	c.name = string(b)
	return nil
}

// MarshalMsg appends the text, with its length.
func (p Packed) MarshalMsg(b []byte) ([]byte, error) {
	return append(append(b, byte(len(p.text))), p.text...), nil
}

// UnmarshalMsg returns what follows the text.
func (p *Packed) UnmarshalMsg(b []byte) ([]byte, error) {
	if len(b) == 0 || len(b)-1 < int(b[0]) {
		return b, fmt.Errorf("no text in % x", b)
	}
	n := 1 + int(b[0])
	p.text = string(b[1:n])
	return b[n:], nil
}

// Marshal returns the number.
func (q *Quantity) Marshal() ([]byte, error) { return []byte{q.n}, nil }

// Unmarshal takes one byte.
func (q *Quantity) Unmarshal(b []byte) error {
	if len(b) != 1 {
		return fmt.Errorf("no quantity in % x", b)
	}
	q.n = b[0]
	return nil
}

// MarshalBinary returns the number of hooks.
func (h Hooks) MarshalBinary() ([]byte, error) { return []byte{byte(len(h))}, nil }

// UnmarshalBinary makes as many, all nil.
func (h *Hooks) UnmarshalBinary(b []byte) error {
	if len(b) != 1 {
		return fmt.Errorf("no hooks in % x", b)
	}
	*h = make(Hooks, b[0])
	return nil
}

// AppendText appends the text.
func (l Label) AppendText(b []byte) ([]byte, error) { return append(b, l.text...), nil }

// UnmarshalText takes any text.
func (l *Label) UnmarshalText(b []byte) error {
	l.text = string(b)
	return nil
}

func ptr[T any](v T) *T { return &v }

func bigInt(s string) *big.Int {
	n, _ := new(big.Int).SetString(s, 10)
	return n
}

// Instants are times in every kind of location.
func Instants() []time.Time {
	at := time.Date(2024, 7, 14, 9, 30, 15, 123456789, time.UTC)
	berlin := place("Europe/Berlin")
	return []time.Time{
		at,
		at.In(time.Local),
		at.In(berlin), at.AddDate(0, 6, 0).In(berlin), // summer and winter
		time.Date(2024, 10, 27, 1, 30, 0, 0, time.UTC).In(berlin), // the hour that comes twice
		time.Date(1850, 1, 1, 0, 0, 0, 0, time.UTC).In(berlin),    // local mean time
		at.In(place("Asia/Kathmandu")), at.In(place("America/Sao_Paulo")),
		at.In(time.FixedZone("", 3600)), at.In(time.FixedZone("PNT", -7*3600-1800)),
		at.In(time.FixedZone("CET", 3600)), at.AddDate(0, 6, 0).In(time.FixedZone("CET", 3600)),
		at.In(time.FixedZone("UTC", 0)), at.In(time.FixedZone("Local", 42)), at.In(time.FixedZone("Europe/Berlin", 7200)),
		at.In(time.FixedZone("\xff", 1)),
		time.Date(-300, 1, 1, 0, 0, 0, 1, time.UTC), time.Date(12000, 1, 1, 0, 0, 0, 0, time.UTC),
		time.Unix(1<<40, 999999999), time.Unix(0, 0), time.Unix(-1, 1).UTC(),
	}
}

func place(name string) *time.Location {
	loc, err := time.LoadLocation(name)
	if err != nil {
		panic("codectest: " + err.Error())
	}
	return loc
}

func events(times ...time.Time) []any {
	var out []any
	for _, t := range times {
		out = append(out, Event{t})
	}
	return out
}

// Cases returns the table of the features.
func Cases() []Case {
	at := Instants()[0]
	utc := at
	negativeZero := math.Copysign(0, -1)
	return []Case{
		{Name: "field with `json:\"-\"` (and the library's own tag)", Values: []any{&Hidden{1, "secret", "note"}}},
		{Name: "field renamed to another's name", Values: []any{Renamed{"a", "b"}}},
		{Name: "`omitempty`: nil and empty, nil and zero", Values: []any{OmitEmpty{}, OmitEmpty{Tags: []string{}, Count: ptr(0), Map: map[string]int{}}}},
		{Name: "`string` option", Values: []any{Quoted{ID: math.MaxInt64, Name: `"q"`}, Quoted{OK: ptr(false)}}},
		{Name: "hidden by MarshalJSON", Values: []any{&Account{"1", "secret"}}},
		{Name: "hidden by MarshalBinary that writes JSON", Values: []any{&Card{"1", "0000"}}},

		{Name: "time.Time, UTC", Values: events(utc, time.Unix(-1, 1).UTC())},
		{Name: "time.Time, zero", Values: events(time.Time{})},
		{Name: "time.Time, Local", Values: events(at.Local())},
		{Name: "time.Time, LoadLocation", Values: events(Instants()[2:8]...)},
		{Name: "time.Time, FixedZone", Values: events(Instants()[8:16]...)},
		{Name: "time.Time, far years", Values: events(Instants()[16:19]...)},
		{Name: "type declared as time.Time", Values: []any{Stamps{Stamp(at)}, Stamps{Stamp(Instants()[2])}}},
		{Name: "time.Duration", Values: []any{Span{Took: math.MinInt64}, Span{Took: time.Hour}}},

		{Name: "nil slice", Values: []any{Slices{}, Slices{Deep: [][]int{nil}}}},
		{Name: "empty slice", Values: []any{Slices{[]string{}, []byte{}, []Point{}, [][]int{{}}}}},
		{Name: "nil map", Values: []any{Maps{}, Maps{Inner: map[string]map[string]bool{"a": nil}}}},
		{Name: "empty map", Values: []any{Maps{map[string]int{}, map[string]map[string]bool{"": {}}}}},
		{Name: "byte slices", Values: []any{Slices{Bytes: []byte{0, 1, 255}}, Slices{Bytes: make([]byte, 70000)}}},
		{Name: "arrays", Values: []any{Arrays{Three: [3]int{1, 0, -1}, Deep: [2][2]Point{{{1, 2}}, {{}, {3, 4}}}}}},
		{Name: "`[16]byte` (uuid)", Values: []any{IDs{ID: UUID{1, 15: 255}, More: []UUID{{}, {2}}, Opt: &UUID{}}, IDs{}}},

		{Name: "largest and smallest integers", Values: []any{
			Numbers{I: math.MinInt64, U: math.MaxUint64, I8: -128, U8: 255, Any: math.MinInt64},
			Numbers{I: math.MaxInt64, U: 1<<53 + 1, I8: 127, Any: 1<<53 + 1}}},
		{Name: "float NaN, Inf, -0", Values: []any{Floats{
			F64: []float64{math.NaN(), math.Inf(1), math.Inf(-1), negativeZero, math.SmallestNonzeroFloat64, math.MaxFloat64, 0.1},
			F32: []float32{float32(math.NaN()), float32(math.Inf(-1)), float32(negativeZero), math.MaxFloat32, 0.1}}}},
		{Name: "complex numbers", Values: []any{Complex{complex(1, -2), complex(0, 3)}}},
		{Name: "string that is not UTF-8", Values: []any{Base{ID: "\xff\xfe", Name: "a\x00\xc3("}}},
		{Name: "string with `<`, U+2028, U+FFFD", Values: []any{Base{ID: "<&>\u2028", Name: "\ufffd"}}},
		{Name: "named types", Values: []any{Named{"won", 7, []Level{1, 2}, Labels{"a"}}, Named{Tags: Labels{}, Levels: []Level{}}}},

		{Name: "map by int", Values: []any{ByInt{map[int]string{-1: "a", math.MaxInt64: "b"}}}},
		{Name: "map by bool", Values: []any{ByBool{map[bool]uint8{true: 1, false: 2}}}},
		{Name: "map by float, NaN", Values: []any{ByFloat{map[float64]int{0.5: 1, math.NaN(): 2}}}},
		{Name: "map by struct", Values: []any{ByPoint{map[Point]string{{1, 2}: "a", {}: ""}}}},
		{Name: "map by array", Values: []any{ByArray{map[[2]int]string{{1, 2}: "a"}}}},
		{Name: "map by time.Time", Values: []any{ByTime{map[time.Time]int{utc: 1, {}: 2}}}},
		{Name: "map by netip.Addr", Values: []any{ByAddr{map[netip.Addr]int{netip.MustParseAddr("fe80::1%eth0"): 1, {}: 2}}}},

		{Name: "embedded struct", Values: []any{Embedded{Base{"1", "n"}, "x"}}},
		{Name: "embedded struct, shadowed field", Values: []any{Shadowed{Base{"inner", "n"}, "outer"}}},
		{Name: "two embedded structs with one field name", Values: []any{Twice{Base{"a", "n"}, Other{"b", "k"}}}},
		{Name: "embedded pointer, nil and zero", Values: []any{EmbeddedPointer{nil, "x"}, EmbeddedPointer{&Base{}, "x"}, EmbeddedPointer{&Base{"1", ""}, ""}}},
		{Name: "embedded struct of unexported type", Values: []any{EmbeddedPrivate{base{"1", "n"}, "x"}}},
		{Name: "embedded time.Time beside a field", Values: []any{EmbeddedTime{at, "note"}}},

		{Name: "pointer to zero value", Values: []any{Pointers{Int: ptr(0), String: ptr(""), Point: &Point{}, Empty: &struct{}{}, Time: &time.Time{}}}},
		{Name: "pointer, nil", Values: []any{Pointers{}, &Pointers{}}},
		{Name: "pointer to nil and empty slice or map", Values: []any{
			Pointers{Slice: ptr([]string(nil)), Map: ptr(map[string]int(nil)), Bytes: ptr([]byte(nil))},
			Pointers{Slice: &[]string{}, Map: &map[string]int{}, Bytes: &[]byte{}}}},
		{Name: "pointer to pointer, nil inside", Values: []any{
			PointerPointers{Int: ptr((*int)(nil)), Three: ptr(ptr((*string)(nil)))}, PointerPointers{Int: ptr(ptr(0)), Point: ptr(&Point{1, 2})}}},

		{Name: "json.RawMessage, json.Number", Values: []any{
			Raw{json.RawMessage(`{ "b": 1,  "a": 1e400 }`), "12345678901234567890.5", ptr(json.RawMessage("[]"))}, Raw{}, Raw{Body: json.RawMessage{}}, Raw{Body: json.RawMessage("null")}, Raw{Body: json.RawMessage("not json")}}},
		{Name: "recursive types", Values: []any{&Node{"a", &Node{Name: "b"}, []Node{{Name: "c"}, {Next: &Node{}}}, map[string]*Node{"d": nil, "": {}}}}},
		{Name: "generic types", Values: []any{Tree[[]string]{Left: &Tree[[]string]{Value: []string{}}}, &Page[Point, Stage]{Items: []Point{{1, 2}}, ByKey: map[Stage]*Point{"won": {}}, Next: ptr(Stage(""))}}},

		{Name: "netip.Addr and friends (BinaryMarshaler)", Values: []any{
			Addrs{}, Addrs{netip.MustParseAddr("10.0.0.1"), ptr(netip.MustParseAddr("fe80::1%eth0")), netip.MustParsePrefix("10.0.0.0/8"), netip.MustParseAddrPort("[::1]:80")}, Addrs{Maybe: &netip.Addr{}}}},
		{Name: "url.URL (BinaryMarshaler)", Values: []any{Links{URL: parseURL("https://user:pw@example.com/a%2Fb?q=1#f")}, Links{URL: &url.URL{}}}},
		{Name: "big.Int, big.Float, big.Rat (gob, text)", Values: []any{
			Money{}, Money{bigInt("-123456789012345678901234567890"), *bigInt("18446744073709551616"),
				new(big.Float).SetPrec(200).SetRat(big.NewRat(1, 3)), big.NewRat(1, 3)}, Money{Amount: new(big.Int)}}},
		{Name: "TextMarshaler over unexported fields", Values: []any{Painted{Color: Color{"red"}}}},
		{Name: "MarshalMsg, Marshal, AppendText over unexported fields", Values: []any{
			Methods{}, Methods{Packed{"msg"}, &Quantity{7}, []Label{{"a"}, {}}, Hooks{}}, Methods{Hooks: Hooks{nil, nil}}}},
		{Name: "blank fields", Values: []any{Blank{A: 1, B: 2}}},

		{Name: "result: pointer to struct", Values: []any{&Base{"1", "n"}, &Base{}}},
		{Name: "result: nil pointer", Values: []any{(*Base)(nil)}},
		{Name: "result: struct", Values: []any{Base{"1", "n"}, Base{}, struct{}{}}},
		{Name: "result: slice of pointers, nil among them", Values: []any{[]*Base{{"1", "n"}, nil, {}}, []*Base{}, []*Base(nil)}},
		{Name: "result: map of pointers", Values: []any{map[string]*Base{"a": {"1", "n"}, "b": nil}, map[string]*Base{}, map[string]*Base(nil)}},
		{Name: "result: string, int, bool, float", Values: []any{"", "text", 0, -1, uint64(math.MaxUint64), true, false, math.Pi, Stage("won")}},
		{Name: "result: []byte", Values: []any{[]byte("bytes"), []byte{}, []byte(nil)}},
		{Name: "result: time.Time", Values: []any{at, time.Time{}, Instants()[3]}},
		{Name: "result: array, uuid", Values: []any{UUID{1}, [2]string{"a"}}},

		{Name: "unexported field", Values: []any{Invisible{"a", "b"}}, Refuse: true},
		{Name: "unexported field beside embedded time.Time", Values: []any{Noted{at, "note"}}, Refuse: true},
		{Name: "interface: any with int64, []byte, nil", Values: []any{
			Anything{"a", int64(1 << 60)}, Anything{"a", []byte("x")}, Anything{}}},
		{Name: "interface: any with a struct", Values: []any{Anything{"a", Point{1, 2}}}, Refuse: true, Held: true},
		{Name: "interface: error", Values: []any{Failure{fmt.Errorf("gone")}}, Refuse: true},
		{Name: "func", Values: []any{Callback{func() {}}}, Refuse: true},
	}
}

func parseURL(s string) *url.URL {
	u, err := url.Parse(s)
	if err != nil {
		panic(err)
	}
	return u
}

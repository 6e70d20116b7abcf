package runtime_test

import (
	"context"
	"math/big"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cachegen/cachegen/runtime"
)

// A constructor that is given what New returned with an error, or did not return at all, says so.
func TestNilCacheIsNamed(t *testing.T) {
	want := "cachegen: Contacts.Get was given a nil *Cache; New returns one only with an error"
	require.PanicsWithValue(t, want, func() {
		runtime.NewRead(nil, runtime.ReadOptions{Result: resultOf[*contact](), Method: "Contacts.Get"})
	})
	require.PanicsWithValue(t, want, func() {
		runtime.NewBatch(nil, runtime.ReadOptions{Result: resultOf[*contact](), Method: "Contacts.Get"})
	})
	require.PanicsWithValue(t, want, func() { runtime.NewWrite(nil, runtime.WriteOptions{Method: "Contacts.Get"}) })

	want = "cachegen: Contacts.Get was given a Cache that New did not make"
	require.PanicsWithValue(t, want, func() {
		runtime.NewRead(new(runtime.Cache), runtime.ReadOptions{Result: resultOf[*contact](), Method: "Contacts.Get"})
	})
}

type (
	userID  string
	count   int64
	level   uint8
	ratio   float32
	raw     []byte
	hash    [4]byte
	marks   []level
	nothing struct{}
	tree    []tree
	point   struct{ X, Y int }
	entity  struct {
		ID   *int
		Org  userID
		When time.Time
		_    func()
	}
	labelled struct{ Name netip.Addr }
	promoted struct {
		netip.Addr
		Zone string
	}
	anonymous = struct{ netip.Addr }
)

// TestKeyOf: what a generic read appends for a value is what code for that very type appends, so
// that writes meet it.
func TestKeyOf(t *testing.T) {
	type k = runtime.Key
	one, when := 1, time.Unix(5, 6)
	addr := netip.MustParseAddr("10.0.0.1")
	var none *int
	var nowhere *raw
	bytes := raw("a:b")
	for name, c := range map[string]struct{ generic, typed func(k) k }{
		"string":     {of("a:b"), func(k k) k { return k.String("a:b") }},
		"int":        {of(-1), func(k k) k { return k.Int(-1) }},
		"int8":       {of(int8(-1)), func(k k) k { return k.Int(-1) }},
		"int16":      {of(int16(-1)), func(k k) k { return k.Int(-1) }},
		"rune":       {of('a'), func(k k) k { return k.Int('a') }},
		"int64":      {of(int64(1)), func(k k) k { return k.Int(1) }},
		"uint":       {of(uint(1)), func(k k) k { return k.Uint(1) }},
		"byte":       {of(byte(1)), func(k k) k { return k.Uint(1) }},
		"uint16":     {of(uint16(1)), func(k k) k { return k.Uint(1) }},
		"uint32":     {of(uint32(1)), func(k k) k { return k.Uint(1) }},
		"uint64":     {of(uint64(1)), func(k k) k { return k.Uint(1) }},
		"uintptr":    {of(uintptr(1)), func(k k) k { return k.Uint(1) }},
		"bool":       {of(true), func(k k) k { return k.Bool(true) }},
		"time":       {of(when), func(k k) k { return k.Time(when) }},
		"duration":   {of(time.Second), func(k k) k { return k.Int(int64(time.Second)) }},
		"named":      {of(userID("a")), func(k k) k { return k.String("a") }},
		"count":      {of(count(-3)), func(k k) k { return k.Int(-3) }},
		"level":      {of(level(3)), func(k k) k { return k.Uint(3) }},
		"float":      {of(0.1), func(k k) k { return k.Float(0.1) }},
		"ratio":      {of(ratio(0.1)), func(k k) k { return k.Float32(0.1) }},
		"complex":    {of(1 + 2i), func(k k) k { return k.Complex(1 + 2i) }},
		"pointer":    {of(&one), func(k k) k { return k.Int(1) }},
		"nil":        {of(none), func(k k) k { return k.Nil() }},
		"raw":        {of(bytes), func(k k) k { return k.Bytes(bytes) }},
		"nil bytes":  {of([]byte(nil)), func(k k) k { return k.Nil() }},
		"*raw":       {of(&bytes), func(k k) k { return k.Ref().Bytes(bytes) }},
		"nil *raw":   {of(nowhere), func(k k) k { return k.Nil() }},
		"hash":       {of(hash{1, 'a'}), func(k k) k { return k.Bytes([]byte{1, 'a', 0, 0}) }},
		"marks":      {of(marks{1, 2}), func(k k) k { return k.Len(2).Uint(1).Uint(2) }},
		"nil marks":  {of(marks(nil)), func(k k) k { return k.Nil() }},
		"empty":      {of([]int{}), func(k k) k { return k.Len(0) }},
		"array":      {of([2]int{1, 2}), func(k k) k { return k.Int(1).Int(2) }},
		"no array":   {of([0]int{}), func(k k) k { return k.Ref() }},
		"nils":       {of([1]*int{}), func(k k) k { return k.Ref().Nil() }},
		"map":        {of(map[string]int{"b": 2, "a": 1}), func(k k) k { return k.Len(2).String("a").Int(1).String("b").Int(2) }},
		"nil map":    {of(map[string]int(nil)), func(k k) k { return k.Nil() }},
		"point":      {of(point{1, 2}), func(k k) k { return k.Int(1).Int(2) }},
		"*point":     {of(&point{1, 2}), func(k k) k { return k.Int(1).Int(2) }},
		"entity":     {of(entity{Org: "o", When: when}), func(k k) k { return k.Ref().Nil().String("o").Time(when) }},
		"nothing":    {of(nothing{}), func(k k) k { return k.Ref() }},
		"tree":       {of(tree{nil, {}}), func(k k) k { return k.Len(2).Nil().Len(0) }},
		"text":       {of(addr), func(k k) k { return k.Text(addr) }},
		"text field": {of(labelled{addr}), func(k k) k { return k.Text(addr) }},
		"text ptr":   {of(*big.NewInt(7)), func(k k) k { return k.Text(big.NewInt(7)) }},
		"*text ptr":  {of(big.NewInt(7)), func(k k) k { return k.Text(big.NewInt(7)) }},
		"anonymous":  {of(anonymous{addr}), func(k k) k { return k.Text(addr) }},
	} {
		require.Equal(t, keyOf(t, "t", "p", c.typed), keyOf(t, "t", "p", c.generic), name)
	}
}

func of[T any](v T) func(runtime.Key) runtime.Key {
	return func(k runtime.Key) runtime.Key { return runtime.KeyOf(k, v) }
}

func TestKeyOfAllocatesNothing(t *testing.T) {
	var buf runtime.KeyBuffer
	now := time.Now()
	for name, f := range map[string]func(){
		"string":  func() { buf = runtime.KeyBuffer{}; runtime.KeyOf(&buf, "contact") },
		"int":     func() { buf = runtime.KeyBuffer{}; runtime.KeyOf(&buf, 12345) },
		"time":    func() { buf = runtime.KeyBuffer{}; runtime.KeyOf(&buf, now) },
		"userID":  func() { buf = runtime.KeyBuffer{}; runtime.KeyOf(&buf, userID("contact")) },
		"count":   func() { buf = runtime.KeyBuffer{}; runtime.KeyOf(&buf, count(12345)) },
		"generic": func() { buf = runtime.KeyBuffer{}; through(&buf, userID("contact")) },
	} {
		if n := testing.AllocsPerRun(100, f); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

//go:noinline
func through[K ~string](k runtime.Key, id K) runtime.Key { return runtime.KeyOf(k, id) }

func TestCheckKeys(t *testing.T) {
	runtime.CheckKeys[func(string, userID, raw, hash, *count, time.Time, big.Int, *big.Int) (entity, *tree, map[userID][]point, labelled, anonymous)]("Repo")
	const single = "a type argument that keys are made of has to be a number, a string, a time, bytes, or a type with a MarshalText"
	for want, check := range map[string]func(){
		"func(): func() has no stable key":                          func() { runtime.CheckKeys[func(int, func())]("Repo") },
		"interface {}: " + single:                                   func() { runtime.CheckKeys[func(any)]("Repo") },
		"[]chan int: [] (chan int) has no stable key":               func() { runtime.CheckKeys[func() []chan int]("Repo") },
		"struct { A struct { b int } }: .A.b (int) is not exported": func() { runtime.CheckKeys[func() struct{ A struct{ b int } }]("Repo") },
		"runtime_test.point: " + single:                             func() { runtime.CheckKeys[func(point)]("Repo") },
		"*[]int: " + single:                                         func() { runtime.CheckKeys[func(*[]int)]("Repo") },
		"*runtime_test.raw: " + single:                              func() { runtime.CheckKeys[func(*raw)]("Repo") },
		"complex128: " + single:                                     func() { runtime.CheckKeys[func(complex128)]("Repo") },
		"runtime_test.promoted: runtime_test.promoted has a MarshalText that may be that of an embedded field": func() { runtime.CheckKeys[func(promoted)]("Repo") },
	} {
		require.PanicsWithValue(t, "cachegen: Repo cannot be cached for "+want, check)
	}
}

type box[T any] struct{ V T }

type (
	contactV1 struct{ ID, Name string }
	contactV2 struct {
		ID   string
		Name string `json:"name"`
	}
	list struct{ Next *list }
)

// TestVersionFor: instances of different types have different versions, and the same one the same.
func TestVersionFor(t *testing.T) {
	versions := map[string]string{}
	for name, v := range map[string]string{
		"string":    runtime.VersionFor[func(string)]("v"),
		"other":     runtime.VersionFor[func(string)]("w"),
		"two":       runtime.VersionFor[func(string, string)]("v"),
		"userID":    runtime.VersionFor[func(userID)]("v"),
		"int":       runtime.VersionFor[func(int)]("v"),
		"v1":        runtime.VersionFor[func(contactV1)]("v"),
		"v2":        runtime.VersionFor[func(contactV2)]("v"),
		"*v1":       runtime.VersionFor[func(*contactV1)]("v"),
		"[]v1":      runtime.VersionFor[func([]contactV1)]("v"),
		"[2]v1":     runtime.VersionFor[func([2]contactV1)]("v"),
		"map":       runtime.VersionFor[func(map[string]contactV1)]("v"),
		"box":       runtime.VersionFor[func(box[contactV1])]("v"),
		"box2":      runtime.VersionFor[func(box[contactV2])]("v"),
		"list":      runtime.VersionFor[func(list)]("v"),
		"time":      runtime.VersionFor[func(time.Time)]("v"),
		"anonymous": runtime.VersionFor[func(struct{ ID, Name string })]("v"),
		"func":      runtime.VersionFor[func(func(int, ...string) error)]("v"),
		"chan":      runtime.VersionFor[func(<-chan int)]("v"),
		"error":     runtime.VersionFor[func(error)]("v"),
		"any":       runtime.VersionFor[func(any)]("v"),
	} {
		require.Len(t, v, 8)
		require.Empty(t, versions[v], name)
		versions[v] = name
	}
	require.Equal(t, runtime.VersionFor[func(list, time.Time)]("v"), runtime.VersionFor[func(list, time.Time)]("v"))
	require.Equal(t, "0471ed68", runtime.VersionFor[func(box[contactV2])]("v"), "a version that changes with the release of Go, or with the run, empties caches")
}

// TestVersionForLocalTypes: two types that only the functions they are declared in tell apart are
// refused.
func TestVersionForLocalTypes(t *testing.T) {
	first := func() string {
		type local struct{ ID string }
		return runtime.VersionFor[func(local)]("local")
	}
	second := func() string {
		type local struct{ ID string }
		return runtime.VersionFor[func(local)]("local")
	}
	first()
	first()
	defer func() {
		if p, _ := recover().(string); !strings.Contains(p, "local) stands for two types of one name and shape") {
			t.Errorf("panic: %q", p)
		}
	}()
	t.Errorf("versions %s and %s", first(), second())
}

// TestGenericResultIsChecked: what the generator cannot know of a type argument is said when the
// read is made, not at each load.
func TestGenericResultIsChecked(t *testing.T) {
	c, err := runtime.New(runtime.Options{Seed: 1})
	require.NoError(t, err)
	defer c.Close(context.Background())
	require.PanicsWithValue(t, "cachegen: Repo.Get: *runtime_test.box[func()] cannot be cached: box[func()].V (func()) is not data", func() {
		runtime.NewRead(c, runtime.ReadOptions{Result: resultOf[*box[func()]](), Method: "Repo.Get", Generic: true})
	})
	runtime.NewRead(c, runtime.ReadOptions{Result: resultOf[*box[int]](), Method: "Repo.Get", Generic: true})
}

package key

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/cachegen/cachegen/runtime/internal/wire"
)

// anyKey is what a key says of a value, and whether it can be used.
func anyKey(v any) (text string, fault Fault) {
	var k Buffer
	Begin(&k, "", "t", ":p")
	k.Any(v)
	return string(Bytes(&k)), k.fault
}

// plain are values of all types that interfaces in keys can hold, no two of which are the same.
func plain() []any {
	return []any{
		nil, false, true, 1, int8(1), int16(1), int32(1), int64(1), uint(1), uint8(1), uint16(1), uint32(1), uint64(1),
		float32(1), 1.0, complex64(1), complex(1, 0), "1", "", "~", "0", "1:2", []byte("1"), []byte(nil), []byte{},
		time.Unix(1, 0), time.Duration(1), json.Number("1"), json.RawMessage("1"), json.RawMessage(nil), [16]byte{1},
		[]any(nil), []any{}, []any{nil}, []any{1}, []any{"1"}, []any{[]any{1}}, []any{1, 2}, []any{[]any{1}, 2}, []any{[]any{1, 2}},
		map[string]any(nil), map[string]any{}, map[string]any{"a": nil}, map[string]any{"a": 1}, map[string]any{"a": "1"},
		map[string]any{"a": map[string]any{"b": 1}}, map[string]any{"a": map[string]any{}, "b": 1}, map[string]any{"a:17:b": 1},
		[]map[string]any(nil), []map[string]any{}, []map[string]any{nil}, []map[string]any{{"a": 1}},
		[]string(nil), []string{}, []string{"1"}, []string{"1", ""}, map[string]string(nil), map[string]string{}, map[string]string{"a": "1"},
		[]int(nil), []int{}, []int{1}, []int64(nil), []int64{}, []int64{1}, []float64(nil), []float64{}, []float64{1},
	}
}

// TestAnyTellsApart: what differs in its type or its value has another key.
func TestAnyTellsApart(t *testing.T) {
	seen := make(map[string]any)
	for _, v := range plain() {
		text, fault := anyKey(v)
		if fault != OK {
			t.Errorf("%T(%v) has no key: %q", v, v, text)
		}
		if other, ok := seen[text]; ok {
			t.Errorf("%T(%v) and %T(%v) have the key %q", v, v, other, other, text)
		}
		seen[text] = v
	}
}

// TestAnyHasTheNumbersOfWire: keys and results know the same types, by the same numbers.
func TestAnyHasTheNumbersOfWire(t *testing.T) {
	for _, v := range append(plain(), struct{}{}, new(int), map[string]int{}, map[int]any{}, []uint{}, [15]byte{}, make(chan int), func() {}, time.Local) {
		data, err := wire.Append(nil, v, func(e *wire.Encoder, v any) { e.Any(v) })
		text, fault := anyKey(v)
		if (err == nil) != (fault == OK) {
			t.Errorf("%T: the key has the fault %d (%q), the codec says %v", v, fault, text, err)
		}
		if err != nil || v == nil {
			continue
		}
		if tag, _, _ := strings.Cut(strings.TrimPrefix(text, "t:p:"), ":"); tag != strconv.Itoa(int(data[0])) {
			t.Errorf("%T has the number %s in %q, and %d in results", v, tag, text, data[0])
		}
	}
}

func TestAnyShape(t *testing.T) {
	for want, v := range map[string]any{
		"~": nil, "1": false, "2": true, "3:-1": -1, "14:0.5": 0.5, "17:a%3Ab": "a:b", "16:1:2": 1 + 2i,
		"23:2:3:1:~":             []any{1, nil},
		"24:2:a:17:x:b:24:1:c:2": map[string]any{"b": map[string]any{"c": true}, "a": "x"},
		"25:2:1:a:3:1:~":         []map[string]any{{"a": 1}, nil},
		"26:1:a":                 []string{"a"},
		"27:2:a:1:b:2":           map[string]string{"b": "2", "a": "1"},
		"31:0123456789abcdef":    [16]byte([]byte("0123456789abcdef")),
		"14:NaN":                 math.NaN(),
		"19:1000000000":          time.Unix(1, 0).In(time.FixedZone("x", 60)),
		"24:1:a:23:2:no%20key%20for%20a%20chan%20int": map[string]any{"a": []any{make(chan int), 1}},
	} {
		if text, _ := anyKey(v); text != "t:p:"+want {
			t.Errorf("%T(%v) is written %q, want %q", v, v, text, want)
		}
	}
}

// TestAnyOfTypes: by reflection, an interface in a type is written as by Any.
func TestAnyOfTypes(t *testing.T) {
	type box struct {
		Name string
		V    any
	}
	for _, v := range plain() {
		var got, want Buffer
		Of(&got, []box{{"a", v}})
		want.Len(1).String("a").Any(v)
		if string(Bytes(&got)) != string(Bytes(&want)) {
			t.Errorf("%T(%v) is written %q by reflection, %q by Any", v, v, Bytes(&got), Bytes(&want))
		}
	}
	var k Buffer
	if Of(&k, []any{make(chan int)}); FaultOf(&k) != NoText {
		t.Error("a chan has a key by reflection")
	}
}

// TestCheckAny: an interface without methods may be part of what keys are made of, and is no
// segment of its own.
func TestCheckAny(t *testing.T) {
	refused := func(check func(string)) (why string) {
		defer func() { why, _ = recover().(string) }()
		check("Deals")
		return ""
	}
	if why := refused(Check[func(int) (map[string]any, []any)]); why != "" {
		t.Error(why)
	}
	if why := refused(Check[func(any)]); !strings.Contains(why, "a type argument") {
		t.Errorf("any is a type argument: %q", why)
	}
	if why := refused(Check[func() []fmt.Stringer]); !strings.Contains(why, "no stable key") {
		t.Errorf("an interface with methods has a key: %q", why)
	}
}

// TestAnyEnds: a value that contains itself has no key, however often it does.
func TestAnyEnds(t *testing.T) {
	twice := map[string]any{}
	twice["a"], twice["b"] = twice, twice
	list := make([]any, 3)
	list[0], list[1], list[2] = list, list, twice
	maps := []map[string]any{{}, {}}
	maps[0]["a"], maps[1]["a"] = maps, maps
	for _, v := range []any{twice, list, maps} {
		if text, fault := anyKey(v); fault != NoText || !strings.Contains(text, "within%20another") {
			t.Errorf("%T has the key %q", v, text)
		}
	}
	deep := any(1)
	for range maxDepth {
		deep = []any{deep}
	}
	if text, fault := anyKey(deep); fault != OK {
		t.Errorf("%d lists within each other have no key: %q", maxDepth, text)
	}
	if _, fault := anyKey([]any{deep}); fault != NoText {
		t.Errorf("%d lists within each other have a key", maxDepth+1)
	}
}

// anything draws a value that interfaces in keys can hold.
func anything(depth int) *rapid.Generator[any] {
	text := rapid.SampledFrom([]string{"", ":", "a", "b", "1", "3", "17", "~", "%", "3:1", "a:3:1"})
	leaves := []*rapid.Generator[any]{
		rapid.SampledFrom(plain()),
		rapid.Map(rapid.IntRange(0, 3), func(i int) any { return i }),
		rapid.Map(text, func(s string) any { return s }),
		rapid.Map(rapid.SliceOfN(text, 0, 3), func(s []string) any { return s }),
		rapid.Map(rapid.MapOfN(text, text, 0, 3), func(m map[string]string) any { return m }),
	}
	if depth == 0 {
		return rapid.OneOf(leaves...)
	}
	inner := rapid.Deferred(func() *rapid.Generator[any] { return anything(depth - 1) })
	table := rapid.MapOfN(text, inner, 0, 3)
	return rapid.OneOf(append(leaves,
		rapid.Map(rapid.SliceOfN(inner, 0, 3), func(s []any) any { return s }),
		rapid.Map(table, func(m map[string]any) any { return m }),
		rapid.Map(rapid.SliceOfN(table, 0, 2), func(s []map[string]any) any { return s }),
	)...)
}

// again is a value made anew, its maps in another order.
func again(v any) any {
	switch v := v.(type) {
	case []any:
		if v == nil {
			return v
		}
		list := make([]any, len(v))
		for i, x := range v {
			list[i] = again(x)
		}
		return list
	case map[string]any:
		if v == nil {
			return v
		}
		names := make([]string, 0, len(v))
		for name := range v {
			names = append(names, name)
		}
		slices.SortFunc(names, func(a, b string) int { return strings.Compare(b, a) })
		m := make(map[string]any)
		for _, name := range names {
			m[name] = again(v[name])
		}
		return m
	}
	return v
}

// TestAnyIsInjective: keys are the same where values are, and only there, also with another value
// behind them.
func TestAnyIsInjective(t *testing.T) {
	key := func(list ...any) string {
		var k Buffer
		for _, v := range list {
			k.Any(v)
		}
		if k.fault != OK {
			t.Fatalf("%#v has no key: %q", list, Bytes(&k))
		}
		return string(Bytes(&k))
	}
	rapid.Check(t, func(rt *rapid.T) {
		v := anything(3)
		a, b := []any{v.Draw(rt, "a"), v.Draw(rt, "b")}, []any{v.Draw(rt, "c"), v.Draw(rt, "d")}
		if (key(a...) == key(b...)) != reflect.DeepEqual(a, b) {
			rt.Fatalf("%#v and %#v: keys %q and %q", a, b, key(a...), key(b...))
		}
		if key(a...) != key(again(a[0]), again(a[1])) {
			rt.Fatalf("%#v has the keys %q and %q", a, key(a...), key(again(a[0]), again(a[1])))
		}
	})
}

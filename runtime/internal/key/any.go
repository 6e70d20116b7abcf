package key

import (
	"encoding/json"
	"fmt"
	"time"
)

// The segment before a value of an interface says its dynamic type, so that 1, int64(1), 1.0 and
// "1" are four keys. The numbers are those of wire.Any, and part of the format like them.
const (
	_ = iota // nil has its mark
	anyFalse
	anyTrue
	anyInt
	anyInt8
	anyInt16
	anyInt32
	anyInt64
	anyUint
	anyUint8
	anyUint16
	anyUint32
	anyUint64
	anyFloat32
	anyFloat64
	anyComplex64
	anyComplex128
	anyString
	anyBytes
	anyTime
	anyDuration
	anyNumber
	anyRawMessage
	anySlice
	anyMap
	anyMaps
	anyStrings
	anyStringMap
	anyInts
	anyInt64s
	anyFloat64s
	anyUUID
)

// maxDepth bounds how deep the values of interfaces lie within each other: one that contains itself
// has no end.
const maxDepth = 100

// Any appends the value of an interface if that is what wire.Any writes of results: the number of
// its dynamic type, then its value as one of that type is appended. With any other dynamic type, or
// nested too deep, the key is unusable and its read bypasses the cache.
func (k *Buffer) Any(v any) Key { return k.dynamic(v, 0) }

func (k *Buffer) dynamic(v any, depth int) Key {
	switch v := v.(type) {
	case nil:
		return k.Nil()
	case bool:
		if v {
			return k.Int(anyTrue)
		}
		return k.Int(anyFalse)
	case int:
		return k.Int(anyInt).Int(int64(v))
	case int8:
		return k.Int(anyInt8).Int(int64(v))
	case int16:
		return k.Int(anyInt16).Int(int64(v))
	case int32:
		return k.Int(anyInt32).Int(int64(v))
	case int64:
		return k.Int(anyInt64).Int(v)
	case uint:
		return k.Int(anyUint).Uint(uint64(v))
	case uint8:
		return k.Int(anyUint8).Uint(uint64(v))
	case uint16:
		return k.Int(anyUint16).Uint(uint64(v))
	case uint32:
		return k.Int(anyUint32).Uint(uint64(v))
	case uint64:
		return k.Int(anyUint64).Uint(v)
	case float32:
		return k.Int(anyFloat32).Float32(v)
	case float64:
		return k.Int(anyFloat64).Float(v)
	case complex64:
		return k.Int(anyComplex64).Complex(complex128(v))
	case complex128:
		return k.Int(anyComplex128).Complex(v)
	case string:
		return k.Int(anyString).String(v)
	case []byte:
		return k.Int(anyBytes).Bytes(v)
	case time.Time:
		return k.Int(anyTime).Time(v)
	case time.Duration:
		return k.Int(anyDuration).Int(int64(v))
	case json.Number:
		return k.Int(anyNumber).String(string(v))
	case json.RawMessage:
		return k.Int(anyRawMessage).Bytes(v)
	case [16]byte:
		return k.Int(anyUUID).Bytes(v[:])
	case []string:
		return list(k.Int(anyStrings), v, (*Buffer).String)
	case map[string]string:
		return Map(k.Int(anyStringMap), v, func(k Key, name, x string) Key { return k.String(name).String(x) })
	case []int:
		return list(k.Int(anyInts), v, func(k Key, x int) Key { return k.Int(int64(x)) })
	case []int64:
		return list(k.Int(anyInt64s), v, (*Buffer).Int)
	case []float64:
		return list(k.Int(anyFloat64s), v, (*Buffer).Float)
	}
	// After a fault there is nothing to gain: a value that contains itself twice would be walked
	// for as long as there are paths in it.
	if k.fault != OK {
		return k
	}
	if depth == maxDepth {
		Fail(k, NoText)
		return k.String(fmt.Sprintf("more than %d values within another", maxDepth))
	}
	switch v := v.(type) {
	case []any:
		return list(k.Int(anySlice), v, func(k Key, x any) Key { return k.dynamic(x, depth+1) })
	case map[string]any:
		return k.Int(anyMap).dynamicMap(v, depth)
	case []map[string]any:
		return list(k.Int(anyMaps), v, func(k Key, x map[string]any) Key { return k.dynamicMap(x, depth) })
	}
	Fail(k, NoText)
	return k.String(fmt.Sprintf("no key for a %T", v))
}

// list appends a slice: nil, or its length and its elements.
func list[E any](k Key, s []E, elem func(Key, E) Key) Key {
	if s == nil {
		return k.Nil()
	}
	k.Len(len(s))
	for _, x := range s {
		if elem(k, x); k.fault != OK {
			break
		}
	}
	return k
}

// dynamicMap is Map, and stops at a fault.
func (k *Buffer) dynamicMap(m map[string]any, depth int) Key {
	if m == nil {
		return k.Nil()
	}
	pairs := make(sortedPairs, 0, len(m))
	for name, x := range m {
		pairs.add(k, func(scratch Key) { scratch.String(name).dynamic(x, depth+1) })
		if k.fault != OK {
			// What cannot be written is what the log is to show of the key.
			pairs = pairs[len(pairs)-1:]
			break
		}
	}
	return pairs.appendTo(k)
}

package wire

import (
	"encoding/json"
	"fmt"
	"time"
)

// One byte for the dynamic type precedes an interface's value. The order is part of the format.
const (
	anyNil = iota
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

// Any writes the value of an interface if that is plain data: nil, a bool, a number, a string,
// bytes, a [16]byte, a time.Time or time.Duration, a json.Number or json.RawMessage, or one of
// []any, map[string]any, []map[string]any, []string, map[string]string, []int, []int64 and
// []float64. Any other dynamic type is an error: the bytes could not say which type to make again.
func (e *Encoder) Any(v any) {
	switch v := v.(type) {
	case nil:
		e.Uint8(anyNil)
	case bool:
		if v {
			e.Uint8(anyTrue)
		} else {
			e.Uint8(anyFalse)
		}
	case int:
		e.Uint8(anyInt)
		e.Int(v)
	case int8:
		e.Uint8(anyInt8)
		e.Int8(v)
	case int16:
		e.Uint8(anyInt16)
		e.Int16(v)
	case int32:
		e.Uint8(anyInt32)
		e.Int32(v)
	case int64:
		e.Uint8(anyInt64)
		e.Int64(v)
	case uint:
		e.Uint8(anyUint)
		e.Uint(v)
	case uint8:
		e.Uint8(anyUint8)
		e.Uint8(v)
	case uint16:
		e.Uint8(anyUint16)
		e.Uint16(v)
	case uint32:
		e.Uint8(anyUint32)
		e.Uint32(v)
	case uint64:
		e.Uint8(anyUint64)
		e.Uint64(v)
	case float32:
		e.Uint8(anyFloat32)
		e.Float32(v)
	case float64:
		e.Uint8(anyFloat64)
		e.Float64(v)
	case complex64:
		e.Uint8(anyComplex64)
		e.Complex64(v)
	case complex128:
		e.Uint8(anyComplex128)
		e.Complex128(v)
	case string:
		e.Uint8(anyString)
		e.String(v)
	case []byte:
		e.Uint8(anyBytes)
		e.Bytes(v)
	case time.Time:
		e.Uint8(anyTime)
		e.Time(v)
	case time.Duration:
		e.Uint8(anyDuration)
		e.Int64(int64(v))
	case json.Number:
		e.Uint8(anyNumber)
		e.String(string(v))
	case json.RawMessage:
		e.Uint8(anyRawMessage)
		e.Bytes(v)
	case [16]byte:
		e.Uint8(anyUUID)
		e.Raw(v[:])
	case []string:
		e.Uint8(anyStrings)
		e.Len(len(v), v == nil)
		for _, x := range v {
			e.String(x)
		}
	case map[string]string:
		e.Uint8(anyStringMap)
		e.Len(len(v), v == nil)
		for k, x := range v {
			e.String(k)
			e.String(x)
		}
	case []int:
		e.Uint8(anyInts)
		e.Len(len(v), v == nil)
		for _, x := range v {
			e.Int(x)
		}
	case []int64:
		e.Uint8(anyInt64s)
		e.Len(len(v), v == nil)
		for _, x := range v {
			e.Int64(x)
		}
	case []float64:
		e.Uint8(anyFloat64s)
		e.Len(len(v), v == nil)
		for _, x := range v {
			e.Float64(x)
		}
	default:
		e.nested(v)
	}
}

func (e *Encoder) nested(v any) {
	if !e.Enter() {
		return
	}
	defer e.Leave()
	switch v := v.(type) {
	case []any:
		e.Uint8(anySlice)
		e.Len(len(v), v == nil)
		for _, x := range v {
			e.Any(x)
		}
	case map[string]any:
		e.Uint8(anyMap)
		e.anyMap(v)
	case []map[string]any:
		e.Uint8(anyMaps)
		e.Len(len(v), v == nil)
		for _, x := range v {
			e.anyMap(x)
		}
	default:
		e.Fail(fmt.Errorf("an interface holds %T, which is not plain data", v))
	}
}

func (e *Encoder) anyMap(m map[string]any) {
	e.Len(len(m), m == nil)
	for k, x := range m {
		e.String(k)
		e.Any(x)
	}
}

// Any reads the value of an interface, with the dynamic type that it had.
func (d *Decoder) Any() any {
	switch kind := d.byte(); kind {
	case anyNil:
		return nil
	case anyFalse:
		return false
	case anyTrue:
		return true
	case anyInt:
		return d.Int()
	case anyInt8:
		return d.Int8()
	case anyInt16:
		return d.Int16()
	case anyInt32:
		return d.Int32()
	case anyInt64:
		return d.Int64()
	case anyUint:
		return d.Uint()
	case anyUint8:
		return d.Uint8()
	case anyUint16:
		return d.Uint16()
	case anyUint32:
		return d.Uint32()
	case anyUint64:
		return d.Uint64()
	case anyFloat32:
		return d.Float32()
	case anyFloat64:
		return d.Float64()
	case anyComplex64:
		return d.Complex64()
	case anyComplex128:
		return d.Complex128()
	case anyString:
		return d.String()
	case anyBytes:
		return d.Bytes()
	case anyTime:
		return d.Time()
	case anyDuration:
		return time.Duration(d.Int64())
	case anyNumber:
		return json.Number(d.String())
	case anyRawMessage:
		return json.RawMessage(d.Bytes())
	case anyUUID:
		var v [16]byte
		d.Raw(v[:])
		return v
	case anyStrings:
		return listOf(d, 1, d.String)
	case anyStringMap:
		return mapOf(d, d.String)
	case anyInts:
		return listOf(d, 1, d.Int)
	case anyInt64s:
		return listOf(d, 1, d.Int64)
	case anyFloat64s:
		return listOf(d, 8, d.Float64)
	case anySlice, anyMap, anyMaps:
		if !d.Enter() {
			return nil
		}
		defer d.Leave()
		switch kind {
		case anySlice:
			return listOf(d, 1, d.Any)
		case anyMap:
			return mapOf(d, d.Any)
		}
		return listOf(d, 1, func() map[string]any { return mapOf(d, d.Any) })
	default:
		d.Fail(fmt.Errorf("%w: no type has the number %d", ErrCorrupt, kind))
		return nil
	}
}

func listOf[T any](d *Decoder, least int, elem func() T) []T {
	n := d.Len(least)
	if n < 0 {
		return nil
	}
	v := make([]T, n)
	for i := range v {
		v[i] = elem()
	}
	return v
}

func mapOf[T any](d *Decoder, elem func() T) map[string]T {
	n := d.Len(2)
	if n < 0 {
		return nil
	}
	v := make(map[string]T, n)
	for range n {
		k := d.String()
		v[k] = elem()
	}
	return v
}

package key

import (
	"encoding"
	"reflect"
	"time"
)

// Of appends a value whose type is not known before a generic type is instantiated. The segments
// are those that the methods of Key append for the same type, so a generic read and an invalidation
// of a plain type meet. Numbers, strings and times cost no reflection, types declared as a number
// or a string little; the rest, structs and slices for example, is taken apart by reflection.
func Of[T any](k Key, v T) Key {
	switch v := any(v).(type) {
	case string:
		return k.String(v)
	case int:
		return k.Int(int64(v))
	case int64:
		return k.Int(v)
	case int32:
		return k.Int(int64(v))
	case int16:
		return k.Int(int64(v))
	case int8:
		return k.Int(int64(v))
	case uint:
		return k.Uint(uint64(v))
	case uint64:
		return k.Uint(v)
	case uint32:
		return k.Uint(uint64(v))
	case uint16:
		return k.Uint(uint64(v))
	case uint8:
		return k.Uint(uint64(v))
	case bool:
		return k.Bool(v)
	case time.Time:
		return k.Time(v)
	}
	// A conversion of its own for each use: the one above stays on the stack, and so does this one,
	// as nothing is called by way of it.
	switch v := reflect.ValueOf(any(v)); v.Kind() {
	case reflect.String:
		return k.String(v.String())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return k.Int(v.Int())
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return k.Uint(v.Uint())
	}
	return composite(k, v)
}

// composite appends a value that takes more than one look. It is a function of its own because its
// v is on the heap from the start.
func composite[T any](k Key, v T) Key {
	x := reflect.ValueOf(&v).Elem()
	if formOf(x.Type()).opens {
		k.Ref()
	}
	return reflected(k, x)
}

// reflected appends what generated code would for a value of that type.
func reflected(k Key, v reflect.Value) Key {
	f := formOf(v.Type())
	switch f.text {
	case textOfValue:
		return k.Text(v.Interface().(encoding.TextMarshaler))
	case textOfPointer:
		p := reflect.New(v.Type())
		p.Elem().Set(v)
		return k.Text(p.Interface().(encoding.TextMarshaler))
	}
	switch v.Kind() {
	case reflect.String:
		return k.String(v.String())
	case reflect.Bool:
		return k.Bool(v.Bool())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return k.Int(v.Int())
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return k.Uint(v.Uint())
	case reflect.Float32:
		return k.Float32(float32(v.Float()))
	case reflect.Float64:
		return k.Float(v.Float())
	case reflect.Complex64, reflect.Complex128:
		return k.Complex(v.Complex())
	case reflect.Pointer:
		if v.IsNil() {
			return k.Nil()
		}
		if f.ref {
			k.Ref()
		}
		return reflected(k, v.Elem())
	case reflect.Slice:
		if isByte(v.Type().Elem()) {
			return k.Bytes(v.Bytes())
		}
		if v.IsNil() {
			return k.Nil()
		}
		k.Len(v.Len())
		return elements(k, v)
	case reflect.Array:
		if isByte(v.Type().Elem()) {
			b := make([]byte, v.Len())
			reflect.Copy(reflect.ValueOf(b), v)
			return k.Bytes(b)
		}
		return elements(k, v)
	case reflect.Map:
		return pairs(k, v)
	case reflect.Interface:
		return k.Any(v.Interface())
	case reflect.Struct:
		if v.Type() == timeType {
			return k.Time(v.Interface().(time.Time))
		}
		for i := range v.NumField() {
			if v.Type().Field(i).Name != "_" {
				reflected(k, v.Field(i))
			}
		}
		return k
	}
	Fail(k, NoText) // Check refuses such types
	return k.String("no key for a " + v.Type().String())
}

func elements(k Key, v reflect.Value) Key {
	for i := range v.Len() {
		reflected(k, v.Index(i))
	}
	return k
}

// pairs appends a map as Map does.
func pairs(k Key, m reflect.Value) Key {
	if m.IsNil() {
		return k.Nil()
	}
	sorted := make(sortedPairs, 0, m.Len())
	for i := m.MapRange(); i.Next(); {
		sorted.add(k, func(scratch Key) { reflected(reflected(scratch, i.Key()), i.Value()) })
	}
	return sorted.appendTo(k)
}

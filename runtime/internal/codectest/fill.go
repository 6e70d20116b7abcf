package codectest

import (
	"math/rand/v2"
	"net/netip"
	"net/url"
	"reflect"
	"time"
)

// Fill sets v, which is zero, to a random value. It leaves unexported fields, interfaces and what
// lies deeper than depth as they are.
func Fill(r *rand.Rand, v reflect.Value, depth int) {
	if r.IntN(8) == 0 {
		return // zero, nil
	}
	if !v.CanSet() {
		if v.Kind() == reflect.Struct { // embedded, of an unexported type
			fillFields(r, v, depth)
		}
		return
	}
	switch p := v.Addr().Interface().(type) {
	case *time.Time:
		*p = randomTime(r)
		return
	case *Stamp:
		*p = Stamp(randomTime(r))
		return
	case *netip.Addr:
		*p = netip.AddrFrom4([4]byte{byte(r.Uint32()), 1, 2, 3})
		return
	case *url.URL: // most values of its fields make no URL
		*p = url.URL{Scheme: "https", Host: "example.com"}
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
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64,
		reflect.Uintptr:
		v.SetUint(r.Uint64() >> r.IntN(64))
	case reflect.Float32, reflect.Float64:
		v.SetFloat(r.NormFloat64())
	case reflect.Complex64, reflect.Complex128:
		v.SetComplex(complex(r.NormFloat64(), -1))
	case reflect.Pointer:
		if depth > 0 {
			v.Set(reflect.New(v.Type().Elem()))
			Fill(r, v.Elem(), depth-1)
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		fallthrough
	case reflect.Array:
		for i := range v.Len() {
			Fill(r, v.Index(i), depth-1)
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		for range n {
			k, e := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			Fill(r, k, depth-1)
			Fill(r, e, depth-1)
			v.SetMapIndex(k, e)
		}
	case reflect.Struct:
		fillFields(r, v, depth)
	}
}

func fillFields(r *rand.Rand, v reflect.Value, depth int) {
	for i := range v.NumField() {
		Fill(r, v.Field(i), depth-1)
	}
}

func randomTime(r *rand.Rand) time.Time {
	instants := Instants()
	at := time.Unix(r.Int64N(1<<33)-1<<32, r.Int64N(1e9))
	return at.In(instants[r.IntN(len(instants))].Location())
}

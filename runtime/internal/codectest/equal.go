package codectest

import (
	"fmt"
	"math"
	"reflect"
	"time"
)

// Diff compares what went in with what came out, and says where they first differ; "" if nowhere.
// It is stricter than reflect.DeepEqual where that calls different things equal, and otherwise
// where it matters to a caller:
//
//   - floats and complex numbers by their bits, so NaN equals itself and -0 is not 0;
//   - nil slices and maps are not empty ones;
//   - times by instant, zone, offset and the name of the location, not by pointers or monotonic
//     readings.
func Diff(in, out any) string {
	return diff("", reflect.ValueOf(in), reflect.ValueOf(out))
}

var timeType = reflect.TypeFor[time.Time]()

func diff(path string, a, b reflect.Value) string {
	differ := func(x, y any) string { return fmt.Sprintf("%s: %v became %v", path, x, y) }
	if a.IsValid() != b.IsValid() {
		return differ(a, b)
	}
	if !a.IsValid() {
		return ""
	}
	if a.Type() != b.Type() {
		return differ(a.Type(), b.Type())
	}
	t := a.Type()
	switch a.Kind() {
	case reflect.Float32, reflect.Float64:
		if math.Float64bits(a.Float()) != math.Float64bits(b.Float()) {
			return differ(a, b)
		}
	case reflect.Complex64, reflect.Complex128:
		x, y := a.Complex(), b.Complex()
		if math.Float64bits(real(x)) != math.Float64bits(real(y)) || math.Float64bits(imag(x)) != math.Float64bits(imag(y)) {
			return differ(a, b)
		}
	case reflect.Pointer, reflect.Interface:
		if a.IsNil() != b.IsNil() {
			return differ(nilOr(a, "a pointer"), nilOr(b, "a pointer"))
		}
		if !a.IsNil() {
			return diff(path, a.Elem(), b.Elem())
		}
	case reflect.Slice, reflect.Array:
		if a.Kind() == reflect.Slice && a.IsNil() != b.IsNil() {
			return differ(nilOr(a, "a slice"), nilOr(b, "a slice"))
		}
		if a.Len() != b.Len() {
			return differ(fmt.Sprintf("length %d", a.Len()), b.Len())
		}
		for i := range a.Len() {
			if d := diff(fmt.Sprintf("%s[%d]", path, i), a.Index(i), b.Index(i)); d != "" {
				return d
			}
		}
	case reflect.Map:
		return diffMaps(path, a, b)
	case reflect.Struct:
		if t.ConvertibleTo(timeType) && a.CanInterface() {
			x, y := a.Convert(timeType).Interface().(time.Time), b.Convert(timeType).Interface().(time.Time)
			return diffTimes(path, x, y)
		}
		for i := range t.NumField() {
			if f := t.Field(i); !f.IsExported() && f.Name != "_" && !f.Anonymous {
				if a.CanInterface() && !reflect.DeepEqual(a.Interface(), b.Interface()) {
					return differ(a, b)
				}
				return ""
			}
		}
		for i := range t.NumField() {
			f := t.Field(i)
			if f.Name == "_" {
				continue
			}
			if d := diff(path+"."+f.Name, a.Field(i), b.Field(i)); d != "" {
				return d
			}
		}
	case reflect.Func, reflect.Chan, reflect.UnsafePointer:
		if a.Pointer() != b.Pointer() {
			return differ(a, b)
		}
	default:
		if !a.Equal(b) {
			return differ(a, b)
		}
	}
	return ""
}

func nilOr(v reflect.Value, what string) string {
	if v.IsNil() {
		return "nil"
	}
	return what
}

func diffTimes(path string, a, b time.Time) string {
	az, ao := a.Zone()
	bz, bo := b.Zone()
	if !a.Equal(b) || az != bz || ao != bo || a.Location().String() != b.Location().String() {
		return fmt.Sprintf("%s: %v in %v became %v in %v", path, a, a.Location(), b, b.Location())
	}
	return ""
}

func diffMaps(path string, a, b reflect.Value) string {
	if a.IsNil() != b.IsNil() {
		return fmt.Sprintf("%s: %s became %s", path, nilOr(a, "a map"), nilOr(b, "a map"))
	}
	if a.Len() != b.Len() {
		return fmt.Sprintf("%s: length %d became %d", path, a.Len(), b.Len())
	}
	taken := map[int]bool{}
	others := b.MapKeys()
next:
	for it := a.MapRange(); it.Next(); {
		var first string
		for i, k := range others { // not by look-up: NaN finds nothing
			if taken[i] || diff("", it.Key(), k) != "" {
				continue
			}
			d := ""
			if v := b.MapIndex(k); v.IsValid() {
				d = diff(fmt.Sprintf("%s[%v]", path, k), it.Value(), v)
			}
			if d == "" {
				taken[i] = true
				continue next
			}
			first = d
		}
		if first == "" {
			first = fmt.Sprintf("%s: the key %v is gone", path, it.Key())
		}
		return first
	}
	return ""
}

package runtime

import (
	"fmt"
	"reflect"
	"sync"

	"github.com/tinylib/msgp/msgp"
)

// A plan encodes and decodes the values of one type. Values are addressable, or of a kind that refers to what is.
type plan struct {
	append func(dst []byte, v reflect.Value, depth int) ([]byte, error)
	read   func(b []byte, v reflect.Value, depth int) (rest []byte, err error)
	least  int  // bytes of the shortest encoding
	nils   bool // whether a value can encode as nil
}

// plans holds a *plan or an error for each type that was asked for.
var plans sync.Map

func planOf(t reflect.Type) (*plan, error) {
	found, ok := plans.Load(t)
	if !ok {
		s := newSurvey()
		if v := s.of(t); v.err != nil {
			found = v.err.of(t)
		} else {
			found = (&planner{s, map[reflect.Type]*plan{}}).plan(t)
		}
		found, _ = plans.LoadOrStore(t, found)
	}
	if err, ok := found.(error); ok {
		return nil, err
	}
	return found.(*plan), nil
}

// A planner makes the plans of types that its survey admits.
type planner struct {
	*survey
	plans map[reflect.Type]*plan
}

func (m *planner) plan(t reflect.Type) *plan {
	if p, ok := m.plans[t]; ok {
		return p // perhaps still in the making, if t contains itself
	}
	p := &plan{least: 1}
	m.plans[t] = p
	switch w := m.of(t).way; w {
	case byTime:
		planTime(p, t)
	case byValue:
		m.value(p, t)
	default:
		planMethods(p, t, w)
	}
	return p
}

func (m *planner) value(p *plan, t reflect.Type) {
	switch t.Kind() {
	case reflect.Bool:
		p.append = func(dst []byte, v reflect.Value, _ int) ([]byte, error) { return msgp.AppendBool(dst, v.Bool()), nil }
		p.read = func(b []byte, v reflect.Value, _ int) ([]byte, error) {
			x, rest, err := msgp.ReadBoolBytes(b)
			v.SetBool(x)
			return rest, err
		}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		p.append = func(dst []byte, v reflect.Value, _ int) ([]byte, error) { return msgp.AppendInt64(dst, v.Int()), nil }
		p.read = func(b []byte, v reflect.Value, _ int) ([]byte, error) {
			x, rest, err := msgp.ReadInt64Bytes(b)
			if err == nil && v.OverflowInt(x) {
				err = errOverflow
			}
			v.SetInt(x)
			return rest, err
		}
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		p.append = func(dst []byte, v reflect.Value, _ int) ([]byte, error) { return msgp.AppendUint64(dst, v.Uint()), nil }
		p.read = func(b []byte, v reflect.Value, _ int) ([]byte, error) {
			x, rest, err := msgp.ReadUint64Bytes(b)
			if err == nil && v.OverflowUint(x) {
				err = errOverflow
			}
			v.SetUint(x)
			return rest, err
		}
	case reflect.Float32:
		p.append = func(dst []byte, v reflect.Value, _ int) ([]byte, error) {
			return msgp.AppendFloat32(dst, float32(v.Float())), nil
		}
		p.read = func(b []byte, v reflect.Value, _ int) ([]byte, error) {
			x, rest, err := msgp.ReadFloat32Bytes(b)
			v.SetFloat(float64(x))
			return rest, err
		}
	case reflect.Float64:
		p.append = func(dst []byte, v reflect.Value, _ int) ([]byte, error) {
			return msgp.AppendFloat64(dst, v.Float()), nil
		}
		p.read = func(b []byte, v reflect.Value, _ int) ([]byte, error) {
			x, rest, err := msgp.ReadFloat64Bytes(b)
			v.SetFloat(x)
			return rest, err
		}
	case reflect.Complex64:
		p.append = func(dst []byte, v reflect.Value, _ int) ([]byte, error) {
			return msgp.AppendComplex64(dst, complex64(v.Complex())), nil
		}
		p.read = func(b []byte, v reflect.Value, _ int) ([]byte, error) {
			x, rest, err := msgp.ReadComplex64Bytes(b)
			v.SetComplex(complex128(x))
			return rest, err
		}
	case reflect.Complex128:
		p.append = func(dst []byte, v reflect.Value, _ int) ([]byte, error) {
			return msgp.AppendComplex128(dst, v.Complex()), nil
		}
		p.read = func(b []byte, v reflect.Value, _ int) ([]byte, error) {
			x, rest, err := msgp.ReadComplex128Bytes(b)
			v.SetComplex(x)
			return rest, err
		}
	case reflect.String:
		p.append = func(dst []byte, v reflect.Value, _ int) ([]byte, error) {
			s := v.String()
			return msgp.AppendString(dst, s), tooLong(len(s))
		}
		p.read = func(b []byte, v reflect.Value, _ int) ([]byte, error) {
			s, rest, err := msgp.ReadStringZC(b)
			if err == nil {
				v.SetString(string(s))
			}
			return rest, err
		}
	case reflect.Pointer:
		m.pointer(p, t)
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			planBytes(p)
		} else {
			m.slice(p, t)
		}
	case reflect.Array:
		if t.Elem().Kind() == reflect.Uint8 {
			planByteArray(p, t)
		} else {
			m.array(p, t)
		}
	case reflect.Map:
		m.mapping(p, t)
	case reflect.Struct:
		m.structure(p, t)
	default:
		panic(fmt.Sprintf("runtime: no plan for %v, which the survey admitted", t))
	}
}

// pointer: nil, or what it points to; within an array of one if that can be nil itself.
func (m *planner) pointer(p *plan, t reflect.Type) {
	p.nils = true
	elem, et := m.plan(t.Elem()), t.Elem()
	wrapped := m.encodesNil(et)
	p.append = func(dst []byte, v reflect.Value, depth int) ([]byte, error) {
		if v.IsNil() {
			return msgp.AppendNil(dst), nil
		}
		if depth++; depth > maxDepth {
			return dst, errTooDeep
		}
		if wrapped {
			dst = msgp.AppendArrayHeader(dst, 1)
		}
		return elem.append(dst, v.Elem(), depth)
	}
	p.read = func(b []byte, v reflect.Value, depth int) ([]byte, error) {
		if msgp.IsNil(b) {
			v.SetZero()
			return b[1:], nil
		}
		if depth++; depth > maxDepth {
			return b, errTooDeep
		}
		if wrapped {
			var err error
			if b, err = readLen(b, 1); err != nil {
				return b, err
			}
		}
		v.Set(reflect.New(et))
		return elem.read(b, v.Elem(), depth)
	}
}

// encodesNil is plan.nils, known before the plan is made.
func (m *planner) encodesNil(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		return m.of(t).way == byValue
	}
	return false
}

package runtime

import (
	"fmt"
	"reflect"

	"github.com/tinylib/msgp/msgp"
)

func (m *planner) slice(p *plan, t reflect.Type) {
	p.nils = true
	elem, size := m.plan(t.Elem()), t.Elem().Size()
	p.append = func(dst []byte, v reflect.Value, depth int) ([]byte, error) {
		if v.IsNil() {
			return msgp.AppendNil(dst), nil
		}
		if depth++; depth > maxDepth {
			return dst, errTooDeep
		}
		n := v.Len()
		err := tooLong(n)
		dst = msgp.AppendArrayHeader(dst, uint32(n))
		for i := 0; i < n && err == nil; i++ {
			dst, err = elem.append(dst, v.Index(i), depth)
		}
		return dst, err
	}
	p.read = func(b []byte, v reflect.Value, depth int) ([]byte, error) {
		if msgp.IsNil(b) {
			v.SetZero()
			return b[1:], nil
		}
		if depth++; depth > maxDepth {
			return b, errTooDeep
		}
		count, b, err := msgp.ReadArrayHeaderBytes(b)
		if err != nil {
			return b, err
		}
		if uint64(count) > uint64(len(b)/elem.least) {
			return b, msgp.ErrShortBytes
		}
		n := int(count)
		v.Set(reflect.MakeSlice(t, 0, atOnce(n, size, b)))
		for i := range n {
			if i == v.Cap() {
				v.Grow(1)
			}
			v.SetLen(i + 1)
			if b, err = elem.read(b, v.Index(i), depth); err != nil {
				return b, err
			}
		}
		return b, nil
	}
}

// atOnce says for how many of n elements to make room before the first is read. The bytes may promise more than they
// hold, so the room is in proportion to them; honest data seldom needs more.
func atOnce(n int, size uintptr, b []byte) int {
	if size == 0 {
		return n
	}
	return min(n, (64<<10+32*len(b))/int(size)+1)
}

func (m *planner) array(p *plan, t reflect.Type) {
	elem, n := m.plan(t.Elem()), t.Len()
	p.least += n * elem.least
	p.append = func(dst []byte, v reflect.Value, depth int) ([]byte, error) {
		err := tooLong(n)
		dst = msgp.AppendArrayHeader(dst, uint32(n))
		for i := 0; i < n && err == nil; i++ {
			dst, err = elem.append(dst, v.Index(i), depth)
		}
		return dst, err
	}
	p.read = func(b []byte, v reflect.Value, depth int) ([]byte, error) {
		b, err := readLen(b, n)
		for i := 0; i < n && err == nil; i++ {
			b, err = elem.read(b, v.Index(i), depth)
		}
		return b, err
	}
}

func planBytes(p *plan) {
	p.nils = true
	p.append = func(dst []byte, v reflect.Value, _ int) ([]byte, error) {
		if v.IsNil() {
			return msgp.AppendNil(dst), nil
		}
		x := v.Bytes()
		return msgp.AppendBytes(dst, x), tooLong(len(x))
	}
	p.read = func(b []byte, v reflect.Value, _ int) ([]byte, error) {
		if msgp.IsNil(b) {
			v.SetZero()
			return b[1:], nil
		}
		x, rest, err := msgp.ReadBytesZC(b)
		if err == nil {
			v.SetBytes(append([]byte{}, x...))
		}
		return rest, err
	}
}

func planByteArray(p *plan, t reflect.Type) {
	n := t.Len()
	p.least += n
	p.append = func(dst []byte, v reflect.Value, _ int) ([]byte, error) {
		return msgp.AppendBytes(dst, v.Bytes()), tooLong(n)
	}
	p.read = func(b []byte, v reflect.Value, _ int) ([]byte, error) {
		x, rest, err := msgp.ReadBytesZC(b)
		if err == nil && len(x) != n {
			err = fmt.Errorf("%d bytes where %v has %d", len(x), t, n)
		}
		if err == nil {
			copy(v.Bytes(), x)
		}
		return rest, err
	}
}

func (m *planner) mapping(p *plan, t reflect.Type) {
	p.nils = true
	key, elem := m.plan(t.Key()), m.plan(t.Elem())
	size := t.Key().Size() + t.Elem().Size()
	p.append = func(dst []byte, v reflect.Value, depth int) ([]byte, error) {
		if v.IsNil() {
			return msgp.AppendNil(dst), nil
		}
		if depth++; depth > maxDepth {
			return dst, errTooDeep
		}
		err := tooLong(v.Len())
		dst = msgp.AppendMapHeader(dst, uint32(v.Len()))
		k, e := reflect.New(t.Key()).Elem(), reflect.New(t.Elem()).Elem()
		for it := v.MapRange(); err == nil && it.Next(); {
			k.SetIterKey(it)
			if dst, err = key.append(dst, k, depth); err == nil {
				e.SetIterValue(it)
				dst, err = elem.append(dst, e, depth)
			}
		}
		return dst, err
	}
	p.read = func(b []byte, v reflect.Value, depth int) ([]byte, error) {
		if msgp.IsNil(b) {
			v.SetZero()
			return b[1:], nil
		}
		if depth++; depth > maxDepth {
			return b, errTooDeep
		}
		count, b, err := msgp.ReadMapHeaderBytes(b)
		if err != nil {
			return b, err
		}
		if uint64(count) > uint64(len(b)/(key.least+elem.least)) {
			return b, msgp.ErrShortBytes
		}
		n := int(count)
		v.Set(reflect.MakeMapWithSize(t, atOnce(n, size, b)))
		k, e := reflect.New(t.Key()).Elem(), reflect.New(t.Elem()).Elem()
		for range n {
			if b, err = key.read(b, k, depth); err != nil {
				return b, err
			}
			if b, err = elem.read(b, e, depth); err != nil {
				return b, err
			}
			v.SetMapIndex(k, e)
			k.SetZero()
			e.SetZero()
		}
		if v.Len() != n {
			return b, errSameKey
		}
		return b, nil
	}
}

func (m *planner) structure(p *plan, t reflect.Type) {
	type field struct {
		index int
		plan  *plan
	}
	var fields []field
	for i := range t.NumField() {
		if f := t.Field(i); f.Name != "_" {
			fp := m.plan(f.Type)
			fields = append(fields, field{i, fp})
			p.least += fp.least
		}
	}
	p.append = func(dst []byte, v reflect.Value, depth int) ([]byte, error) {
		var err error
		dst = msgp.AppendArrayHeader(dst, uint32(len(fields)))
		for _, f := range fields {
			if dst, err = f.plan.append(dst, v.Field(f.index), depth); err != nil {
				return dst, err
			}
		}
		return dst, nil
	}
	p.read = func(b []byte, v reflect.Value, depth int) ([]byte, error) {
		b, err := readLen(b, len(fields))
		if err != nil {
			return b, err
		}
		for _, f := range fields {
			if b, err = f.plan.read(b, v.Field(f.index), depth); err != nil {
				return b, err
			}
		}
		return b, nil
	}
}

// readLen reads the header of an array that has n elements.
func readLen(b []byte, n int) ([]byte, error) {
	got, rest, err := msgp.ReadArrayHeaderBytes(b)
	if err == nil && uint64(got) != uint64(n) {
		err = fmt.Errorf("%d values where %d were expected", got, n)
	}
	return rest, err
}

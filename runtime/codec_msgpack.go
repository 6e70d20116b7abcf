package runtime

import (
	"encoding"
	"errors"
	"fmt"
	"math"
	"reflect"
	"sync"
	"time"

	"github.com/tinylib/msgp/msgp"
)

// MsgPack is the [Codec] of results for which there is no generated code. What comes out of it equals what went in, or Append fails. It writes MessagePack: a
// struct as the array of its fields in order, so any tool that knows the format can show an entry. The zero MsgPack is
// ready to use.
//
// The libraries that were measured for this (see the module in bench) lose things: fields that a tag hides, the location
// of a time, empty against nil, a field behind an embedded one of its name. They lose them on their way through the types,
// where nothing can be mended from outside. So the way through the types is here and only the wire is a library's.
//
// It carries:
//
//   - bool, string, every integer, float and complex type, and types declared as one, with every bit: NaN, -0, any bytes
//     in a string;
//   - arrays, slices and maps of what it carries, nil apart from empty. A map key that is or contains a pointer is
//     refused;
//   - pointers to what it carries, at any depth, nil apart from a pointer to a zero value. Two pointers to one value come
//     back as two values, and a value that contains itself is an error;
//   - structs whose fields are all exported and carried. Tags mean nothing. Blank fields are skipped. An embedded struct
//     is a field like others, shadowing or not, and its type may be unexported if it is carried by its own fields;
//   - [time.Time], and types declared as one: the instant, zone and location, without a monotonic reading;
//   - any other type that declares a pair of methods of its own, by the first of MarshalBinary and UnmarshalBinary,
//     GobEncode and GobDecode, MarshalText and UnmarshalText. A pair that comes from an embedded field is not the type's
//     own, and neither is one that an embedded field has, too. A zero value travels without a call.
//
// Fields go before methods, because they lose nothing: the MarshalBinary of a type is often written for something else
// (for go-redis, say, as json.Marshal). What methods leave out stays out: those of [net/url.URL] write one of the
// spellings of a path.
//
// It refuses the rest, with the path to it: structs with unexported fields and no such methods, interfaces, functions,
// channels, unsafe pointers, and protobuf messages.
type MsgPack struct{}

// Name returns "msgpack".
func (MsgPack) Name() string { return "msgpack" }

// Append implements [Codec].
func (MsgPack) Append(dst []byte, v any) (out []byte, err error) {
	if v == nil {
		return dst, errors.New("runtime: msgpack: encode: nil without a type")
	}
	t := reflect.TypeOf(v)
	p, err := planOf(t)
	if err != nil {
		return dst, fmt.Errorf("runtime: msgpack: %w", err)
	}
	defer func() {
		if r := recover(); r != nil { // out of a method of the value's
			err = fmt.Errorf("panic: %v", r)
		}
		if err != nil {
			out, err = dst, fmt.Errorf("runtime: msgpack: encode %v: %w", t, err)
		}
	}()
	rv := reflect.ValueOf(v)
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map: // what they lead to can be addressed
	default:
		rv = reflect.New(t).Elem()
		rv.Set(reflect.ValueOf(v))
	}
	return p.append(dst, rv, 0)
}

// Decode implements [Codec].
func (MsgPack) Decode(data []byte, v any) (err error) {
	rv := reflect.ValueOf(v)
	if rv.Kind() != reflect.Pointer || rv.IsNil() {
		return fmt.Errorf("runtime: msgpack: decode into %T, which is not a pointer to something", v)
	}
	rv = rv.Elem()
	p, err := planOf(rv.Type())
	if err != nil {
		return fmt.Errorf("runtime: msgpack: %w", err)
	}
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
		if err != nil {
			err = fmt.Errorf("runtime: msgpack: decode %v: %w", rv.Type(), err)
		}
	}()
	rest, err := p.read(data, rv, 0)
	if err == nil && len(rest) > 0 {
		err = fmt.Errorf("%d bytes left over", len(rest))
	}
	return err
}

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

func planTime(p *plan, t reflect.Type) {
	p.least = 3
	pointer := func(v reflect.Value) *time.Time { return v.Addr().Interface().(*time.Time) }
	if t != timeType {
		pointer = func(v reflect.Value) *time.Time { return v.Addr().Convert(timePointer).Interface().(*time.Time) }
	}
	p.append = func(dst []byte, v reflect.Value, _ int) ([]byte, error) { return appendTime(dst, *pointer(v)), nil }
	p.read = func(b []byte, v reflect.Value, _ int) ([]byte, error) {
		x, rest, err := readTime(b)
		*pointer(v) = x
		return rest, err
	}
}

// planMethods: false for the zero value, else the bytes of the type's own methods. They see nothing of the zero value
// because many cannot express it.
func planMethods(p *plan, t reflect.Type, w way) {
	var encode func(any) ([]byte, error)
	var decode func(any, []byte) error
	switch w {
	case byBinary:
		encode = func(x any) ([]byte, error) { return x.(encoding.BinaryMarshaler).MarshalBinary() }
		decode = func(x any, b []byte) error { return x.(encoding.BinaryUnmarshaler).UnmarshalBinary(b) }
	case byGob:
		encode = func(x any) ([]byte, error) { return x.(gobEncoder).GobEncode() }
		decode = func(x any, b []byte) error { return x.(gobDecoder).GobDecode(b) }
	case byText:
		encode = func(x any) ([]byte, error) { return x.(encoding.TextMarshaler).MarshalText() }
		decode = func(x any, b []byte) error { return x.(encoding.TextUnmarshaler).UnmarshalText(b) }
	}
	p.append = func(dst []byte, v reflect.Value, _ int) ([]byte, error) {
		if v.IsZero() {
			return msgp.AppendBool(dst, false), nil
		}
		x, err := encode(v.Addr().Interface())
		if err != nil {
			return dst, fmt.Errorf("%v: %w", t, err)
		}
		return msgp.AppendBytes(dst, x), tooLong(len(x))
	}
	p.read = func(b []byte, v reflect.Value, _ int) ([]byte, error) {
		v.SetZero()
		if msgp.NextType(b) == msgp.BoolType {
			zero, rest, err := msgp.ReadBoolBytes(b)
			if zero {
				err = fmt.Errorf("true where a %v was expected", t)
			}
			return rest, err
		}
		x, rest, err := msgp.ReadBytesZC(b)
		if err != nil {
			return rest, err
		}
		if err = decode(v.Addr().Interface(), x[:len(x):len(x)]); err != nil {
			err = fmt.Errorf("%v: %w", t, err)
		}
		return rest, err
	}
}

// maxDepth is how many pointers, slices and maps may lie within another, as in encoding/json: it ends cycles, and bytes
// made to exhaust the stack.
const maxDepth = 10_000

var (
	errTooDeep  = fmt.Errorf("more than %d pointers, slices and maps within another; perhaps a cycle", maxDepth)
	errOverflow = errors.New("number too large for its type")
	errSameKey  = errors.New("a map key comes twice")
)

// tooLong guards the 32-bit lengths of MessagePack.
func tooLong(n int) error {
	if uint64(n) > math.MaxUint32 {
		return fmt.Errorf("length %d is more than MessagePack can express", n)
	}
	return nil
}

// readLen reads the header of an array that has n elements.
func readLen(b []byte, n int) ([]byte, error) {
	got, rest, err := msgp.ReadArrayHeaderBytes(b)
	if err == nil && uint64(got) != uint64(n) {
		err = fmt.Errorf("%d values where %d were expected", got, n)
	}
	return rest, err
}

package runtime

import (
	"errors"
	"reflect"
	"sync"
	"sync/atomic"
	"time"

	"github.com/tinylib/msgp/msgp"
)

// planTime is the plan of time.Time, and of types declared as one.
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

// A time travels as its instant and what its zone was then, so that it shows the same clock wherever it is read:
//
//	[sec, nsec]                            in UTC
//	[sec, nsec, offset, zone]              in a time.FixedZone
//	[sec, nsec, offset, zone, location]    in a place, or "Local"
//
// The reader's idea of a place counts only if it gives that offset and zone: its time zone database may be another, or
// none at all, and its Local somewhere else. Otherwise the time comes back in a fixed zone. A monotonic reading stays
// behind.
func appendTime(dst []byte, t time.Time) []byte {
	loc := t.Location()
	if loc == time.UTC {
		dst = msgp.AppendArrayHeader(dst, 2)
		dst = msgp.AppendInt64(dst, t.Unix())
		return msgp.AppendInt(dst, t.Nanosecond())
	}
	zone, offset := t.Zone()
	name := loc.String()
	if loc == time.Local {
		name = "Local"
	}
	fixed := name == zone && loc != time.Local && neverChanges(t)
	n := uint32(5)
	if fixed {
		n = 4
	}
	dst = msgp.AppendArrayHeader(dst, n)
	dst = msgp.AppendInt64(dst, t.Unix())
	dst = msgp.AppendInt(dst, t.Nanosecond())
	dst = msgp.AppendInt(dst, offset)
	dst = msgp.AppendString(dst, zone)
	if !fixed {
		dst = msgp.AppendString(dst, name)
	}
	return dst
}

// neverChanges tells time.FixedZone("CET", 3600) from the place "CET", which has summers.
func neverChanges(t time.Time) bool {
	start, end := t.ZoneBounds()
	return start.IsZero() && end.IsZero()
}

var errTime = errors.New("not a time")

func readTime(b []byte) (t time.Time, rest []byte, err error) {
	n, b, err := msgp.ReadArrayHeaderBytes(b)
	if err != nil {
		return t, b, err
	}
	if n != 2 && n != 4 && n != 5 {
		return t, b, errTime
	}
	sec, b, err := msgp.ReadInt64Bytes(b)
	if err != nil {
		return t, b, err
	}
	nsec, b, err := msgp.ReadInt64Bytes(b)
	if err != nil {
		return t, b, err
	}
	if nsec < 0 || nsec >= int64(time.Second) {
		return t, b, errTime
	}
	t = time.Unix(sec, nsec)
	if n == 2 {
		return t.UTC(), b, nil
	}
	offset, b, err := msgp.ReadIntBytes(b)
	if err != nil {
		return t, b, err
	}
	zone, b, err := msgp.ReadStringZC(b)
	if err != nil {
		return t, b, err
	}
	if n == 5 {
		var name []byte
		if name, b, err = msgp.ReadStringZC(b); err != nil {
			return t, b, err
		}
		if loc := place(string(name)); loc != nil {
			there := t.In(loc)
			if z, o := there.Zone(); z == string(zone) && o == offset {
				return there, b, nil
			}
		}
	}
	return t.In(fixedZone(string(zone), offset)), b, nil
}

// place is time.LoadLocation with a memory; nil if there is no such place here.
func place(name string) *time.Location {
	switch {
	case name == "Local":
		return time.Local
	case name == "" || len(name) > longestName:
		return nil
	}
	return places.get(name, func() *time.Location {
		loc, err := time.LoadLocation(name)
		if err != nil {
			return nil
		}
		return loc
	})
}

func fixedZone(name string, offset int) *time.Location {
	if len(name) > longestName {
		return time.FixedZone(name, offset)
	}
	return zones.get(zoneKey{name, offset}, func() *time.Location { return time.FixedZone(name, offset) })
}

type zoneKey struct {
	name   string
	offset int
}

const longestName = 64 // of what is remembered; the longest in the time zone database has 32 bytes

var (
	places locations[string]
	zones  locations[zoneKey]
)

// locations remembers what it was asked. Names come out of entries, which anybody may have written, so it starts afresh
// before it grows without end; the time zone database knows about 600 places.
type locations[K comparable] struct {
	known sync.Map // K to *time.Location
	n     atomic.Int64
}

func (l *locations[K]) get(key K, find func() *time.Location) *time.Location {
	if loc, ok := l.known.Load(key); ok {
		return loc.(*time.Location)
	}
	if l.n.Add(1) > 2000 {
		l.known.Clear()
		l.n.Store(1)
	}
	loc := find()
	l.known.Store(key, loc)
	return loc
}

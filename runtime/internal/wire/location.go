package wire

import (
	"sync"
	"sync/atomic"
	"time"
)

// neverChanges tells time.FixedZone("CET", 3600) from the place "CET", which has summers.
func neverChanges(t time.Time) bool {
	start, end := t.ZoneBounds()
	return start.IsZero() && end.IsZero()
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

// fixedZone is time.FixedZone with a memory.
func fixedZone(name string, offset int) *time.Location {
	if len(name) > longestName {
		return time.FixedZone(name, offset)
	}
	return zones.get(zoneKey{name, offset}, func() *time.Location {
		return time.FixedZone(name, offset)
	})
}

type zoneKey struct {
	name   string
	offset int
}

const (
	longestName  = 64   // bytes; the longest name in the time zone database has 32
	maxLocations = 2000 // the time zone database has about 600
)

var (
	places locations[string]
	zones  locations[zoneKey]
)

// locations remembers locations by key. Keys come out of entries, which anybody may have written,
// so it forgets all of them before it holds more than maxLocations.
type locations[K comparable] struct {
	known sync.Map // K to *time.Location
	n     atomic.Int64
}

func (l *locations[K]) get(key K, find func() *time.Location) *time.Location {
	if loc, ok := l.known.Load(key); ok {
		return loc.(*time.Location)
	}
	if l.n.Add(1) > maxLocations {
		l.known.Clear()
		l.n.Store(1)
	}
	loc := find()
	l.known.Store(key, loc)
	return loc
}

package wire

import (
	"strings"
	"testing"
	"time"
)

// A reader whose Local or time zone database is another still shows the writer's clock.
func TestTimeFromElsewhere(t *testing.T) {
	elsewhere := []struct{ location, zone string }{
		{"Local", "XYZ"},
		{"Atlantis/Poseidonis", "ATL"},
		{"Europe/Berlin", "BMT"},
		{"", ""},
		{strings.Repeat("x", 1000), "X"},
	}
	at := time.Date(2024, 7, 14, 9, 30, 0, 0, time.UTC)
	for _, c := range elsewhere {
		here := at.In(time.FixedZone(c.zone, 4242))
		data, err := encodeWith(func(e *Encoder, t time.Time) {
			e.instant(inPlace, t)
			e.Int(4242)
			e.String(c.zone)
			e.String(c.location)
		}, nil, here)
		if err != nil {
			t.Fatal(err)
		}
		out, err := decodeWith((*Decoder).Time, data)
		if err != nil {
			t.Fatalf("%q: %v", c.location, err)
		}
		if out.String() != here.String() {
			t.Errorf("%q: %v became %v", c.location, here, out)
		}
	}
}

func TestTimeDropsOnlyTheMonotonicReading(t *testing.T) {
	roundTrip := func(in time.Time) time.Time {
		t.Helper()
		data, err := encodeWith((*Encoder).Time, nil, in)
		if err != nil {
			t.Fatal(err)
		}
		out, err := decodeWith((*Decoder).Time, data)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	now := time.Now()
	out := roundTrip(now)
	if want := now.Round(0); out != want {
		t.Errorf("%#v became %#v", want, out)
	}
	if out.Location() != time.Local {
		t.Errorf("Local became %v", out.Location())
	}
	if utc := roundTrip(now.UTC()); utc.Location() != time.UTC {
		t.Errorf("UTC became %v", utc.Location())
	}
	if zero := roundTrip(time.Time{}); zero != (time.Time{}) {
		t.Errorf("the zero time became %#v", zero)
	}
}

func TestLocationsStartAfresh(t *testing.T) {
	var l locations[int]
	for i := range 5000 {
		l.get(i, func() *time.Location { return nil })
	}
	n := 0
	l.known.Range(func(any, any) bool { n++; return true })
	if n > maxLocations {
		t.Errorf("remembers %d", n)
	}
}

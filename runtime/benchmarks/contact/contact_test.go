package contact_test

import (
	"context"
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"github.com/cachegen/cachegen/runtime/benchmarks/contact"
	"github.com/cachegen/cachegen/runtime/benchmarks/contact/renamed"
	"github.com/cachegen/cachegen/runtime/benchmarks/contact/retyped"
)

// The work is stated in the README: records of 19 fields and about 750 bytes of JSON.
func TestRecordsAreAsStated(t *testing.T) {
	for _, v := range []any{*contact.New("c-0000042", 1), contact.NewCard("c-0000042", 1), *renamed.New("c-0000042", 1), *retyped.New("c-0000042", 1)} {
		if n := reflect.TypeOf(v).NumField(); n != 19 {
			t.Errorf("%T has %d fields", v, n)
		}
		data, err := json.Marshal(v)
		if err != nil || len(data) < 700 || len(data) > 800 {
			t.Errorf("%T: %d bytes of JSON, %v", v, len(data), err)
		}
		for i := range reflect.TypeOf(v).NumField() {
			if reflect.ValueOf(v).Field(i).IsZero() {
				t.Errorf("%T.%s is empty: a field that is lost could not be noticed", v, reflect.TypeOf(v).Field(i).Name)
			}
		}
	}
}

func TestCloneSharesNothing(t *testing.T) {
	a, want := contact.New("c-1", 1), contact.New("c-1", 1)
	b := a.Clone()
	if !reflect.DeepEqual(a, b) {
		t.Fatalf("got %+v, want %+v", b, a)
	}
	b.Tags[0], b.Custom["source"], *b.LastCall = "x", "x", time.Time{}
	if !reflect.DeepEqual(a, want) {
		t.Errorf("a change of the copy is seen in the original: %+v", a)
	}
	if (*contact.Contact)(nil).Clone() != nil {
		t.Error("the copy of nothing is something")
	}
}

func TestStore(t *testing.T) {
	ctx := t.Context()
	s := contact.NewStore(contact.New)
	version := func(id string) int {
		t.Helper()
		v, err := s.Get(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		many, err := s.GetMany(ctx, []string{id})
		if err != nil || len(many) != 1 || many[id].Rev() != v.Rev() {
			t.Fatalf("GetMany: %v, %v", many, err)
		}
		return v.Version
	}
	if v := version("a"); v != 1 {
		t.Errorf("first version is %d", v)
	}
	if err := s.Update(ctx, "a", s.Make("a", 7)); err != nil {
		t.Fatal(err)
	}
	if a, b := version("a"), version("b"); a != 7 || b != 1 {
		t.Errorf("after a write of a: %d, %d", a, b)
	}
	if err := s.UpdateAll(ctx); err != nil {
		t.Fatal(err)
	}
	if a, b := version("a"), version("b"); a != 8 || b != 8 {
		t.Errorf("after a write of all: %d, %d", a, b)
	}
	if n := s.Loads(); n != 10 {
		t.Errorf("%d loads", n)
	}
}

// A load that is held up returns what it read, not what was written meanwhile.
func TestStoreHoldsUpALoad(t *testing.T) {
	ctx := t.Context()
	s := contact.NewStore(contact.New)
	s.OnRead(func(context.Context, string, *contact.Contact) {
		if err := s.Update(ctx, "a", s.Make("a", 2)); err != nil {
			t.Error(err)
		}
	})
	if v, err := s.Get(ctx, "a"); err != nil || v.Version != 1 {
		t.Errorf("got %v, %v", v, err)
	}
	s.OnRead(nil)
	if v, err := s.Get(ctx, "a"); err != nil || v.Version != 2 {
		t.Errorf("got %v, %v", v, err)
	}
	s.SetDelay(time.Hour)
	ended, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := s.Get(ended, "a"); err != context.Canceled {
		t.Errorf("error is %v", err)
	}
}

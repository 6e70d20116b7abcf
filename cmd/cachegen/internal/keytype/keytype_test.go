package keytype

import (
	"go/types"
	"testing"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/gentest"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/shape"
)

const source = `package crm

import (
	"context"
	"io"
	"math/big"
	"net/url"
	"sync"
	"text/template"
	"time"
	"unsafe"
)

type Inner struct{ cache func() }
type Owner struct{ Inner }
type Contact struct {
	Name  string
	Owner *Owner
}
type Listed struct{ Items []struct{ Ch chan int } }
type Locked struct{ mu sync.Mutex }
type Loop *Loop
type Broken map[string]io.Reader
type Wrapped struct{ *big.Int; N int }
type Stamp time.Time
type Odd struct{}
func (Odd) MarshalText() string { return "" }
type Bytes []byte
type Close struct{}
func (Close) MarshalText() (Bytes, error) { return nil, nil }
type Param[T any] struct{ V T }
type Value interface{}

var (
	Func      func()
	Context   context.Context
	Chan      chan int
	Unsafe    unsafe.Pointer
	Deep      Contact
	Elems     *Listed
	MapKey    map[interface{ String() string }]int
	MapElem   Broken
	Lock      Locked
	URL       *url.URL
	Self      Loop
	Foreign   template.Template
	Defined   Stamp
	Variadic  []func()

	OK1 Wrapped
	OK2 map[[2]string]*time.Time
	OK3 Odd
	OK4 Param[Param[int]]
	OK5 *big.Int
	OK6 Close
	OK7 any
	OK8 map[any]any
	OK9 Value
)
`

func load(t *testing.T) *types.Package {
	t.Helper()
	return gentest.Check(t, "example.com/crm", source)
}

func TestRefusals(t *testing.T) {
	pkg := load(t)
	view := shape.NewView(pkg)
	for _, test := range []struct{ name, path, typ, reason string }{
		{"Func", "", "func()", "a func has no stable key"},
		{"Context", "", "context.Context", "an interface can hold anything, so it has no stable key"},
		{"Chan", "", "chan int", "a chan has no stable key"},
		{"Unsafe", "", "unsafe.Pointer", "unsafe.Pointer has no stable key"},
		{"Deep", ".Owner.Inner.cache", "func()", "a func has no stable key"},
		{"Elems", ".Items[].Ch", "chan int", "a chan has no stable key"},
		{"MapKey", "[key]", "interface{String() string}", "an interface can hold anything, so it has no stable key"},
		{"MapElem", "[]", "io.Reader", "an interface can hold anything, so it has no stable key"},
		{"Lock", ".mu", "sync.Mutex", "its field _ is unexported in package sync, and it has no MarshalText of its own"},
		{"URL", "", "net/url.URL", "it is a struct of the standard library, whose fields another release of Go may change, and it has no MarshalText"},
		{"Self", "", "example.com/crm.Loop", "it only points to itself"},
		{"Foreign", "", "text/template.Template", "its field name is unexported in package text/template, and it has no MarshalText of its own"},
		{"Defined", "", "example.com/crm.Stamp", "its field wall is unexported in package time, and it has no MarshalText of its own"},
		{"Variadic", "[]", "func()", "a func has no stable key"},
	} {
		_, r := Of(gentest.TypeOf(pkg, test.name), view)
		if r == nil {
			t.Errorf("%s has a key, want %q", test.name, test.reason)
			continue
		}
		if test.name == "Lock" {
			test.reason = r.Reason // names a field of sync.Mutex
		}
		if r.Path != test.path || r.Type.String() != test.typ || r.Reason != test.reason {
			t.Errorf("%s: %q (%s): %s\nwant %q (%s): %s", test.name, r.Path, r.Type, r.Reason, test.path, test.typ, test.reason)
		}
	}
	for _, name := range []string{"OK1", "OK2", "OK3", "OK4", "OK5", "OK6", "OK7", "OK8", "OK9"} {
		if e, r := Of(gentest.TypeOf(pkg, name), view); r != nil || e == nil {
			t.Errorf("%s is refused: %v", name, r)
		}
	}
}

// TestPromotedMarshalText: the method of an embedded field knows nothing of the fields beside it.
func TestPromotedMarshalText(t *testing.T) {
	pkg := load(t)
	e, _ := Of(gentest.TypeOf(pkg, "OK1"), shape.NewView(pkg))
	if s, ok := e.(*Struct); !ok || len(s.Fields) != 2 {
		t.Errorf("the encoding is %#v, want both fields", e)
	}
}

// TestOtherMarshalText: a method that does not make a type an encoding.TextMarshaler is none that
// generated code could call.
func TestOtherMarshalText(t *testing.T) {
	pkg := load(t)
	for _, name := range []string{"OK3", "OK6"} {
		e, _ := Of(gentest.TypeOf(pkg, name), shape.NewView(pkg))
		if _, ok := e.(*Struct); !ok {
			t.Errorf("%s is encoded by %T", name, e)
		}
	}
}

func TestForeignRefusesUnexportedFields(t *testing.T) {
	pkg := load(t)
	other := types.NewPackage("example.com/other", "other")
	deep := gentest.TypeOf(pkg, "Deep")
	if _, r := Of(deep, shape.NewView(other)); r == nil || r.Path != ".Owner.Inner" {
		t.Errorf("an unexported field of another package: %v", r)
	}
}

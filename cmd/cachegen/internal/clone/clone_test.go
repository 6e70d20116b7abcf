package clone

import (
	"fmt"
	"go/types"
	"testing"

	"github.com/cachegen/cachegen/cmd/cachegen/internal/gentest"
	"github.com/cachegen/cachegen/cmd/cachegen/internal/shape"
)

const source = `package crm

import (
	"io"
	"math/big"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unique"
	"unsafe"
)

type Flat struct {
	ID   string
	At   time.Time
	Addr netip.AddrPort
	H    unique.Handle[string]
	N    [0]*int
	_    []int
}
type Stamp time.Time
type Contact struct {
	Tags  []string
	Owner *Contact
	Inner struct{ m map[string]Flat }
}
type Func struct{ Owner struct{ F []func() } }
type Locked struct{ mu sync.Mutex }
type Counter struct{ N atomic.Int64 }
type Own struct{ p []int }
func (Own) Clone() Own { return Own{} }
type OwnPtr struct{ p []int }
func (*OwnPtr) DeepCopy() *OwnPtr { return nil }
type Draft struct{ ID string; Tags []string }
func (d *Draft) Clone() *Draft { return &Draft{Tags: d.Tags} }
type OwnLocked struct{ mu sync.Mutex; p []int }
func (*OwnLocked) Clone() *OwnLocked { return nil }
type Promoted struct{ Own; Rest []int }
type Wrong struct{ p []int }
func (Wrong) Clone() any { return nil }
func (Wrong) DeepCopy(deep bool) Wrong { return Wrong{} }
type Message struct{ p []int }
func (*Message) ProtoReflect() any { return nil }
type Param[T any] struct{ V []T }
func Generic[T any](v T) {}

var (
	Flats    Flat
	Stamps   Stamp
	Zone     *time.Location
	Strings  []string
	Pointer  *Contact
	Array    [2]map[int]int
	Owns     Own
	OwnsPtr  *Own
	OwnPtrs  []OwnPtr
	OwnLock  *OwnLocked
	Drafts   []*Draft
	Promotes Promoted
	Wrongs   Wrong
	Header   http.Header
	User     *url.URL
	Cookies  []*http.Cookie
	Int      *big.Int
	Float    big.Float
	Params   Param[Param[int]]

	BadFunc    Func
	BadLock    *Locked
	BadLocks   []Locked
	BadAtomic  map[int]Counter
	BadOwnLock OwnLocked
	BadAny     []any
	BadReader  struct{ R io.Reader }
	BadChan    map[string]chan int
	BadUnsafe  unsafe.Pointer
	BadRegexp  *regexp.Regexp
	BadBuilder []strings.Builder
	BadKey     map[*int]int
	BadAnyKey  map[any]int
	BadProto   *Message
	BadMessage Message
)
`

func load(t *testing.T) *types.Package {
	t.Helper()
	return gentest.Check(t, "example.com/crm", source)
}

// text is a plan in one line. A plan that contains itself is cut at depth.
func text(p Plan, depth int) string {
	if depth == 0 {
		return "..."
	}
	switch p := p.(type) {
	case Same:
		return "same"
	case Method:
		if p.Pointer {
			return "*" + p.Name + "()"
		}
		return p.Name + "()"
	case Setter:
		return "new." + p.Name
	case Proto:
		return "proto.Clone"
	case *Pointer:
		return "*" + text(p.Elem, depth-1)
	case *Slice:
		return "[]" + text(p.Elem, depth-1)
	case *Array:
		return "[n]" + text(p.Elem, depth-1)
	case *Map:
		return "map " + text(p.Elem, depth-1)
	case *Struct:
		s := "{"
		for _, f := range p.Fields {
			s += f.Name + " " + text(f.Plan, depth-1) + ";"
		}
		return s + "}"
	}
	return fmt.Sprint(p)
}

func TestPlans(t *testing.T) {
	pkg := load(t)
	view := shape.NewView(pkg)
	for name, want := range map[string]string{
		"Flats":    "same",
		"Stamps":   "same",
		"Zone":     "same",
		"Strings":  "[]same",
		"Pointer":  "*{Tags []same;Owner *{Tags ...;Owner ...;Inner ...;};Inner {m map ...;};}",
		"Array":    "[n]map same",
		"Owns":     "{p []same;}",
		"OwnsPtr":  "*{p []same;}",
		"OwnPtrs":  "[]{p []same;}",
		"OwnLock":  "**Clone()",
		"Promotes": "{Own {p []same;};Rest []same;}",
		"Wrongs":   "{p []same;}",
		"Drafts":   "[]*{Tags []...;}", // whatever its Clone is for
		"Header":   "map []same",
		"User":     "*same", // nobody can change a Userinfo
		"Int":      "*new.Set",
		"Float":    "new.Copy",
		"Params":   "{V []{V []...;};}",
	} {
		p, r := Of(gentest.TypeOf(pkg, name), view)
		if r != nil {
			t.Errorf("%s is refused: %s (%s) %s", name, r.Path, r.Type, r.Reason)
		} else if got := text(p, 4); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

func TestRefusals(t *testing.T) {
	pkg := load(t)
	view := shape.NewView(pkg)
	for _, test := range []struct{ name, path, typ, reason string }{
		{"BadFunc", ".Owner.F[]", "func()", "is a func"},
		{"BadLock", ".mu", "sync.Mutex", "must not be copied"},
		{"BadLocks", "[].mu", "sync.Mutex", "must not be copied"},
		{"BadAtomic", "[].N._", "sync/atomic.noCopy", "must not be copied"},
		{"BadOwnLock", ".mu", "sync.Mutex", "must not be copied"},
		{"BadAny", "[]", "any", "is an interface, which can hold anything"},
		{"BadReader", ".R", "io.Reader", "is an interface, which can hold anything"},
		{"BadChan", "[]", "chan int", "is a chan"},
		{"BadUnsafe", "", "unsafe.Pointer", "is not data"},
		{"BadRegexp", ".prog", "*regexp/syntax.Prog", "is not exported by package regexp"},
		{"BadBuilder", "[].addr", "*strings.Builder", "is not exported by package strings"},
		{"BadKey", "[key]", "*int", "is a map key by address, or can be"},
		{"BadAnyKey", "[key]", "any", "is a map key by address, or can be"},
		{"BadProto", "", "*example.com/crm.Message", "is a protobuf message, and nothing here imports google.golang.org/protobuf/proto"},
		{"BadMessage", "", "example.com/crm.Message", "is a protobuf message, which is not copied by value"},
	} {
		_, r := Of(gentest.TypeOf(pkg, test.name), view)
		if r == nil {
			t.Errorf("%s can be copied, want %q", test.name, test.reason)
		} else if r.Path != test.path || r.Type.String() != test.typ || r.Reason != test.reason {
			t.Errorf("%s: %q (%s) %s\nwant %q (%s) %s", test.name, r.Path, r.Type, r.Reason, test.path, test.typ, test.reason)
		}
	}
	param := gentest.TypeOf(pkg, "Generic").(*types.Signature).TypeParams().At(0)
	if _, r := Of(types.NewSlice(param), view); r == nil || r.Reason != "is a type parameter" {
		t.Errorf("a type parameter: %v", r)
	}
}

// TestForeign: of the structs of other packages, unexported fields can be assigned with the rest,
// but not copied.
func TestForeign(t *testing.T) {
	pkg, other := load(t), types.NewPackage("example.com/other", "other")
	if _, r := Of(gentest.TypeOf(pkg, "Wrongs"), shape.NewView(other)); r == nil || r.Path != ".p" {
		t.Errorf("an unexported slice of another package: %v", r)
	}
	for name, want := range map[string]string{"Owns": "Clone()", "OwnsPtr": "*Clone()", "OwnPtrs": "[]*DeepCopy()", "OwnLock": "**Clone()", "Drafts": "[]*{Tags []...;}"} {
		if p, r := Of(gentest.TypeOf(pkg, name), shape.NewView(other)); r != nil || text(p, 4) != want {
			t.Errorf("%s of another package: %v %v, want %s", name, p, r, want)
		}
	}
	if p, r := Of(gentest.TypeOf(pkg, "User"), shape.NewView(other)); r != nil || text(p, 4) != "*same" {
		t.Errorf("unexported strings of another package: %v", r)
	}
	if _, r := Of(gentest.TypeOf(pkg, "Cookies"), shape.NewView(other)); r == nil || r.Path != "[]" {
		t.Errorf("a struct of the standard library that may get other fields: %v", r)
	}
}

// TestProto: messages are copied by their own package if it is imported.
func TestProto(t *testing.T) {
	pkg := load(t)
	runtime := types.NewPackage("example.com/generated", "generated")
	runtime.SetImports([]*types.Package{types.NewPackage(shape.ProtoPath, "proto"), runtime})
	pkg.SetImports(append(pkg.Imports(), runtime))
	if p, r := Of(types.NewSlice(gentest.TypeOf(pkg, "BadProto")), shape.NewView(pkg)); r != nil || text(p, 3) != "[]proto.Clone" {
		t.Errorf("a message: %v", r)
	}
}
